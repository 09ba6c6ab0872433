"""`mmrag compress`: smaller codes beside the vectors of an index, to search by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.completion import quantizations
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.store.spec import Quantization


@reports_errors
def command(
    index: IndexOption = None,
    quantization: Annotated[
        str | None,
        typer.Option(
            "--quantization",
            metavar="KIND",
            autocompletion=quantizations,
            help="none, int8, binary or turbo.  [default: as the settings say, or as it is]",
        ),
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", metavar="NAME", help="Only this dense space; repeatable."),
    ] = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make codes beside the vectors, which stay, and search by these; none takes them away.

    What was indexed since the last time gets codes too. `mmrag eval compression` says what each
    kind costs and saves on your own vectors.
    """
    kind = _kind(quantization)
    with opened(index, qdrant, None, config) as opened_index:
        done = opened_index.compress(kind, spaces=space or None)
        location = opened_index.vector_store.engine.location
    if as_json:
        rows = {row.space: row.as_dict() for row in done}
        typer.echo(json.dumps({"index": location, "spaces": rows}, ensure_ascii=False))
        return
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("space", "before", "now", "vectors", "bytes each", "of float"):
        table.add_column(head, justify="left" if head in ("space", "before", "now") else "right")
    for row in done:
        cells = (row.space, row.before, row.now, str(row.vectors), str(row.bytes_each))
        table.add_row(*map(Text, cells), f"1/{1 / row.share:.0f}" if row.share < 1 else "all")
    out.print(table)


def _kind(given: str | None) -> Quantization | None:
    from typing import get_args

    from mmrag.store.spec import Quantization

    known: tuple[Quantization, ...] = get_args(Quantization)
    for kind in known:
        if kind == given:
            return kind
    if given is not None:
        raise typer.BadParameter(f"--quantization wants one of {', '.join(known)}, found {given!r}")
    return None
