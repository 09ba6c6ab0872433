"""Whether a source supports a claim: first what must be exact, then how well the rest fits.

Numbers, dates, names and polarity decide alone (`alignment.mistake`). What passes gets a support
score: by a cross-encoder where the index uses one, else by logistic regression on the shared words
and the cosine between claim and sentence. `pipelines/fit_claims.py` fitted it on labelled claims about
another archive than the samples, and chose the threshold there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
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


INTERCEPT = -6.0
WEIGHTS = Weights(cosine=3.0, own=5.0, head=1.0, tail=1.0, swapped=-2.0)
SUPPORTED = 0.5
"""The lowest score of a supported claim."""

JUDGED = 0.5
"""The same for a cross-encoder: where its yes outweighs its no. No such model could be calibrated on
the labels without a hub; `pipelines/fit_claims.py --reranker` does it where there is one."""


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


class Verifier:
    """Checks claims against passages.

    Args:
        embed: unit vectors for texts; see `vectors.RememberedVectors`.
        question: its words are no evidence when a claim repeats them: they must stand in the source.
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
        matched = [{n: self._matches(claim, n) for n in among} for claim in claims]
        self._embed_ahead(claims, matched)
        return [
            {n: self._judged(claim, kept, reason) for n, (kept, reason) in found.items()}
            for claim, found in zip(claims, matched, strict=True)
        ]

    def signals(self, claim: str, place: int) -> list[Weights]:
        """What the support score is made of, at each stretch where nothing exact differs."""
        kept, reason = self._matches(claim, place)
        self._embed_ahead([claim], [{place: (kept, reason)}])
        return [Weights(self._cosine(claim, stretch), *fits) for stretch, fits in kept]

    def _matches(self, claim: str, place: int) -> tuple[list[tuple[Stretch, Fit]], str]:
        """The stretches that differ in nothing exact; if none, why the likeliest one does."""
        mine = said(claim)
        if not mine.words:
            return [], "the claim says nothing"
        kept, nearest, reason = [], -1.0, "the source says nothing"
        alone = 0.0
        for stretch in self._passages[place].stretches:
            fits = fit(mine, stretch.setting)
            if len(stretch.pieces) == 1:
                alone = max(alone, fits.own)
            elif fits.own <= alone:
                continue  # the second sentence adds nothing, and must not blur what the first denies
            wrong = mistake(mine, stretch.setting, self._question)
            if not wrong:
                kept.append((stretch, fits))
            elif fits.own > nearest:
                nearest, reason = fits.own, wrong
        return kept, reason

    def _embed_ahead(
        self,
        claims: Sequence[str],
        matched: Sequence[dict[int, tuple[list[tuple[Stretch, Fit]], str]]],
    ) -> None:
        texts = [
            text[:MAX_SENTENCE]
            for claim, found in zip(claims, matched, strict=True)
            if any(kept for kept, _ in found.values())
            for text in (
                claim,
                *(p for kept, _ in found.values() for s, _ in kept for p in s.pieces),
            )
        ]
        if texts and self._judge is None:
            self._embed(texts)

    def _judged(self, claim: str, kept: list[tuple[Stretch, Fit]], reason: str) -> Support:
        if not kept:
            return Support(0.0, False, reason)
        if self._judge is not None:
            stretch, _ = max(kept, key=lambda pair: pair[1].own)
            text = f"{stretch.setting.above.text}\n{stretch.setting.stretch.text}"
            return _support(self._judge.scores(claim, [text])[0], stretch, JUDGED)
        scored = [(support_score(Weights(self._cosine(claim, s), *fits)), s) for s, fits in kept]
        score, stretch = max(scored, key=lambda pair: (pair[0], pair[1].start - pair[1].end))
        return _support(score, stretch, SUPPORTED)

    def _cosine(self, claim: str, stretch: Stretch) -> float:
        """Similarity of a claim to the sentence of a stretch that is most like it."""
        texts = [claim, *stretch.pieces]
        vectors = self._embed([text[:MAX_SENTENCE] for text in texts])
        return float((vectors[1:] @ vectors[0]).max())


def support_score(signals: Weights) -> float:
    """The calibrated chance, 0..1, that a claim without mistake is supported."""
    logit = INTERCEPT + sum(w * s for w, s in zip(WEIGHTS, signals, strict=True))
    return 1 / (1 + math.exp(-logit))


def _support(score: float, stretch: Stretch, threshold: float) -> Support:
    if score < threshold:
        return Support(score, False, f"support {score:.2f} below {threshold:.2f}")
    return Support(score, True, "", stretch.start, stretch.end)
