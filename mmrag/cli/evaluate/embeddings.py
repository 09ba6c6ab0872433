"""`mmrag eval embeddings`: how good the vectors of an index are, told without labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.evaluation.embeddings.quality import EmbeddingQuality


@reports_errors
def command(
    index: IndexOption = None,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", metavar="NAME", help="Only this dense space; repeatable."),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample",
            metavar="N",
            min=3,
            max=20_000,
            help="Items looked at, of a space and a kind.",
        ),
    ] = 2_000,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write Markdown and a map (PNG) there too."),
    ] = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well the embeddings of an index are spread, aligned and told apart."""
    from mmrag.evaluation.embeddings.quality import measure
    from mmrag.evaluation.embeddings.readings import alarms
    from mmrag.evaluation.embeddings.report import report_folder, write_report
    from mmrag.extras import require

    if report is not None:  # before the work, for it may take minutes
        require("matplotlib", extra="eval", purpose="draw the map of a report")
        report_folder(report)
    with opened(index, qdrant, None, config) as opened_index:
        store = opened_index.vector_store
        quality = measure(store, opened_index.channels(), spaces=space or (), size=sample)
        location = store.engine.location
    written = [] if report is None else write_report(quality, report, location=location)
    if as_json:
        facts = {"index": location, **quality.as_dict(), "warnings": alarms(quality)}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    _show(quality, written)


def _show(quality: EmbeddingQuality, written: list[Path]) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.evaluation.embeddings.readings import READINGS, alarms
    from mmrag.evaluation.embeddings.report import counts_line, lists_of, value_of

    for space in quality.spaces:
        out.print(Text(counts_line(space), style="dim"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for space in quality.spaces:
        table.add_column(Text(space.space), justify="right")
    table.add_column(Text("how to read it", style="dim"), style="dim", overflow="fold")
    for row in READINGS:
        values = (value_of(row.value(space)) for space in quality.spaces)
        table.add_row(row.name, *values, Text(row.reading))
    out.print(table, soft_wrap=False)
    for title, reading, lines in lists_of(quality):
        out.print(Text.assemble((f"\n{title}", "bold"), (f"  {reading}", "dim")))
        for line in lines:
            out.print(Text(f"  {line}"))
    for alarm in alarms(quality):
        out.print(Text(f"warning: {alarm}", style="yellow"))
    if written:
        out.print(Text(f"written: {', '.join(map(str, written))}", style="dim"))
