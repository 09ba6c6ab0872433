"""`mmrag eval tune`: weights of channels learnt from labelled questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.evaluate.options import FusionOption, QuestionsOption, SplitOption, progress
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
    from mmrag.evaluation.tuning import Contrast, Tuning

MEANS = {
    "helps": ("the learnt weights help", "green"),
    "hurts": ("the learnt weights hurt; keep those in use", "red"),
    "undecided": ("no difference that these {} questions could show", "yellow"),
}


@reports_errors
def command(
    questions: QuestionsOption,
    split: SplitOption = None,
    test_split: Annotated[
        str | None,
        typer.Option(
            "--test-split",
            metavar="NAME",
            help='Report the learnt weights on this "split" too; nothing is learnt from it.',
        ),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(
            "--folds", metavar="N", min=2, max=100, help="Parts that are left out in turn."
        ),
    ] = 5,
    fusion: FusionOption = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE",
            help="Set the weights in this settings file (YAML) if they help on questions left out.",
        ),
    ] = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn how much each channel should weigh, and tell honestly what that is worth.

    Reranking comes after it and is left out.
    """
    if test_split is not None and (split is None or split == test_split):
        raise typer.BadParameter(
            "--test-split wants another --split, or its questions would be learnt from"
        )
    from mmrag.cli.settings_file import amend, amendable

    if write is not None:
        amendable(write)
    changes = {"retrieval.fusion": fusion}
    with opened(index, qdrant, profile, config, changes=changes) as opened_index:
        found = opened_index.tune_weights(
            questions, split=split, test_split=test_split, folds=folds, progress=progress
        )
    tuning, tested, unasked = found.tuning, found.test, found.unasked
    learnt: dict[str, Any] = {"weights": dict(tuning.weights)}
    if fusion is not None:
        learnt = {"fusion": fusion, **learnt}
    written = write if tuning.helps else None
    if written is not None:
        amend(written, "retrieval", learnt)
    if as_json:
        row = {
            "fusion": found.fusion,
            "split": split,
            "test_split": test_split,
            **tuning.as_dict(),
            "test": tested.as_dict() if tested else None,
            "unranked": unasked,
            "written": None if written is None else str(written),
        }
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    _show(tuning, found.fusion, {f"split {test_split}": tested} if tested else {}, unasked)
    _show_settings(tuning, learnt, write, written)


def _show(
    tuning: Tuning, fusion: str, tested: Mapping[str, Contrast], unasked: Mapping[str, str]
) -> None:
    from rich.text import Text

    from mmrag.cli.evaluate.show import show_table
    from mmrag.cli.show import console, out
    from mmrag.evaluation.retrieval import NDCG
    from mmrag.evaluation.tables import counted, with_ends

    for question, reason in unasked.items():
        console.print(Text(f"counted as having found nothing: {question} ({reason})", "yellow"))
    if not tuning.by_source:
        console.print(
            Text(
                "too few sources for folds of their own: held-out figures may be too good", "yellow"
            )
        )
    held_out = tuning.held_out
    out.print(
        Text.assemble(
            (f"{held_out.questions} questions", "bold"),
            f", {fusion}, {tuning.tried} weightings, {len(tuning.by_fold)} folds",
        )
    )
    spaces = tuning.by_fold[0]
    show_table(
        out,
        ["weight", "in use", "learnt", "without each fold"],
        (
            [
                space,
                f"{tuning.in_use[space]:g}",
                f"{tuning.weights[space]:g}",
                "  ".join(f"{weights[space]:g}" for weights in tuning.by_fold),
            ]
            for space in spaces
        ),
    )
    contrasts = {"learnt from": tuning.learnt_from, "held out": held_out, **tested}
    show_table(
        out,
        [NDCG, "in use", "learnt", "difference"],
        (
            [
                counted(where, row.questions),
                f"{row.before:.3f}",
                f"{row.after:.3f}",
                with_ends(row.difference, signed=True),
            ]
            for where, row in contrasts.items()
        ),
    )
    out.print()
    for where, row in {"held out": held_out, **tested}.items():
        means, style = MEANS[row.verdict]
        out.print(Text.assemble(f"{where}: ", (means.format(row.questions), style)))
    out.print(Text("in brackets: 95 % bootstrap interval over questions", style="dim"))


def _show_settings(
    tuning: Tuning, learnt: Mapping[str, Any], write: Path | None, written: Path | None
) -> None:
    from rich.text import Text

    from mmrag.cli.settings_file import in_yaml
    from mmrag.cli.show import out

    if not tuning.changed:
        out.print("the weights in use stay: no others are better by more than one standard error")
    else:
        out.print(Text(f"\n{in_yaml({'retrieval': learnt})}", style="bold"), end="")
    if written is not None:
        out.print(Text(f"written: {written}"))
    elif write is not None:
        out.print(Text(f"{write} stays as it is: nothing was learnt that helps", style="yellow"))
