"""A trial of a reranker on labelled questions, and the form in which an index keeps it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from mmrag.errors import InputError
from mmrag.evaluation.questions import LabelledQuestion, ranking
from mmrag.rerank.gate import Gate, compare
from mmrag.retrieval.results import SearchResult


@dataclass(frozen=True)
class Setup:
    """What was tried: a verdict holds for the same again and for nothing else.

    Attributes:
        backend: a name of `mmrag.rerank.kinds`.
        candidates: how many hits were judged.
        instruction: None is the backend's own.
    """

    model: str
    backend: str
    candidates: int
    instruction: str | None


@dataclass(frozen=True)
class Trial:
    """What reranking did to an index's labelled questions.

    Attributes:
        plain_ms, reranked_ms: median time of a question without and with it.
    """

    setup: Setup
    gate: Gate
    plain_ms: float
    reranked_ms: float

    def as_dict(self) -> dict[str, Any]:
        """As the manifest keeps it; `of` reads it back."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Trial | None:
        """What `as_dict` made; None where nothing is, or what another version of mmrag kept."""
        try:
            rest = {key: value for key, value in kept.items() if key not in ("setup", "gate")}
            return cls(Setup(**kept["setup"]), Gate(**kept["gate"]), **rest)
        except (KeyError, TypeError):
            return None


class Search(Protocol):
    """`MMRagIndex.search` is one."""

    def __call__(
        self,
        query: str,
        *,
        image: Path | None,
        audio: Path | None,
        k: int,
        rerank: Literal["off", "on"],
    ) -> SearchResult: ...


def answerable(questions: Iterable[LabelledQuestion]) -> list[LabelledQuestion]:
    """The questions with a label; the others cannot be found better or worse.

    Raises:
        InputError: there are none.
    """
    labelled = [question for question in questions if question.gold]
    if not labelled:
        raise InputError('none of the questions has a label; give some "gold"')
    return labelled


def run_trial(search: Search, questions: Iterable[LabelledQuestion], setup: Setup) -> Trial:
    """Search for each question with and without reranking, and compare.

    Args:
        questions: with labels; asked one after another, so that progress can be shown.
        setup: how `search` reranks.

    Raises:
        InputError: no questions, or one without a label.
    """
    rankings: dict[str, list[list[str]]] = {"off": [], "on": []}
    took: dict[str, list[float]] = {"off": [], "on": []}
    relevant: list[Mapping[str, int]] = []
    uses: tuple[Literal["off", "on"], ...] = ("off", "on")
    for question in questions:
        relevant.append(question.relevant)
        for use in uses:
            found = search(
                question.words,
                image=question.image,
                audio=question.audio,
                k=setup.candidates,
                rerank=use,
            )
            rankings[use].append(ranking(found.places, question.gold))
            took[use].append(found.took_ms)
    gate = compare(rankings["off"], rankings["on"], relevant)
    return Trial(setup, gate, *(statistics.median(took[use]) for use in uses))
