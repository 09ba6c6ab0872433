"""Whether a source supports a claim: first what must be exact, then how well the rest fits.

Numbers, dates, names and polarity decide alone (`alignment.mistake`). What passes gets a support
score: by a cross-encoder where the index uses one, else by logistic regression on the shared words
and the cosine between claim and sentence. `pipelines/fit_claims.py` fitted it on labelled claims
and chose the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from llama_index.core.schema import BaseNode

from mmrag.generation.alignment import Fit, fit, mistake
from mmrag.generation.passage import Passage, Stretch
from mmrag.generation.said import said
from mmrag.store.spec import FloatArray

Embed = Callable[[Sequence[str]], FloatArray]
MAX_SENTENCE = 600
"""Characters of a sentence that are embedded, as in `evidence`, so that vectors are shared."""


class Weights(NamedTuple):
    """Of the logistic regression: the cosine, and what `Fit` has."""

    cosine: float
    own: float
    head: float
    tail: float
    swapped: float


INTERCEPT = -9.121
WEIGHTS = Weights(cosine=3.165, own=5.636, head=2.592, tail=2.49, swapped=-2.776)
SUPPORTED = 0.892
"""The lowest score of a supported claim."""

JUDGED = 0.5
"""The same for a cross-encoder: where its yes outweighs its no. It is not calibrated on the labels;
`pipelines/fit_claims.py --reranker MODEL` does that where the model is within reach."""


class Judge(Protocol):
    """A cross-encoder; every `Reranker` is one."""

    def scores(self, query: str, documents: Sequence[str]) -> list[float]:
        """The chance, 0..1, that each document supports the query."""
        ...


@dataclass(frozen=True)
class Support:
    """How well a passage supports a claim.

    Attributes:
        score: 0..1; 0 where something exact differs.
        reason: why not, where it does not.
        start, end: the characters of the passage that the claim rests on.
    """

    score: float
    verified: bool
    reason: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class _Match:
    """A claim laid against one passage.

    Attributes:
        kept: the stretches that differ in nothing exact.
        reason: what differs in the nearest of the others.
        nearest: the share of the claim's words that stand in that one.
    """

    kept: list[tuple[Stretch, Fit]]
    reason: str
    nearest: float


class Verifier:
    """Checks claims against passages.

    Args:
        embed: unit vectors for texts; see `vectors.RememberedVectors`.
        question: words that a claim repeats from it must stand in the source.
        judge: gives the score in place of words and cosine.
    """

    def __init__(
        self,
        nodes: Sequence[BaseNode],
        embed: Embed,
        *,
        question: str = "",
        judge: Judge | None = None,
    ) -> None:
        self._passages = [Passage(node) for node in nodes]
        self._embed = embed
        self._question = said(question)
        self._judge = judge

    def check(self, claim: str, among: Collection[int]) -> dict[int, Support]:
        """How each of the passages `among` supports a claim; by place of the passage."""
        return self.check_all([claim], among)[0]

    def check_all(self, claims: Sequence[str], among: Collection[int]) -> list[dict[int, Support]]:
        """The same for several claims, with one call of the embedding."""
        matched = [{n: self._match(claim, n) for n in among} for claim in claims]
        self._embed_ahead(claims, [found.values() for found in matched])
        return [
            {n: self._judged(claim, match) for n, match in found.items()}
            for claim, found in zip(claims, matched, strict=True)
        ]

    def signals(self, claim: str, place: int) -> list[Weights]:
        """What the support score is made of, at each stretch where nothing exact differs."""
        found = self._match(claim, place)
        self._embed_ahead([claim], [[found]])
        return [Weights(self._cosine(claim, stretch), *fits) for stretch, fits in found.kept]

    def _match(self, claim: str, place: int) -> _Match:
        mine = said(claim)
        if not mine.words:
            return _Match([], "the claim says nothing", 0.0)
        kept, nearest, reason, alone = [], -1.0, "the source says nothing", 0.0
        for stretch in self._passages[place].stretches:
            fits = fit(mine, stretch.setting)
            if len(stretch.pieces) == 1:
                alone = max(alone, fits.own)
            elif fits.own <= alone:
                continue  # the second sentence adds nothing, and must not blur what one denies
            wrong = mistake(mine, stretch.setting, self._question)
            if not wrong:
                kept.append((stretch, fits))
            elif fits.own > nearest:
                nearest, reason = fits.own, wrong
        return _Match(kept, reason, nearest)

    def _embed_ahead(self, claims: Sequence[str], matched: Sequence[Iterable[_Match]]) -> None:
        texts = [
            text[:MAX_SENTENCE]
            for claim, found in zip(claims, matched, strict=True)
            for match in found
            for stretch, _ in match.kept
            for text in (claim, *stretch.pieces)
        ]
        if texts and self._judge is None:
            self._embed(texts)

    def _judged(self, claim: str, match: _Match) -> Support:
        if not match.kept:
            return Support(0.0, False, match.reason)
        if self._judge is not None:
            stretch, fits = max(match.kept, key=lambda pair: pair[1].own)
            text = f"{stretch.setting.above.text}\n{stretch.setting.stretch.text}"
            score, threshold = self._judge.scores(claim, [text])[0], JUDGED
        else:
            scored = [
                (support_score(Weights(self._cosine(claim, stretch), *fits)), stretch, fits)
                for stretch, fits in match.kept
            ]
            # of equals the shorter
            score, stretch, fits = max(scored, key=lambda row: (row[0], row[1].start - row[1].end))
            threshold = SUPPORTED
        if score >= threshold:
            return Support(score, True, "", stretch.start, stretch.end)
        if fits.own < match.nearest:  # another stretch says it, but for something exact
            return Support(score, False, match.reason)
        return Support(score, False, f"support {score:.2f} below {threshold:.2f}")

    def _cosine(self, claim: str, stretch: Stretch) -> float:
        """Similarity of a claim to the sentence of a stretch that is most like it."""
        texts = [claim, *stretch.pieces]
        vectors = self._embed([text[:MAX_SENTENCE] for text in texts])
        return float((vectors[1:] @ vectors[0]).max())


def support_score(signals: Weights) -> float:
    """The calibrated chance, 0..1, that a claim without mistake is supported."""
    logit = INTERCEPT + sum(w * s for w, s in zip(WEIGHTS, signals, strict=True))
    return 1 / (1 + math.exp(-logit))
