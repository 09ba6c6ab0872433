"""How well a search finds what labels say it should: overall, by kind, by modality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.intervals import Interval, interval
from mmrag.evaluation.measures import MEASURES, per_question
from mmrag.evaluation.places import Modalities
from mmrag.evaluation.questions import LabelledQuestion, Place, ranking

Search = Callable[[LabelledQuestion], Sequence[Place]]
"""Hits of a question, the best first."""

NDCG = "ndcg@10"
RECALLS = tuple(name for name in MEASURES if name.startswith("recall@"))
DEPTH = 10
"""How deep the measures look; fewer hits than these would not be judged fairly."""


@dataclass(frozen=True)
class Group:
    """Measures of some questions, with their intervals."""

    questions: int
    measures: Mapping[str, Interval]


@dataclass(frozen=True)
class Rankings:
    """What a search answered.

    Attributes:
        labels: by question, places from best to worst.
        refused: by question that could not be asked, why; such a one found nothing.
    """

    labels: Mapping[str, Sequence[str]]
    refused: Mapping[str, str] = field(default_factory=dict)


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

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "questions": len(self.questions),
            "unanswerable": self.unanswerable,
            "measures": _as_dict(self.overall),
            "kinds": {
                name: {"questions": group.questions, "measures": _as_dict(group)}
                for name, group in self.kinds.items()
            },
            "modalities": {
                name: {"questions": group.questions, "measures": _as_dict(group)}
                for name, group in self.modalities.items()
            },
            "missing": [
                {"place": label, "lines": list(lines)} for label, lines in self.missing.items()
            ],
            "refused": dict(self.rankings.refused),
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
    refused: dict[str, str] = {}
    for question in answerable(questions):
        try:
            labels[question.id] = ranking(search(question), question.gold)
        except LoadError as exc:
            raise InputError(f"line {question.line} of the questions: {exc}") from exc
        except InputError as exc:  # a picture without words, and no space that takes pictures
            labels[question.id], refused[question.id] = [], str(exc)
        done()
    return Rankings(labels, refused)


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
        overall=_group(values, list(relevant), MEASURES),
        kinds={kind: _group(values, kinds[kind], MEASURES) for kind in sorted(kinds)},
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
            groups[modality] = _group(per_question(rankings.labels, own), list(own), RECALLS)
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


def _group(
    values: Mapping[str, Mapping[str, float]], ids: Sequence[str], measures: Iterable[str]
) -> Group:
    means = {name: interval([values[name][question] for question in ids]) for name in measures}
    return Group(len(ids), means)


def _as_dict(group: Group) -> dict[str, dict[str, float]]:
    return {
        name: {key: round(value, 6) for key, value in asdict(found).items()}
        for name, found in group.measures.items()
    }
