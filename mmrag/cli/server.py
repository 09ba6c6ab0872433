"""`mmrag server`: compare a collection on a Qdrant server with the settings, and change it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mmrag.cli.options import ConfigOption, JsonOption, QdrantOption, chosen, reports_errors

if TYPE_CHECKING:
    from mmrag.store.server import ServerEngine
    from mmrag.store.server_differences import Difference

app = typer.Typer(
    name="server",
    help="Settings of a collection on a Qdrant server (section server: of mmrag.yaml).",
    no_args_is_help=True,
)


@app.command()
@reports_errors
def show(
    qdrant: QdrantOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Say where the collection differs from the settings; nothing is changed."""
    with _opened(qdrant, config) as engine:
        _show(engine.location, engine.differences(), [], as_json=as_json)


@app.command()
@reports_errors
def apply(
    qdrant: QdrantOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Give the collection what the settings say; what it keeps as long as it lives is told.

    The server answers at once, and may make segments anew in the background for hours.
    """
    with _opened(qdrant, config) as engine:
        before = engine.differences()
        left = engine.apply_settings()
        done = [row for row in before if row.key not in {row.key for row in left}]
        _show(engine.location, left, done, as_json=as_json)


@contextmanager
def _opened(qdrant: str | None, config: Path | None) -> Iterator[ServerEngine]:
    """The collection alone: its models need not be on this machine."""
    from mmrag.store.opening import open_server

    settings = chosen(None, qdrant, None, config)
    with open_server(settings.index, settings.server) as engine:
        yield engine


def _show(
    location: str, left: Sequence[Difference], done: Sequence[Difference], *, as_json: bool
) -> None:
    if as_json:
        told = {
            "index": location,
            "applied": [asdict(row) for row in done],
            "differences": [{**asdict(row), "fixed": row.fixed} for row in left],
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    if not left and not done:
        typer.echo(f"{location}: the collection has all that the settings say")
        return
    from rich.markup import escape
    from rich.table import Table

    from mmrag.cli.show import out

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("server.", "settings", "collection", ""):
        table.add_column(head)
    for row in (*done, *left):
        found = "-" if row.found is None else str(row.found)
        outcome = "[green]applied[/]" if row in done else f"[yellow]{row.remedy}[/]"
        table.add_row(escape(row.key), str(row.wanted), escape(found), outcome)
    out.print(table)
