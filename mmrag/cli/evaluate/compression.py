"""`mmrag eval compression`: what codes and shorter vectors would cost and save on an index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.evaluate.options import ReportOption, progress
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.optimize.compression import Compression


@reports_errors
def command(
    index: IndexOption = None,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", metavar="NAME", help="Only this dense space; repeatable."),
    ] = None,
    k: Annotated[
        int, typer.Option("-k", metavar="N", min=1, max=100, help="Hits that count.")
    ] = 10,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="Ask these (JSON lines); otherwise vectors of the index that are held out.",
        ),
    ] = None,
    dimensions: Annotated[
        list[int] | None,
        typer.Option(
            "--dimensions",
            metavar="N",
            help="Also vectors cut to N, where the model was trained for it; repeatable.  "
            "[default: 512, 256 and 128, where it was]",
        ),
    ] = None,
    sample: Annotated[
        int,
        typer.Option(
            "--sample", metavar="N", min=50, max=200_000, help="Vectors looked at, of a space."
        ),
    ] = 20_000,
    report: ReportOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare int8, binary and TurboQuant codes and shorter vectors on your own vectors.

    The index is only read. `mmrag compress` then makes the codes.
    """
    from mmrag.evaluation.embeddings.report import report_folder
    from mmrag.extras import require
    from mmrag.optimize.compression import measure, ways
    from mmrag.optimize.compression_sample import asked_of, drawn, spaces_of

    if report is not None:  # before the work, for it may take minutes
        require("matplotlib", extra="eval", purpose="draw the report")
        report_folder(report)
    done: list[Compression] = []
    with opened(index, qdrant, None, config) as opened_index:
        engine = opened_index.vector_store.engine
        location = engine.location
        chosen = spaces_of(engine, opened_index.manifest, space or (), dimensions)
        for row in chosen:
            asked = asked_of(questions, opened_index.channels(), row.name) if questions else None
            vectors, queries = drawn(engine, row.name, sample, asked)
            with progress(row.name, len(ways(row.size, row.dimensions))) as step:
                done.append(
                    measure(
                        vectors,
                        queries,
                        k=k,
                        space=row.name,
                        distance=row.distance,
                        dimensions=row.dimensions,
                        progress=step,
                    )
                )
    written: list[Path] = []
    if report is not None:
        from mmrag.optimize.compression_report import write_report

        written = write_report(done, report, location=location)
    if as_json:
        facts = {"index": location, "spaces": [one.as_dict() for one in done]}
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    _show(done, written)


def _show(done: list[Compression], written: list[Path]) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.optimize.compression_report import NOTE, cells, counts, header

    for one in done:
        out.print(Text(counts(one), style="dim"))
        table = Table(box=None, pad_edge=False, header_style="bold")
        for place, head in enumerate(header(one.k)):
            table.add_column(head, justify="right" if place else "left")
        for row in one.rows:
            table.add_row(*map(Text, cells(row, ends=False)))
        out.print(table)
    out.print(Text(NOTE, style="dim"))
    if written:
        out.print(Text(f"written: {', '.join(map(str, written))}", style="dim"))
