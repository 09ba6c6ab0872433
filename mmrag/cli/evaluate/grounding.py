"""`mmrag eval grounding`: answers to labelled questions, and when to say nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.evaluate.options import QuestionsOption, ReportOption, SplitOption, progress
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.engine import MMRagIndex
    from mmrag.evaluation.grounding import Asked, Grounded, Reply
    from mmrag.evaluation.questions import LabelledQuestion
    from mmrag.evaluation.thresholds import Proposal


@reports_errors
def command(
    questions: QuestionsOption,
    split: SplitOption = None,
    max_error: Annotated[
        float | None,
        typer.Option(
            "--max-error",
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Propose the threshold that answers most with at most this share of wrong "
            "answers; else that of the best balanced accuracy.",
        ),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(
            "--folds", metavar="N", min=2, max=100, help="Parts that are left out in turn."
        ),
    ] = 5,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE",
            help="Set the threshold in this settings file (YAML) if it helps on questions left "
            "out.",
        ),
    ] = None,
    report: ReportOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure extractive answers on labelled questions, and learn when to say nothing."""
    from mmrag.cli.settings_file import amend, amendable
    from mmrag.config import load_settings
    from mmrag.evaluation.grounding import ask_all, check_labels, measure
    from mmrag.evaluation.grounding_report import write_report
    from mmrag.evaluation.questions import read_questions
    from mmrag.evaluation.thresholds import curve, propose
    from mmrag.extras import require

    rows = read_questions(questions, split=split)
    check_labels(rows)
    check_folds(len(rows), folds)
    require("sklearn", extra="eval", purpose="cross-validate")
    if report is not None:
        require("matplotlib", extra="eval", purpose="draw the report")
    if write is not None:
        amendable(write)
    in_use = load_settings(config).answer.abstain_below
    changes = {"answer.abstain_below": 0.0}
    with (
        opened(index, qdrant, profile, config, changes=changes) as opened_index,
        progress("asking", len(rows)) as done,
    ):
        asked, unasked = ask_all(rows, asking(opened_index), done=done)
    grounded = measure(asked, in_use)
    proposal = propose(asked, in_use=in_use, folds=folds, max_error=max_error)
    written = write if proposal is not None and proposal.helps else None
    if written is not None and proposal is not None:
        amend(written, "answer", {"abstain_below": proposal.point.threshold})
    reported: Sequence[Path] = ()
    if report:
        about = {"file": str(questions), "split": split or "all", "questions": str(len(rows))}
        reported = write_report(asked, grounded, proposal, report, about=about)
    if as_json:
        row = {
            "split": split,
            "questions": len(rows),
            "answerable": sum(row.answerable for row in asked),
            **grounded.as_dict(),
            "curve": [point.as_dict() for point in curve(asked)],
            "proposal": proposal.as_dict() if proposal else None,
            "unasked": unasked,
            "written": None if written is None else str(written),
        }
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    _show(asked, grounded, unasked)
    _show_proposal(proposal, max_error, write, written)
    if reported:
        typer.echo(f"report: {', '.join(map(str, reported))}")


def check_folds(questions: int, folds: int) -> None:
    """Find out before the asking whether the questions can be parted.

    Raises:
        InputError: more folds than questions.
    """
    from mmrag.errors import InputError

    if folds > questions:
        raise InputError(f"{folds} folds of {questions} questions; take 2 to {questions}")


def asking(index: MMRagIndex) -> Callable[[LabelledQuestion], Reply]:
    """Extractive answers of the index to labelled questions."""

    def ask(question: LabelledQuestion) -> Reply:
        return index.ask(question.words, image=question.image, llm="extractive")

    return ask


def _show(asked: Sequence[Asked], grounded: Grounded, unasked: Mapping[str, str]) -> None:
    from rich.text import Text

    from mmrag.cli.evaluate.show import show_table
    from mmrag.cli.show import console, out
    from mmrag.evaluation.grounding_report import COLUMNS, EXPLAINED, table_of
    from mmrag.evaluation.tables import counted, with_ends
    from mmrag.evaluation.thresholds import curve

    for question, reason in unasked.items():
        console.print(Text(f"counted as refused: {question} ({reason})", "yellow"))
    answerable = [row for row in asked if row.answerable]
    by_place = sum(not row.question.accepted for row in answerable)
    if by_place:
        told = f'{by_place} questions name no "answer": right is what cites a labelled place'
        console.print(Text(told, "yellow"))
    out.print(
        Text.assemble(
            (f"{len(asked)} questions", "bold"),
            f", {len(answerable)} of them answerable; threshold in use: {grounded.threshold:g}",
        )
    )
    measures = grounded.measures.items()
    show_table(out, ["", "share"], ([name, with_ends(found)] for name, found in measures))
    show_table(
        out,
        ["kind", "refused", "answered right"],
        (
            [counted(kind, count), str(refused), str(right)]
            for kind, (count, refused, right) in grounded.kinds.items()
        ),
    )
    show_table(out, COLUMNS, table_of(curve(asked)))
    told = f"{EXPLAINED} In brackets: 95 % bootstrap interval over questions."
    out.print(Text(fill(told, 88), style="dim"))


def _show_proposal(
    proposal: Proposal | None, max_error: float | None, write: Path | None, written: Path | None
) -> None:
    from rich.text import Text

    from mmrag.cli.evaluate.show import show_table
    from mmrag.cli.settings_file import in_yaml
    from mmrag.cli.show import out
    from mmrag.evaluation.grounding_report import COLUMNS

    if proposal is None:
        out.print(Text(f"no threshold keeps the error within {max_error:g}", style="yellow"))
    else:
        points = {
            "in use": proposal.in_use,
            "proposed, chosen on these": proposal.point,
            "proposed, questions left out": proposal.held_out,
        }
        show_table(
            out,
            ["threshold", *COLUMNS[1:]],
            (
                [name, *(f"{value:.3f}" for value in (p.coverage, p.error, p.balanced))]
                for name, p in points.items()
            ),
        )
        spread = "  ".join(f"{threshold:.3f}" for threshold in proposal.by_fold)
        out.print(Text(f"thresholds without each fold: {spread}", style="dim"))
        settings = {"answer": {"abstain_below": proposal.point.threshold}}
        out.print(Text(f"\n{in_yaml(settings)}", style="bold"), end="")
    if written is not None:
        out.print(Text(f"written: {written}"))
    elif write is not None:
        out.print(Text(f"{write} stays as it is: nothing was learnt that helps", style="yellow"))
