"""`mmrag eval drift`: whether what is new lies in its spaces as what an index holds does."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.evaluate.drift_sides import New, Sampling, both_sides, with_asked
from mmrag.cli.options import (
    EXIT_FOUND,
    EXIT_PARTLY,
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    chosen,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.engine import MMRagIndex
    from mmrag.evaluation.drift.compare import Drift
    from mmrag.evaluation.drift.snapshot import Snapshot

_TITLES = ("MMD²", "AUC", "backgr. PSI", "backgr. KS", "nearest PSI", "nearest KS")
"""Of the measures that can alarm, in their order, for 80 columns."""


@reports_errors
def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="New files and folders; they are embedded by the models of the reference.",
            show_default=False,
        ),
    ] = None,
    new: Annotated[
        Path | None, typer.Option("--new", metavar="DIR", help="Another index is what is new.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            metavar="DATE",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="What the index holds of files changed since then is new.",
        ),
    ] = None,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help='New questions, JSON lines with "question"; compared with those of the reference.',
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference", metavar="FILE", help="Compare with this instead of with the index."
        ),
    ] = None,
    save_reference: Annotated[
        Path | None,
        typer.Option(
            "--save-reference",
            metavar="FILE",
            help="Keep samples of the index (.npz), and --questions as they are asked now.",
        ),
    ] = None,
    alpha: Annotated[
        float,
        typer.Option(
            "--alpha",
            metavar="N",
            min=0.001,
            max=0.2,
            help="Chance of an alarm where nothing has drifted.",
        ),
    ] = 0.01,
    max_psi: Annotated[
        float,
        typer.Option("--max-psi", metavar="N", min=0, help="Population stability index of scores."),
    ] = 0.25,
    max_ks: Annotated[
        float,
        typer.Option(
            "--max-ks", metavar="N", min=0, max=1, help="Kolmogorov-Smirnov distance of scores."
        ),
    ] = 0.2,
    max_auc: Annotated[
        float,
        typer.Option(
            "--max-auc", metavar="N", min=0.5, max=1, help="How well old and new are told apart."
        ),
    ] = 0.7,
    max_mmd: Annotated[
        float,
        typer.Option(
            "--max-mmd", metavar="N", min=0, help="Squared maximum mean discrepancy of vectors."
        ),
    ] = 0.005,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", metavar="NAME", help="Only this dense space; repeatable."),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample",
            metavar="N",
            min=20,
            max=5_000,
            help="Items looked at, of a space and a kind.",
        ),
    ] = 1_000,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write Markdown and a picture there too."),
    ] = None,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell drift from chance: new items and questions against what the index holds.

    Exit code 4 if something has drifted, 0 if not.
    """
    given = [name for name, value in (("PATH", paths), ("--new", new), ("--since", since)) if value]
    if len(given) > 1:
        raise typer.BadParameter(f"what is new? give one of {' and '.join(given)}")
    sampling = Sampling(sample, tuple(space or ()))
    if save_reference is not None:
        if given or reference or report:
            raise typer.BadParameter("--save-reference keeps the index, and compares nothing")
        with opened(index, qdrant, None, config) as held:
            _save(save_reference, sampling.of(held), held, questions, as_json=as_json)
        return
    if not given and not questions:
        raise typer.BadParameter("what is new? give PATH, --new DIR, --since DATE or --questions")
    from mmrag.evaluation.drift.compare import compare
    from mmrag.evaluation.drift.measures import Limits
    from mmrag.evaluation.drift.report import write_report
    from mmrag.evaluation.embeddings.report import report_folder
    from mmrag.extras import require

    require("sklearn", extra="eval", purpose="tell old items from new ones")
    if report is not None:  # before the work, for it may take minutes
        require("matplotlib", extra="eval", purpose="draw the report")
        report_folder(report)
    what = New(tuple(paths or ()), new, since, questions)
    sides = both_sides(chosen(index, qdrant, None, config), sampling, reference, what)
    drift = compare(sides.before, sides.now, Limits(alpha, max_psi, max_ks, max_auc, max_mmd))
    written = [] if report is None else write_report(drift, report)
    for outcome in sides.failed:
        typer.echo(f"mmrag: {outcome.source} could not be read: {outcome.reason}", err=True)
    if as_json:
        failed = [{"source": row.source, "reason": row.reason} for row in sides.failed]
        facts = {**drift.as_dict(), "failed": failed}
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        _show(drift, written)
    if drift.found:
        raise typer.Exit(EXIT_FOUND)
    if sides.failed:
        raise typer.Exit(EXIT_PARTLY)


def _save(
    path: Path, snapshot: Snapshot, index: MMRagIndex, questions: Path | None, *, as_json: bool
) -> None:
    from mmrag.evaluation.drift.snapshot import save

    if questions is not None:
        spaces = {space for space, _ in snapshot.clouds}
        snapshot = with_asked(snapshot, index, questions, spaces)
    save(snapshot, path)
    if as_json:
        facts = {"reference": str(path), **snapshot.as_dict()}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    for (space, kind), cloud in snapshot.clouds.items():
        typer.echo(f"{space}, {kind}: {len(cloud)} of {cloud.count}")
    typer.echo(f"written: {path}")


def _show(drift: Drift, written: list[Path]) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.evaluation.drift.measures import TESTS
    from mmrag.evaluation.drift.report import apart, verdict

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("old", "new", *_TITLES):
        table.add_column(name, justify="right")
    for one in drift.compared:
        found = {row.measure: row for row in one.findings}
        values = [apart(found[row]) if row in found else "-" for row in TESTS]
        counts = (f"{len(side)}/{side.size}" for side in (one.old, one.new))
        table.add_row(one.name, *counts, *values)
    out.print(table, soft_wrap=False)
    out.print(Text("old, new: items/documents; !: above its limit, and not by chance", style="dim"))
    for note in drift.notes:
        out.print(Text(f"not compared: {note}", style="dim"))
    for alarm in drift.alarms:
        out.print(Text(f"drift: {alarm}", style="red"))
    out.print(Text(verdict(drift), style="bold"))
    if written:
        out.print(Text(f"written: {', '.join(map(str, written))}", style="dim"))
