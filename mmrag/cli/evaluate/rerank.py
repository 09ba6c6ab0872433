"""`mmrag eval rerank`: whether reranking helps on one's own questions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    from mmrag.rerank.trial import Trial

MEANS = {
    "helps": "it helps",
    "hurts": "it hurts",
    "undecided": "these questions do not tell whether it helps",
}


@reports_errors
def command(
    questions: Annotated[
        Path, typer.Option("--questions", metavar="FILE", help="Labelled questions, JSON lines.")
    ],
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help='Only questions of this "split".')
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="What reranks: a hub id, a folder, or ollama:NAME; else the settings' or the "
            "profile's.",
        ),
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            "--candidates", metavar="N", help="Hits that are judged; else the settings' 50."
        ),
    ] = None,
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Do not keep the verdict with the index.")
    ] = False,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare search with and without reranking on labelled questions; rerank: auto goes by it."""
    from rich.progress import track

    from mmrag.cli.show import console
    from mmrag.evaluation.questions import read_questions
    from mmrag.rerank.trial import answerable

    asked = read_questions(questions, split=split)
    labelled = answerable(asked)
    changes = {"rerank.model": model, "rerank.candidates": candidates}
    with opened(index, qdrant, profile, config, changes=changes) as opened_index:
        told = track(labelled, "searching", console=console, transient=True)
        trial = opened_index.try_reranking(told, keep=not no_store)
    unlabelled = len(asked) - len(labelled)
    if as_json:
        row = {
            **trial.as_dict(),
            "difference": trial.gate.difference,
            "unlabelled": unlabelled,
            "stored": not no_store,
        }
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    _show(trial, unlabelled, stored=not no_store)


def _show(trial: Trial, unlabelled: int, *, stored: bool) -> None:
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.rerank.gate import LEAST

    gate, setup = trial.gate, trial.setup
    left_out = f" ({unlabelled} without a label left out)" if unlabelled else ""
    style = {"helps": "green", "hurts": "red"}.get(gate.verdict, "yellow")
    why = f"; at least {LEAST} are needed" if gate.questions < LEAST else ""
    out.print(
        Text.assemble(
            f"{gate.metric} of {gate.questions} questions{left_out}: {gate.plain:.3f} without, "
            f"{gate.reranked:.3f} with {setup.model} over {setup.candidates} candidates\n",
            f"{gate.difference:+.3f}, 95 % interval {gate.low:+.3f} to {gate.high:+.3f}: ",
            (f"{MEANS[gate.verdict]}{why}", style),
            f"\nmedian time of a question: {trial.plain_ms:.0f} ms without, "
            f"{trial.reranked_ms:.0f} ms with",
        )
    )
    if stored:
        does = "reranks" if gate.verdict == "helps" else "does not rerank"
        out.print(Text(f"stored: with this model, rerank: auto {does} here from now on"))
