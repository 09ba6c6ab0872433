"""`mmrag migrate`: copy an index from a directory to a Qdrant server, back, or to its like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import ConfigOption, JsonOption, reports_errors

if TYPE_CHECKING:
    from mmrag.migrating import Migrated
    from mmrag.store.comparing import Told

PLACE = "DIR|URL[#COLLECTION]"


@reports_errors
def command(
    source: Annotated[
        str, typer.Option("--from", metavar=PLACE, help="The index as it is; it is only read.")
    ],
    target: Annotated[
        str, typer.Option("--to", metavar=PLACE, help="A new place, or an unfinished copy.")
    ],
    verify_only: Annotated[
        bool, typer.Option("--verify-only", help="Compare two indexes that are there.")
    ] = False,
    config: ConfigOption = None,
    from_config: Annotated[
        Path | None,
        typer.Option(
            "--from-config",
            metavar="FILE",
            help="Settings of the source, where its key is another.  [default: as --config]",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a whole index to another place, and compare both sides point by point.

    Interrupted, it goes on where it was when it is called again. Until it is done, the copy cannot
    be opened as an index. Without #COLLECTION it is that of the settings (index.collection).
    """
    from mmrag.config import load_settings
    from mmrag.migrating import migrate

    with _progress(shown=not as_json) as told:
        done = migrate(
            source,
            target,
            settings=load_settings(config),
            source_settings=load_settings(from_config) if from_config else None,
            verify_only=verify_only,
            progress=told,
        )
    if as_json:
        typer.echo(json.dumps(done.as_dict(), ensure_ascii=False))
    else:
        _show(done, verify_only=verify_only)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Told]:
    """A bar on stderr for each step, one after the other."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from mmrag.cli.show import console

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (shown and console.is_terminal),
    )
    task = bar.add_task("opening", total=None)

    def tell(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=total)

    with bar:
        yield tell


def _show(done: Migrated, *, verify_only: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    kinds = ", ".join(f"{count} {kind or 'of no kind'}" for kind, count in done.kinds.items())
    what = "compared" if verify_only else "copied and compared"
    out.print(Text(f"{done.points} points {what} in {done.seconds:.1f} s ({kinds})"))
    out.print(Text(f"  from {done.source}\n  to   {done.target}"), soft_wrap=True)
    if done.resumed:
        out.print(Text(f"{done.resumed} of them had been copied by an earlier run"))
    if done.mended:
        out.print(Text(f"{done.mended} had changed at the source meanwhile: copied once more"))
    if done.files:
        out.print(Text(f"{done.files} {'file' if done.files == 1 else 'files'} went along"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("what", "count", "digest of the source", "of the copy"):
        table.add_column(head, justify="right" if head == "count" else "left")
    table.add_row("ids and payloads", str(done.points), _short(done.digest), "the same")
    for name, space in done.spaces.items():
        if space.deviation:
            there = f"{_short(space.copy_digest)}, within {space.deviation:.1e}"
        else:
            there = "the same"
        row = (f"vectors of {name}", str(space.vectors), _short(space.digest), there)
        table.add_row(*map(Text, row))
    out.print(table)


def _short(digest: str) -> str:
    """As much of a digest as a table needs; all of it is in the JSON."""
    return digest[:16]
