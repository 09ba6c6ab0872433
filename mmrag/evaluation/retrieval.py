"""How well a search finds what labels say it should: overall, by kind, by modality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.measures import MEASURES, Group, group, per_question
from mmrag.evaluation.places import Modalities
from mmrag.evaluation.questions import LabelledQuestion, Place, ranking

Search = Callable[[LabelledQuestion], Sequence[Place]]
"""Hits of a question, the best first."""

NDCG = "ndcg@10"
RECALLS = tuple(name for name in MEASURES if name.startswith("recall@"))
DEPTH = 10
"""How deep the measures look; fewer hits than these would not be judged fairly."""


@dataclass(frozen=True)
class Rankings:
    """What a search answered.

    Attributes:
        labels: by question, places from best to worst.
        unranked: by question that has no ranking, why. It counts as having found nothing.
    """

    labels: Mapping[str, Sequence[str]]
    unranked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Rankings, judged.

    Attributes:
        questions: those that have an answer; only they are measured.
        unanswerable: how many have none and were set aside.
        values: by measure and question.
        kinds: by kind of question.
        modalities: recall alone, by modality of the places that answer. A question with places of
            two modalities counts in both, each time with the places of that one.
        missing: gold places that the index does not hold, with the lines of their questions. They
            count as not found.
    """

    questions: tuple[LabelledQuestion, ...]
    unanswerable: int
    rankings: Rankings
    values: Mapping[str, Mapping[str, float]]
    overall: Group
    kinds: Mapping[str, Group]
    modalities: Mapping[str, Group]
    missing: Mapping[str, tuple[int, ...]]

    def worst(self, most: int) -> list[LabelledQuestion]:
        """The questions that were answered worst by nDCG@10; none that were answered in full."""
        values = self.values[NDCG]
        short = [row for row in self.questions if values[row.id] < 1 - 1e-9]
        return sorted(short, key=lambda row: values[row.id])[:most]

    def first_right(self, question: LabelledQuestion) -> int | None:
        """The rank of the first place that answers, from 1; None if there is none."""
        found = self.rankings.labels.get(question.id, ())
        relevant = question.relevant
        return next((n for n, label in enumerate(found, 1) if label in relevant), None)

    @property
    def answered(self) -> int:
        """How many questions found a place that answers, at any rank."""
        return sum(self.first_right(question) is not None for question in self.questions)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "questions": len(self.questions),
            "unanswerable": self.unanswerable,
            "measures": self.overall.as_dict()["measures"],
            "kinds": {name: found.as_dict() for name, found in self.kinds.items()},
            "modalities": {name: found.as_dict() for name, found in self.modalities.items()},
            "missing": [
                {"place": label, "lines": list(lines)} for label, lines in self.missing.items()
            ],
            "unranked": dict(self.rankings.unranked),
        }


def ask(
    questions: Iterable[LabelledQuestion],
    search: Search,
    *,
    done: Callable[[], None] = lambda: None,
) -> Rankings:
    """Put every question that has an answer to a search.

    Args:
        done: called after each question.

    Raises:
        InputError: a file to ask with cannot be read; the message names the line of the question.
    """
    labels: dict[str, list[str]] = {}
    unranked: dict[str, str] = {}
    for question in answerable(questions):
        try:
            labels[question.id] = ranking(search(question), question.gold)
        except LoadError as exc:
            raise InputError(f"line {question.line} of the questions: {exc}") from exc
        except InputError as exc:  # a picture without words, and no space that takes pictures
            labels[question.id], unranked[question.id] = [], str(exc)
        done()
    return Rankings(labels, unranked)


def of_run(
    questions: Iterable[LabelledQuestion], run: Mapping[str, Sequence[str]], *, depth: int
) -> Rankings:
    """The rankings of somebody's run, as `mmrag.evaluation.runs.read_run` reads them.

    Args:
        depth: places of a ranking that count.

    Raises:
        InputError: the run answers none of the questions.
    """
    asked = [question.id for question in answerable(questions)]
    unranked = {question: "no line in the run" for question in asked if question not in run}
    if asked and len(unranked) == len(asked):
        there = ", ".join(list(run)[:3])
        raise InputError(
            f"the run answers none of the {len(asked)} questions that have a label, but {there} …; "
            f"its ids must be those of the file of questions, such as {asked[0]}"
        )
    labels = {question: list(run.get(question, ()))[:depth] for question in asked}
    return Rankings(labels, unranked)


def judge(
    questions: Sequence[LabelledQuestion], rankings: Rankings, modalities: Modalities
) -> Judged:
    """Measure rankings against the questions' labels.

    Args:
        modalities: of every gold place, from `mmrag.evaluation.places`.

    Raises:
        InputError: none of the questions has an answer.
    """
    asked = answerable(questions)
    if not asked:
        raise InputError(
            f"none of the {len(questions)} questions has an answer, so there is nothing to find"
        )
    relevant = {question.id: question.relevant for question in asked}
    values = per_question(rankings.labels, relevant)
    kinds: dict[str, list[str]] = {}
    for question in asked:
        kinds.setdefault(question.kind, []).append(question.id)
    return Judged(
        questions=tuple(asked),
        unanswerable=len(questions) - len(asked),
        rankings=rankings,
        values=values,
        overall=group(values, list(relevant), MEASURES),
        kinds={kind: group(values, kinds[kind], MEASURES) for kind in sorted(kinds)},
        modalities=_by_modality(rankings, relevant, modalities),
        missing=_missing(asked, modalities),
    )


def answerable(questions: Iterable[LabelledQuestion]) -> list[LabelledQuestion]:
    """Those that have a gold place."""
    return [question for question in questions if question.gold]


def _by_modality(
    rankings: Rankings, relevant: Mapping[str, Mapping[str, int]], modalities: Modalities
) -> dict[str, Group]:
    """Recall of the gold places of one modality; those that are nowhere belong to none."""
    groups = {}
    for modality in sorted({name for name in modalities.values() if name}):
        own = {
            question: {label: g for label, g in grades.items() if modalities[label] == modality}
            for question, grades in relevant.items()
        }
        own = {question: grades for question, grades in own.items() if grades}
        if own:
            groups[modality] = group(per_question(rankings.labels, own), list(own), RECALLS)
    return groups


def _missing(
    questions: Sequence[LabelledQuestion], modalities: Modalities
) -> dict[str, tuple[int, ...]]:
    lines: dict[str, list[int]] = {}
    for question in questions:
        for label in question.relevant:
            if modalities[label] is None:
                lines.setdefault(label, []).append(question.line)
    return {label: tuple(lines[label]) for label in sorted(lines)}
