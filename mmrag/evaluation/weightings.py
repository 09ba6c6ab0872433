"""Weights to try, and what labelled questions score under each: every one is searched once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np
from llama_index.core.schema import QueryBundle
from numpy.typing import NDArray

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.measures import ndcg
from mmrag.evaluation.places import passage_of
from mmrag.evaluation.questions import LabelledQuestion, Place, ranking
from mmrag.retrieval.fusion import Weights
from mmrag.retrieval.hybrid import Weighing

LEVELS: Sequence[Sequence[float]] = (
    (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0),
    (0.25, 0.5, 1.0, 2.0, 4.0),
    (0.5, 1.0, 2.0),
)
"""Weights of a space, in equal steps of their logarithm, from fine to coarse."""
MOST = 250
"""Weightings that are tried: the finest levels that give no more, or the coarsest."""


class AsQuery(Protocol):
    """`MMRagIndex.query` is one."""

    def __call__(
        self, words: str, image: Path | None = None, audio: Path | None = None
    ) -> QueryBundle: ...


@dataclass(frozen=True, eq=False)
class Case:
    """A labelled question that was searched once.

    Attributes:
        spaces: those that propose something.
        rank: by weights, its hits, best first.
    """

    question: LabelledQuestion
    spaces: frozenset[str]
    rank: Callable[[Weights], Sequence[Place]]

    def score(self, weights: Weights) -> float:
        """Its nDCG@10 under these weights."""
        labels = ranking(self.rank(weights), self.question.gold)
        return ndcg(labels, self.question.relevant)


def search_once(
    questions: Iterable[LabelledQuestion],
    as_query: AsQuery,
    weighing: Callable[[QueryBundle], Weighing],
    *,
    done: Callable[[], None] = lambda: None,
) -> tuple[list[Case], dict[str, str]]:
    """Encode and search every question.

    Args:
        weighing: of a retriever that gives ten hits.
        done: called after each question.

    Returns:
        The cases, and by question that cannot be asked, why. Those score 0 whatever the weights.

    Raises:
        InputError: a file to ask with cannot be read; the message names the line of the question.
    """
    cases, unasked = [], dict[str, str]()
    for question in questions:
        try:
            query = as_query(question.words, question.image, question.audio)
            cases.append(_case(question, weighing(query)))
        except LoadError as exc:
            raise InputError(f"line {question.line} of the questions: {exc}") from exc
        except InputError as exc:  # a picture without words, and no space that takes pictures
            cases.append(Case(question, frozenset(), lambda weights: ()))
            unasked[question.id] = str(exc)
        done()
    return cases, unasked


def grid(spaces: Iterable[str], anchor: str) -> list[dict[str, float]]:
    """Weightings of these spaces.

    Only ratios count, for every fusion ranks alike when all weights are multiplied by a number; so
    the anchor stays at 1.
    """
    others = sorted(set(spaces) - {anchor})
    fine = (levels for levels in LEVELS if len(levels) ** len(others) <= MOST)
    levels = next(fine, LEVELS[-1])
    return [
        {anchor: 1.0, **dict(zip(others, row, strict=True))}
        for row in product(levels, repeat=len(others))
    ]


def unevenness(weights: Mapping[str, float]) -> float:
    """How far weights are from being all the same: the deviation of their logarithms, 0 or more.

    Infinite where a space is off.
    """
    if min(weights.values()) <= 0:
        return float("inf")
    return float(np.std(np.log2(list(weights.values()))))


def scores(
    cases: Sequence[Case],
    weightings: Sequence[Weights],
    *,
    done: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """(weightings, cases) nDCG@10.

    Args:
        done: called after each case.
    """
    found = np.zeros((len(weightings), len(cases)))
    for column, case in enumerate(cases):
        found[:, column] = [case.score(weights) for weights in weightings]
        done()
    return found


def _case(question: LabelledQuestion, found: Weighing) -> Case:
    return Case(
        question,
        found.spaces,
        lambda weights: [passage_of(hit.payload) for hit in found.rank(weights)],
    )
