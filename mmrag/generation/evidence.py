"""Evidence: what can be quoted of retrieved passages, and how well each piece answers a question.

A quote is one sentence or two that follow each other, for an answer often stands right behind the
sentence that names its topic. A table row stands alone, and so does a sentence that says all that
the question says and holds the kind of thing it asks for.

Quotes compete: the softmax of their scores is the chance of each to hold the answer.
`pipelines/fit_answers.py` fitted the weights, on an archive other than the samples. A question's
word weighs by how rare it is among all retrieved passages: what stands in each tells nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from llama_index.core.schema import BaseNode, NodeWithScore

from mmrag.generation.question import Question, forms_of
from mmrag.loaders.rows import is_row, row_cells
from mmrag.loaders.sentences import sentences
from mmrag.retrieval.hybrid import channels_of
from mmrag.schema import SURROGATE, text_of
from mmrag.store.spec import FloatArray
from mmrag.words import content_words

Embed = Callable[[Sequence[str]], FloatArray]
Range = tuple[int, int]

MAX_SENTENCE = 600  # characters; longer ones are cut for the embedding, never for the quote
MAX_QUOTE = 60  # words of a quote of two sentences
DENSE, LEXICAL = "text", "bm25"

GAP = 2.0
"""How far, in score, a further quote may lie behind the best: at odds of e^-2, about one in seven.
On the other archive and the dev questions a narrower gap lost answers, a wider one only padded."""


class Signals(NamedTuple):
    """What speaks for a quote.

    Attributes:
        cosine: similarity of its sentence that is most like the question.
        passage: similarity of the whole passage to the question.
        lexical: the passage's BM25 score over the best one's, 0..1.
        within: weighted share, 0..1, of the question's content words in the quote.
        heading: the same in the heading and the path.
        fits: 1 if it holds the kind of thing that is asked for, or any kind will do; else 0.
        new: log(1 + the number of content words that the question does not say).
        standin: 1 if the text stands in for a wordless file.
        named: 0 if it is a table row none of whose cells the question names, else 1. Every row of a
            table says the words of its column titles; they tell the table, not the row.
    """

    cosine: float
    passage: float
    lexical: float
    within: float
    heading: float
    fits: float
    new: float
    standin: float
    named: float


WEIGHTS = Signals(
    cosine=9.413,
    passage=10.484,
    lexical=2.393,
    within=6.331,
    heading=8.1,
    fits=1.143,
    new=0.757,
    standin=0.845,
    named=1.206,
)


@dataclass(frozen=True)
class Evidence:
    """Characters `start`..`end` of a node's text, which may be quoted.

    Attributes:
        score: its signals, weighted; only differences between quotes mean something.
        share: chance, 0..1, that of all quotes found this one holds the answer, if any does.
    """

    node: BaseNode
    start: int
    end: int
    signals: Signals
    score: float = 0.0
    share: float = 0.0

    @property
    def text(self) -> str:
        """The quote as it stands in the source."""
        return text_of(self.node)[self.start : self.end].strip()


def gather(
    question: str, hits: Sequence[NodeWithScore], embed: Embed, *, sources: int = 8
) -> list[Evidence]:
    """The quotes that the best hits offer, the best first.

    Stand-ins for wordless media are evidence only when the question asks for a picture or a
    recording, for then the file itself is the answer.

    Args:
        hits: the more the better: all of them tell which words are rare.
        embed: gives unit vectors (n, d) for n texts, the question's own model.
        sources: from how many of the hits quotes are taken.
    """
    asked = Question(question, hits)
    places = [
        (hit, found)
        for hit in hits[:sources]
        if asked.wants_media or not hit.node.metadata.get(SURROGATE)
        if (found := _worded(text_of(hit.node)))
    ]
    if not places:
        return []
    texts = [text_of(hit.node)[a:b][:MAX_SENTENCE] for hit, found in places for a, b in found]
    vectors = embed([question, *texts])
    cosines = iter((vectors[1:] @ vectors[0]).tolist())
    passages, lexical = _passage_cosines(hits), _lexical_shares(hits)
    evidence = []
    for hit, found in places:
        near = {sentence: next(cosines) for sentence in found}
        passage = passages.get(hit.node.node_id, max(near.values()))
        heading = asked.share(asked.above(hit))
        whole = {place for place in found if asked.is_answered_by(text_of(hit.node)[slice(*place)])}
        for stretch in _stretches(text_of(hit.node), found, whole):
            start, end = stretch[0][0], stretch[-1][1]
            quote = text_of(hit.node)[start:end]
            signals = Signals(
                cosine=max(near[sentence] for sentence in stretch),
                passage=passage,
                lexical=lexical.get(hit.node.node_id, 0.0),
                within=asked.share(forms_of(quote)),
                heading=heading,
                fits=float(asked.is_met_by(quote)),
                new=math.log1p(asked.new_words(quote)),
                standin=float(bool(hit.node.metadata.get(SURROGATE))),
                named=float(
                    not is_row(quote) or bool(asked.standing_in(forms_of(row_cells(quote))))
                ),
            )
            evidence.append(Evidence(hit.node, start, end, signals))
    return ranked(evidence)


def ranked(found: Sequence[Evidence], weights: Signals = WEIGHTS) -> list[Evidence]:
    """The quotes with their scores and shares, the best first; ties by node and place."""
    scores = [
        sum(weight * signal for weight, signal in zip(weights, evidence.signals, strict=True))
        for evidence in found
    ]
    best = max(scores, default=0.0)
    total = sum(math.exp(score - best) for score in scores)
    scored = [
        replace(evidence, score=score, share=math.exp(score - best) / total)
        for evidence, score in zip(found, scores, strict=True)
    ]
    return sorted(scored, key=lambda e: (-e.score, e.node.node_id, e.start, e.end))


def select(found: Sequence[Evidence], *, limit: int = 3) -> list[Evidence]:
    """The quotes to answer with: the best, and up to `limit` that lie within GAP of it.

    None overlaps another or repeats its words.
    """
    chosen: list[Evidence] = []
    for evidence in found:
        if len(chosen) == limit or (chosen and evidence.score < chosen[0].score - GAP):
            break
        if not any(_repeats(evidence, other) for other in chosen):
            chosen.append(evidence)
    return chosen


def _repeats(one: Evidence, other: Evidence) -> bool:
    overlap = one.start < other.end and other.start < one.end
    return one.text == other.text or (one.node.node_id == other.node.node_id and overlap)


def _worded(text: str) -> list[Range]:
    return [(start, end) for start, end in sentences(text) if content_words(text[start:end])]


def _stretches(
    text: str, found: Sequence[Range], whole: Collection[Range]
) -> Iterator[tuple[Range, ...]]:
    """Each sentence, and each two neighbours that are not too long together.

    Table rows stay alone, and so do sentences that need no other (`whole`).
    """
    alone = {place for place in found if place in whole or is_row(text[slice(*place)])}
    for sentence in found:
        yield (sentence,)
    for pair in pairwise(found):
        both = text[pair[0][0] : pair[1][1]]
        if alone.isdisjoint(pair) and len(both.split()) <= MAX_QUOTE:
            yield pair


def _passage_cosines(hits: Sequence[NodeWithScore]) -> dict[str, float]:
    """By node, the dense channel's cosine; the lowest where it did not find the passage."""
    raws = {hit.node.node_id: channels_of(hit).get(DENSE) for hit in hits}
    known = [score.raw for score in raws.values() if score]
    if not known:  # hits of another retriever
        return {}
    return {node: score.raw if score else min(known) for node, score in raws.items()}


def _lexical_shares(hits: Sequence[NodeWithScore]) -> dict[str, float]:
    raws = {hit.node.node_id: s.raw for hit in hits if (s := channels_of(hit).get(LEXICAL))}
    best = max(raws.values(), default=0.0)
    return {node: raw / best for node, raw in raws.items()} if best > 0 else {}
