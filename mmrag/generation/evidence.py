"""Evidence: the sentences of retrieved passages, and how well each answers the question.

Signals: the cosine between question and sentence; how much of the question's content stands in the
sentence, and in the sentence or around it (passage, heading, file name); how well the passage was
retrieved; and whether the sentence holds the kind of thing that is asked for. A question's word
weighs by how rare it is among all retrieved passages: what stands in each of them tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llama_index.core.schema import BaseNode, NodeWithScore

from mmrag.generation.question import Question, forms_of
from mmrag.loaders.sentences import sentences
from mmrag.schema import SURROGATE, text_of
from mmrag.store.spec import FloatArray
from mmrag.words import content_words

Embed = Callable[[Sequence[str]], FloatArray]

MAX_SENTENCE = 600  # characters; longer ones are cut for the embedding, never for the quote


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer. All signals lie in 0..1, but for the cosine.

    Attributes:
        node: the passage it stands in; `start`..`end` are character offsets into its text.
        cosine: similarity to the question.
        within: weighted share of the question's content words in the sentence.
        coverage: the same in the sentence, its passage, heading or file name.
        fits: it holds the kind of thing that is asked for; 1 when any kind will do.
        retrieval: the passage's own retrieval score.
        covered: which of the question's content words `coverage` counts.
    """

    node: BaseNode
    start: int
    end: int
    cosine: float
    within: float
    coverage: float
    fits: float
    retrieval: float
    covered: frozenset[str]

    @property
    def text(self) -> str:
        """The sentence as it stands in the source."""
        return text_of(self.node)[self.start : self.end].strip()

    @property
    def score(self) -> float:
        """How well it answers, 0..1, for ranking. Weights were chosen on the dev questions."""
        total = (
            0.30 * self.cosine
            + 0.20 * self.within
            + 0.20 * self.coverage
            + 0.03 * self.fits
            + 0.27 * self.retrieval
        )
        return max(0.0, min(1.0, total))


def gather(
    question: str, hits: Sequence[NodeWithScore], embed: Embed, *, sources: int = 8
) -> list[Evidence]:
    """The sentences of the best hits as evidence, the best first.

    Stand-ins for wordless media are evidence only when the question asks for a picture or a
    recording, for then the file itself is the answer.

    Args:
        hits: the more the better: all of them tell which words are rare.
        embed: gives unit vectors (n, d) for n texts, the question's own model.
        sources: from how many of the hits sentences are taken.
    """
    asked = Question(question, hits)
    places = [
        (hit, start, end)
        for hit in hits[:sources]
        if asked.wants_media or not hit.node.metadata.get(SURROGATE)
        for start, end in sentences(text_of(hit.node))
        if content_words(text_of(hit.node)[start:end])
    ]
    if not places:
        return []
    texts = [text_of(hit.node)[start:end][:MAX_SENTENCE] for hit, start, end in places]
    vectors = embed([question, *texts])
    found = [
        _judged(asked, hit, start, end, float(cosine))
        for (hit, start, end), cosine in zip(places, vectors[1:] @ vectors[0], strict=True)
    ]
    return sorted(found, key=lambda e: (-e.score, e.node.node_id, e.start))


def select(found: Sequence[Evidence], *, limit: int = 3) -> list[Evidence]:
    """The sentences to answer with.

    The best one; then those that cover words of the question that are still open, and those about
    as good as the best, up to `limit`.
    """
    chosen: list[Evidence] = []
    open_words: frozenset[str] = frozenset()
    for evidence in found:
        if not chosen:
            chosen.append(evidence)
            open_words = _all_covered(found) - evidence.covered
            continue
        if len(chosen) == limit:
            break
        if any(evidence.text == other.text for other in chosen):
            continue
        share_of_best = evidence.score / chosen[0].score if chosen[0].score > 0 else 0.0
        adds = evidence.covered & open_words
        if share_of_best >= CLOSE or (adds and share_of_best >= COMPLEMENTS):
            chosen.append(evidence)
            open_words -= adds
    return chosen


CLOSE = 0.85
COMPLEMENTS = 0.75


def _all_covered(found: Sequence[Evidence]) -> frozenset[str]:
    return frozenset(word for evidence in found for word in evidence.covered)


def _judged(asked: Question, hit: NodeWithScore, start: int, end: int, cosine: float) -> Evidence:
    sentence = text_of(hit.node)[start:end]
    around = asked.around(hit)
    return Evidence(
        node=hit.node,
        start=start,
        end=end,
        cosine=cosine,
        within=asked.share(forms_of(sentence)),
        coverage=asked.share(around),
        fits=float(asked.is_met_by(sentence)),
        retrieval=float(hit.score or 0.0),
        covered=frozenset(asked.standing_in(around)),
    )
