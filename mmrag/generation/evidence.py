"""Evidence: what can be quoted of retrieved passages, and how well each piece answers a question.

With a reader (`reader.py`) a quote is one sentence, and what the reader says of it weighs most.
Without one it is a sentence or two that follow each other, for an answer often stands right behind
the sentence that names its topic; then a table row stands alone, and so does a sentence that says
all that the question says and holds the kind of thing it asks for.

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

from mmrag.generation.question import Question, forms_of, title_of
from mmrag.generation.reader import Reader
from mmrag.loaders.rows import is_row, row_cells
from mmrag.loaders.sentences import sentences
from mmrag.retrieval.hybrid import channels_of
from mmrag.schema import SURROGATE, text_of
from mmrag.store.spec import FloatArray
from mmrag.timing import timed
from mmrag.words import content_words

Embed = Callable[[Sequence[str]], FloatArray]
Range = tuple[int, int]
Place = tuple[NodeWithScore, list[Range]]

MAX_SENTENCE = 600  # characters; longer ones are cut for the embedding, never for the quote
MAX_QUOTE = 60  # words of a quote of two sentences
DENSE, LEXICAL = "text", "bm25"

SURE = 10.0
"""Beyond this logit a reader is no surer."""

GAP = 2.0
"""How far, in score, a further quote may lie behind the best: at odds of e^-2, about one in seven.
On the other archive and the dev questions a narrower gap lost answers, a wider one only padded."""


class Signals(NamedTuple):
    """What speaks for a quote.

    Attributes:
        cosine: similarity of its sentence that is most like the question; 0 where there is a
            reader, which sees that itself.
        passage: similarity of the whole passage to the question.
        lexical: the passage's BM25 score over the best one's, 0..1.
        within: weighted share, 0..1, of the question's content words in the quote.
        heading: the same in the heading and the path.
        fits: 1 if it holds the kind of thing that is asked for, or any kind will do; else 0.
        new: log(1 + the number of content words that the question does not say).
        standin: 1 if the text stands in for a wordless file.
        named: 0 if it is a table row none of whose cells the question names, else 1. Every row of a
            table says the words of its column titles; they tell the table, not the row.
        read: the reader's logit, -SURE..SURE; 0 where there is none.
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
    read: float = 0.0


WITH_READER = Signals(
    cosine=0.0,
    passage=9.662,
    lexical=3.633,
    within=2.095,
    heading=7.428,
    fits=0.316,
    new=-0.05,
    standin=-1.648,
    named=1.486,
    read=0.789,
)
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
        logit: the reader's, above 0 where it answers; None without a reader.
    """

    node: BaseNode
    start: int
    end: int
    signals: Signals
    score: float = 0.0
    share: float = 0.0
    logit: float | None = None

    @property
    def text(self) -> str:
        """The quote as it stands in the source."""
        return text_of(self.node)[self.start : self.end].strip()


@timed("read the passages")
def gather(
    question: str,
    hits: Sequence[NodeWithScore],
    embed: Embed,
    *,
    sources: int = 8,
    reader: Reader | None = None,
) -> list[Evidence]:
    """The quotes that the best hits offer, the best first.

    Stand-ins for wordless media are evidence only when the question asks for a picture or a
    recording, for then the file itself is the answer.

    Args:
        hits: the more the better: all of them tell which words are rare.
        embed: gives unit vectors (n, d) for n texts, the question's own model. Not asked where
            there is a reader and the hits bring their own cosines.
        sources: from how many of the hits quotes are taken.
        reader: reads those hits, each once.
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
    passages, lexical = _passage_cosines(hits), _lexical_shares(hits)
    logits = _logits(question, places, reader)
    near = {} if reader and passages else _cosines(question, places, embed)
    evidence = []
    for at, (hit, found) in enumerate(places):
        node, text = hit.node, text_of(hit.node)
        passage = passages[node.node_id] if passages else max(near[at, s] for s in found)
        heading = asked.share(asked.above(hit))
        whole = {place for place in found if asked.is_answered_by(text[slice(*place)])}
        for stretch in [(s,) for s in found] if reader else _stretches(text, found, whole):
            start, end = stretch[0][0], stretch[-1][1]
            quote = text[start:end]
            logit = logits.get((at, stretch[0]))
            signals = Signals(
                cosine=0.0 if reader else max(near[at, sentence] for sentence in stretch),
                passage=passage,
                lexical=lexical.get(node.node_id, 0.0),
                within=asked.share(forms_of(quote)),
                heading=heading,
                fits=float(asked.is_met_by(quote)),
                new=math.log1p(asked.new_words(quote)),
                standin=float(bool(node.metadata.get(SURROGATE))),
                named=float(
                    not is_row(quote) or bool(asked.standing_in(forms_of(row_cells(quote))))
                ),
                read=0.0 if logit is None else max(-SURE, min(SURE, logit)),
            )
            evidence.append(Evidence(node, start, end, signals, logit=logit))
    return ranked(evidence, WITH_READER if reader else WEIGHTS)


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


def _cosines(
    question: str, places: Sequence[Place], embed: Embed
) -> dict[tuple[int, Range], float]:
    """By place and sentence, its similarity to the question."""
    keys = [(at, sentence) for at, (_, found) in enumerate(places) for sentence in found]
    texts = [text_of(places[at][0].node)[a:b][:MAX_SENTENCE] for at, (a, b) in keys]
    vectors = embed([question, *texts])
    return dict(zip(keys, (vectors[1:] @ vectors[0]).tolist(), strict=True))


def _logits(
    question: str, places: Sequence[Place], reader: Reader | None
) -> dict[tuple[int, Range], float]:
    """By place and sentence, what the reader says."""
    if reader is None:
        return {}
    passages = [
        [title_of(hit.node), *(text_of(hit.node)[a:b] for a, b in found)] for hit, found in places
    ]
    read = reader.read(question, passages)
    return {
        (at, sentence): float(logit)
        for at, ((_, found), row) in enumerate(zip(places, read, strict=True))
        for sentence, logit in zip(found, row[1:], strict=True)
    }


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
