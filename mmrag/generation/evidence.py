"""Evidence: the sentences of retrieved passages, and how well each answers the question.

Signals: the cosine between question and sentence; how many of the question's content words stand in
the sentence or its surroundings (heading, file name, neighbours), names and numbers counting
double; and whether the sentence holds the kind of thing that is asked for (a number, a name).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from llama_index.core.schema import BaseNode, NodeWithScore

from mmrag.generation.citations import names, numbers
from mmrag.loaders.sentences import sentences
from mmrag.schema import SURROGATE, provenance_of, text_of
from mmrag.store.spec import FloatArray
from mmrag.words import content_words, forms, path_in_words, tokens

Embed = Callable[[Sequence[str]], FloatArray]

NEARBY = 0.6
"""What a question's word counts when it stands beside the sentence instead of in it."""

MAX_SENTENCE = 600  # characters; longer ones are cut for the embedding, never for the quote

_ASKS_NUMBER = re.compile(
    r"\b(when|what (year|date|time|temperature|height|price|number)|which year|how (many|much|long|"
    r"high|deep|far|fast|old|cold|warm|often|heavy|big|tall|strong)|hur (många|mycket|länge|hög|"
    r"högt|djup|djupt|långt|ofta|kallt|varmt|gammal)|när|vilket (år|datum))\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(r"\b(who|whose|whom|vem|vems|vilka personer)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """A sentence that may answer.

    Attributes:
        node: the passage it stands in; `start`..`end` are character offsets into its text.
        cosine: similarity to the question.
        coverage: share of the question's weighted content words in or beside it.
        names: share of the question's names and numbers in or beside it; 1 when it has none.
        fits: it holds the kind of thing that is asked for; 1 when any kind will do.
        retrieval: the passage's own retrieval score, 0..1.
        covered: which of the question's content words it covers.
    """

    node: BaseNode
    start: int
    end: int
    cosine: float
    coverage: float
    names: float
    fits: float
    retrieval: float
    covered: frozenset[str]

    @property
    def text(self) -> str:
        """The sentence as it stands in the source."""
        return text_of(self.node)[self.start : self.end].strip()

    @property
    def score(self) -> float:
        """How well it answers, for ranking sentences. Weights were chosen on the dev questions."""
        return 0.45 * self.cosine + 0.40 * self.coverage + 0.05 * self.fits + 0.10 * self.retrieval


def gather(question: str, hits: Sequence[NodeWithScore], embed: Embed) -> list[Evidence]:
    """All sentences of the hits as evidence, the best first.

    Args:
        embed: gives unit vectors (n, d) for n texts, the question's own model.
    """
    places = [
        (hit, start, end)
        for hit in hits
        if not hit.node.metadata.get(SURROGATE)
        for start, end in sentences(text_of(hit.node))
        if content_words(text_of(hit.node)[start:end])
    ]
    if not places:
        return []
    texts = [text_of(hit.node)[start:end][:MAX_SENTENCE] for hit, start, end in places]
    vectors = embed([question, *texts])
    cosines = vectors[1:] @ vectors[0]
    asked = _Asked(question)
    found = [
        asked.judge(hit, start, end, float(cosine))
        for (hit, start, end), cosine in zip(places, np.asarray(cosines), strict=True)
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


CLOSE = 0.93
COMPLEMENTS = 0.75


def _all_covered(found: Sequence[Evidence]) -> frozenset[str]:
    return frozenset(word for evidence in found for word in evidence.covered)


class _Asked:
    """A question taken apart once, to judge many sentences."""

    def __init__(self, question: str) -> None:
        special = set(names(question)) | numbers(question)
        self.words = list(dict.fromkeys(content_words(question)))
        self.special = [word for word in self.words if word in special]
        self.weights = {word: 2.0 if word in special else 1.0 for word in self.words}
        self.total = sum(self.weights.values()) or 1.0
        self.wants_number = bool(_ASKS_NUMBER.search(question))
        self.wants_name = bool(_ASKS_NAME.search(question))
        self.own_numbers = numbers(question)
        self.own_names = {word.casefold() for word in names(question)}

    def judge(self, hit: NodeWithScore, start: int, end: int, cosine: float) -> Evidence:
        text = text_of(hit.node)
        sentence = text[start:end]
        within = _forms_of(sentence)
        beside = within | _forms_of(_surroundings(hit.node, text, start, end))
        credit = {
            word: 1.0 if _in(word, within) else NEARBY if _in(word, beside) else 0.0
            for word in self.words
        }
        special = [credit[word] > 0 for word in self.special]
        return Evidence(
            node=hit.node,
            start=start,
            end=end,
            cosine=cosine,
            coverage=sum(self.weights[w] * c for w, c in credit.items()) / self.total,
            names=sum(special) / len(special) if special else 1.0,
            fits=self._fits(sentence),
            retrieval=float(hit.score or 0.0),
            covered=frozenset(word for word, c in credit.items() if c > 0),
        )

    def _fits(self, sentence: str) -> float:
        if self.wants_number:
            return 1.0 if numbers(sentence) - self.own_numbers else 0.0
        if self.wants_name:
            return 1.0 if set(names(sentence)) - self.own_names else 0.0
        return 1.0


def _surroundings(node: BaseNode, text: str, start: int, end: int) -> str:
    where = provenance_of(node)
    near = text[max(0, start - 250) : min(len(text), end + 120)]
    return " ".join((*where.heading, path_in_words(where.source), near))


def _forms_of(text: str) -> frozenset[str]:
    return frozenset(form for token in set(tokens(text)) for form in forms(token))


def _in(word: str, there: frozenset[str]) -> bool:
    return not forms(word).isdisjoint(there)
