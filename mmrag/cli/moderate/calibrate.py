"""`mmrag moderate calibrate`: thresholds chosen on labelled items, and what a policy does there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.moderate.options import ModelOption, file_moderator, warn
from mmrag.cli.options import (
    EXIT_PARTLY,
    ConfigOption,
    JsonOption,
    ProfileOption,
    reports_errors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmrag.evaluation.intervals import Interval
    from mmrag.tasks.moderation.calibration import Outcome


@reports_errors
def command(
    policy: Annotated[Path, typer.Option("--policy", metavar="FILE", help="The policy.")],
    labelled: Annotated[
        Path | None,
        typer.Option(
            "--labelled",
            metavar="FOLDER|JSONL",
            help="What to choose thresholds on: a folder with one folder a category and one named "
            'clean, or lines {"file" or "text": …, "categories": […]}.',
        ),
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--target-precision",
            metavar="SHARE",
            min=0.01,
            max=1,
            help="What flags are to be right.",
        ),
    ] = None,
    recall: Annotated[
        float | None,
        typer.Option(
            "--target-recall",
            metavar="SHARE",
            min=0.01,
            max=1,
            help="What is to be flagged of all.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where to write it.  [default: POLICY.calibrated.yaml]"
        ),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            "--evaluate",
            metavar="FOLDER|JSONL",
            help="Other labelled items, on which the policy (calibrated, with --labelled) is "
            "judged.",
        ),
    ] = None,
    profile: ProfileOption = None,
    model: ModelOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose a policy's thresholds on labelled items, evaluate it on others, or both."""
    from mmrag.errors import InputError
    from mmrag.tasks.moderation.calibration import Target, calibrate, evaluate, examples
    from mmrag.tasks.moderation.labelled import read_labelled
    from mmrag.tasks.moderation.policy import read_policy

    if labelled is None and held_out is None:
        raise typer.BadParameter("give --labelled to choose thresholds, or --evaluate to judge")
    if labelled is not None and (precision is None) == (recall is None):
        raise typer.BadParameter("give one of --target-precision and --target-recall")
    by = file_moderator(policy, profile, model, config)
    chosen, path = by.moderator.policy, policy
    failed: dict[str, str] = {}
    notes: list[str] = list(by.moderator.blind)
    if labelled is not None:
        given, failed = examples(by, read_labelled(labelled, chosen.categories))
        least = precision if precision is not None else recall
        target = Target("precision" if precision is not None else "recall", least or 0.0)
        models = {sense: by.moderator.model_of(sense) for sense in by.moderator.spaces}
        chosen, more = calibrate(chosen, given, target, models)
        notes += more
        path = out or policy.with_name(f"{policy.stem}.calibrated.yaml")
        try:
            path.write_text(chosen.as_yaml(), encoding="utf-8")
        except OSError as exc:
            raise InputError(f"cannot write {path}: {exc.strerror}") from exc
        read_policy(path)  # what was written is what was meant
    outcomes: list[Outcome] = []
    if held_out is not None:
        by = file_moderator(path, profile, model, config)
        others, lost = examples(by, read_labelled(held_out, chosen.categories))
        failed |= lost
        outcomes = evaluate(chosen, others)
    if as_json:
        facts = {
            "policy": chosen.version,
            "written": None if labelled is None else str(path),
            "calibrated": {
                f"{name}.{sense}": {"threshold": row.threshold, **row.calibrated.model_dump()}
                for name, category in chosen.categories.items()
                for sense, row in category.contrasts.items()
                if row.calibrated is not None
            },
            "held_out": [row.as_dict() for row in outcomes],
            "notes": notes,
            "failed": failed,
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        if labelled is not None:
            typer.echo(f"{chosen.version} written to {path}")
            _show_thresholds(path)
        _show(outcomes)
        warn([*notes, *(f"{source}: {reason}" for source, reason in failed.items())])
    if failed:
        raise typer.Exit(EXIT_PARTLY)


def _show_thresholds(path: Path) -> None:
    from mmrag.tasks.moderation.policy import read_policy

    for name, category in read_policy(path).categories.items():
        for sense, row in category.contrasts.items():
            if row.calibrated is not None:
                c = row.calibrated
                typer.echo(
                    f"  {name}.{sense}: {row.threshold:.4f} for {c.target} on {c.positives} "
                    f"positives and {c.negatives} negatives: precision {c.precision}, recall "
                    f"{c.recall}"
                )


def _show(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("held out", "positives", "negatives", "flagged", "precision", "recall"):
        table.add_column(name, justify="left" if name == "held out" else "right")
    for row in outcomes:
        counts = map(str, (row.positives, row.negatives, row.flagged))
        table.add_row(Text(row.category), *counts, _share(row.precision), _share(row.recall))
    out.print(table, soft_wrap=False)


def _share(found: Interval | None) -> str:
    from mmrag.evaluation.tables import with_ends

    return "-" if found is None else with_ends(found)
