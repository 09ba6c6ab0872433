"""How measures look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mmrag.cli.show import console, out
from mmrag.evaluation.comparison import compare
from mmrag.evaluation.measures import Group
from mmrag.evaluation.retrieval import DEPTH, NDCG, Judged
from mmrag.evaluation.tables import FEW, counted, with_ends

_NAMED = 5
"""Places and questions that a warning names; the report and --json have all."""


def show_judged(judged: Mapping[str, Judged], to: Console = out) -> None:
    """One or two judged rankings: measures, by kind, by modality, and their difference."""
    (name, ours), *others = judged.items()
    set_aside = f"; {ours.unanswerable} without an answer set aside" if ours.unanswerable else ""
    to.print(
        Text.assemble((f"{len(ours.questions)} questions", "bold"), f", {name}{set_aside}"),
    )
    measures = ours.overall.measures
    for other, theirs in others:
        found = compare(ours, theirs)
        show_table(
            to,
            ["", name, other, "difference"],
            (
                [
                    key,
                    with_ends(row),
                    f"{theirs.overall.measures[key].mean:.3f}",
                    with_ends(found.differences[key], signed=True),
                ]
                for key, row in measures.items()
            ),
        )
        to.print(f"{found.better} better, {found.worse} worse, {found.level} the same by {NDCG}")
    if not others:
        show_table(to, ["", name], ([key, with_ends(row)] for key, row in measures.items()))
    if len(ours.kinds) > 1:
        _groups(to, "kind", ours.kinds, [NDCG, f"recall@{DEPTH}"])
    for modality in list(ours.modalities)[:1]:
        _groups(to, "what answers", ours.modalities, list(ours.modalities[modality].measures))
    few = any(group.questions < FEW for group in (ours.overall, *ours.kinds.values()))
    note = f"; * fewer than {FEW} questions: too narrow to be trusted" if few else ""
    to.print(Text(f"in brackets: 95 % bootstrap interval over questions{note}", style="dim"))


def warn(judged: Judged, to: Console = console) -> None:
    """Say what counts as not found because it could not be."""
    for line in _warnings(judged):
        to.print(Text(line, style="yellow"))


def _warnings(judged: Judged) -> Iterator[str]:
    if judged.missing:
        places = [unquote(label) for label in judged.missing]
        yield f"not in the index, so never found: {_some(places)}"
    unranked = judged.rankings.unranked
    for reason in dict.fromkeys(unranked.values()):
        ids = [question for question, why in unranked.items() if why == reason]
        yield f"counted as having found nothing: {_some(ids)} ({reason})"
    found = [label for labels in judged.rankings.labels.values() for label in labels]
    if found and not judged.answered:
        yield (
            "not one place that was found is a labelled one; are they named alike? "
            f"found: {_some(list(dict.fromkeys(found)))}"
        )


def _groups(to: Console, what: str, groups: Mapping[str, Group], measures: Sequence[str]) -> None:
    show_table(
        to,
        [what, *measures],
        (
            [
                counted(name, group.questions),
                *(with_ends(group.measures[key]) for key in measures),
            ]
            for name, group in groups.items()
        ),
    )


def show_table(to: Console, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """An empty line, and columns of which the first is words and the others are numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, name in enumerate(header):
        table.add_column(Text(name), justify="right" if number else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    to.print()
    to.print(table, soft_wrap=False)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
