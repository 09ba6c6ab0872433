"""Retrieval by group: whose answers are found, and who is shown.

An item of a ranking is a place, as `mmrag eval retrieval` judges them; its group is that of its
document. Shares are of labelled items alone; what has no label is a column of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit, Column, Figure
from mmrag.evaluation.fairness.gaps import LEAST, UNLABELLED, Measure, find
from mmrag.evaluation.fairness.groups import Groups
from mmrag.evaluation.fairness.measures import Desired, exposure, ndkl
from mmrag.evaluation.fairness.resampling import Floats, Sums, ends, ratio, resampled
from mmrag.evaluation.intervals import interval
from mmrag.evaluation.measures import ndcg
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.evaluation.retrieval import answerable

Labels = Mapping[str, Sequence[str]]
"""By question, places from best to worst."""


def audit_documents(
    questions: Sequence[LabelledQuestion],
    rankings: Labels,
    groups: Groups,
    desired: Desired,
    *,
    k: int,
    least: int = LEAST,
) -> Audit:
    """Measure rankings by the groups of documents.

    Args:
        questions: those without an answer are set aside.
        desired: by group, from `mmrag.evaluation.fairness.desired`.
        k: places of a ranking that count.
        least: questions that a group must have for a gap to be called.

    Raises:
        InputError: no question has an answer.
    """
    asked = answered(questions)
    shown = {row.id: list(rankings.get(row.id, ()))[:k] for row in asked}
    of = {row.id: [groups.of_label(label) for label in shown[row.id]] for row in asked}
    columns = (*groups.names, UNLABELLED)
    measures = [
        *_quality(asked, shown, columns, lambda row: _by_answer(row, groups), k),
        *_exposure(asked, of, groups, desired, k),
    ]
    skews = _skews(Sums(groups.names, *_shares(list(of.values()), groups.names)), desired)
    return Audit(
        groups.attribute,
        {"questions": len(asked)},
        _counts(groups),
        tuple(find(measures, least=least)),
        (_skew_column(groups.names, skews, k),),
        tuple(_figures(skews, of, desired, k)),
        (*groups.notes, *_unlabelled(of, groups)),
        desired,
    )


def audit_askers(
    questions: Sequence[LabelledQuestion],
    rankings: Labels,
    group_of: Mapping[str, str],
    attribute: str,
    *,
    k: int,
    least: int = LEAST,
) -> Audit:
    """Measure rankings by groups of questions, from `mmrag.evaluation.fairness.groups`.

    Arguments and errors are those of `audit_documents`.
    """
    asked = answered(questions)
    shown = {row.id: list(rankings.get(row.id, ()))[:k] for row in asked}
    names = tuple(sorted({group_of[row.id] for row in asked if row.id in group_of}))
    of = {row.id: group_of.get(row.id, UNLABELLED) for row in asked}
    measures = _quality(
        asked, shown, (*names, UNLABELLED), lambda row: {of[row.id]: row.relevant}, k
    )
    counts = {name: {"questions": sum(one == name for one in of.values())} for name in names}
    return Audit(
        attribute,
        {"questions": len(asked)},
        counts,
        tuple(find(measures, least=least)),
    )


Wanted = Callable[[LabelledQuestion], Mapping[str, Mapping[str, int]]]
"""By group, the places that a question wants of it, with grades."""


def _quality(
    asked: Sequence[LabelledQuestion],
    shown: Labels,
    columns: tuple[str, ...],
    wanted: Wanted,
    k: int,
) -> list[Measure]:
    recall, gain, counted = (np.zeros((len(asked), len(columns))) for _ in range(3))
    for row, question in enumerate(asked):
        labels = list(dict.fromkeys(shown[question.id]))
        for group, own in wanted(question).items():
            at = row, columns.index(group)
            counted[at] = 1
            recall[at] = len(set(labels) & own.keys()) / len(own)
            gain[at] = ndcg(labels, own, depth=k)
    used = [at for at, name in enumerate(columns) if name != UNLABELLED or counted[:, at].any()]
    names = tuple(columns[at] for at in used)
    return [
        Measure(name, "rest", definition, Sums(names, values[:, used], counted[:, used]))
        for name, values, definition in (
            (f"recall@{k}", recall, f"share of the group's answers among the first {k}"),
            (f"ndcg@{k}", gain, "nDCG with the group's answers alone (Järvelin and Kekäläinen)"),
        )
    ]


def _exposure(
    asked: Sequence[LabelledQuestion],
    of: Mapping[str, Sequence[str | None]],
    groups: Groups,
    desired: Desired,
    k: int,
) -> list[Measure]:
    names = groups.names
    seen, merit = (np.zeros((len(asked), len(names))) for _ in range(2))
    without = np.zeros((len(asked), 1))
    for row, question in enumerate(asked):
        attention = exposure(of[question.id])
        wanted = _by_answer(question, groups)
        seen[row] = [attention.get(name, 0.0) for name in names]
        without[row] = attention.get(None, 0.0)
        merit[row] = [sum(wanted.get(name, {}).values()) for name in names]
    labelled = seen.sum(axis=1, keepdims=True)
    columns, above, below = names, seen, np.repeat(labelled, len(names), axis=1)
    if without.any():
        columns = (*names, UNLABELLED)
        above, below = np.hstack([seen, without]), np.hstack([below, labelled + without])
    return [
        Measure(
            f"exposure@{k}",
            "desired",
            "share of the attention that labelled items get, 1/log2(place + 1) each, against the "
            "desired share: demographic parity of exposure (Singh and Joachims 2018)",
            Sums(columns, above, below),
            desired,
        ),
        Measure(
            f"treatment@{k}",
            "treatment",
            "attention per relevance, against that of the rest: disparate treatment ratio (ibid.), "
            "with the grades of answers as relevance, summed over questions",
            Sums(names, seen, merit),
        ),
    ]


def _shares(of: Sequence[Sequence[str | None]], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Shares of groups among the labelled items of each ranking, and whether there are any."""
    counts = np.array([[found.count(name) for name in names] for found in of], dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    return counts / np.maximum(totals, 1), np.repeat(1.0 * (totals > 0), len(names), axis=1)


def _skews(shares: Sums, desired: Desired) -> Floats:
    """(1 + resamples, groups): ln(mean share / desired share), minus infinity where it is 0."""
    width = len(shares.groups)
    table = resampled(np.hstack([shares.above, shares.below]))
    wanted = np.array([desired[name] for name in shares.groups])
    with np.errstate(divide="ignore"):
        skews: Floats = np.log(ratio(table[:, :width], table[:, width:]) / wanted)
    return skews


def _skew_column(names: Sequence[str], skews: Floats, k: int) -> Column:
    return Column(
        f"skew@{k}",
        "ln(share of the first places, mean over questions / desired share) (Geyik et al. 2019)",
        {name: ends(skews[:, at]) for at, name in enumerate(names)},
        signed=True,
    )


def _figures(
    skews: Floats, of: Mapping[str, Sequence[str | None]], desired: Desired, k: int
) -> Iterator[Figure]:
    for which, least_or_most, values in (
        ("min", "least", skews.min(axis=1)),
        ("max", "most", skews.max(axis=1)),
    ):
        words = f"skew of the group that is shown {least_or_most} against what is desired"
        yield Figure(f"{which}_skew@{k}", words, ends(values), signed=True)
    labelled = [[name for name in found if name is not None] for found in of.values()]
    found = [ndkl(one, desired) for one in labelled if one]
    yield Figure(
        f"ndkl@{k}",
        "divergence of each prefix from the desired shares, mean over questions (Geyik et al. "
        "2019); above 0 even by chance, so compare it, do not read it alone",
        interval(found) if found else None,
    )


def answered(questions: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    """Those that have an answer.

    Raises:
        InputError: none of them has.
    """
    asked = answerable(questions)
    if not asked:
        raise InputError(
            f"none of the {len(questions)} questions has an answer, so there is nothing to find"
        )
    return asked


def _by_answer(question: LabelledQuestion, groups: Groups) -> dict[str, dict[str, int]]:
    wanted: dict[str, dict[str, int]] = {}
    for label, grade in question.relevant.items():
        wanted.setdefault(groups.of_label(label) or UNLABELLED, {})[label] = grade
    return wanted


def _counts(groups: Groups) -> dict[str, dict[str, int]]:
    counts = {name: {"documents": groups.documents[name]} for name in groups.names}
    if groups.unlabelled:
        counts[UNLABELLED] = {"documents": len(groups.unlabelled)}
    for name, places in groups.places.items():
        counts[name]["places"] = places
    return counts


def _unlabelled(of: Mapping[str, Sequence[str | None]], groups: Groups) -> Iterator[str]:
    places = [group for found in of.values() for group in found]
    count = places.count(None)
    if count:
        yield (
            f"{count} of {len(places)} places that were shown are of documents without a label"
            f"{f' ({len(groups.unlabelled)} in the index)' if groups.unlabelled else ''}; "
            "shares are of the others"
        )
