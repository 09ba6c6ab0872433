"""`mmrag index`: create or update an index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli.options import (
    EXIT_INTERRUPTED,
    EXIT_PARTLY,
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    leave_now,
    opened,
    reports_errors,
)


@reports_errors
def command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    ocr: Annotated[
        bool | None, typer.Option("--ocr/--no-ocr", help="Read text in pictures.")
    ] = None,
    asr: Annotated[
        bool | None, typer.Option("--asr/--no-asr", help="Transcribe recordings.")
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let an emptied folder empty the index.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Index files and folders; unchanged files are skipped, removed ones leave."""
    from mmrag.cli.progress import IndexProgress
    from mmrag.cli.show import console, report_table

    _check(paths, index, qdrant, config)
    changes = {"ingest.ocr": ocr, "ingest.asr": asr}
    with opened(index, qdrant, profile, config, create=True, changes=changes) as opened_index:
        where = opened_index.vector_store.engine.location
        with IndexProgress(console, shown=not as_json) as progress:
            report = opened_index.index(list(paths), listener=progress, allow_empty=allow_empty)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        report_table(report, where)
    if report.interrupted:
        leave_now(EXIT_INTERRUPTED)
    if report.failed:
        raise typer.Exit(EXIT_PARTLY)


def _check(paths: list[Path], index: Path | None, qdrant: str | None, config: Path | None) -> None:
    """Tell of a missing path, or of nothing to index, before an index is made for it."""
    from mmrag.config import load_settings
    from mmrag.errors import InputError
    from mmrag.ingest.scan import scan

    for path in paths:
        if not path.expanduser().exists():
            raise InputError(f"no such file or folder: {path}")
    settings = load_settings(config, {"index.directory": index, "index.qdrant_url": qdrant}).index
    new = settings.qdrant_url is None and not settings.directory.exists()
    if new and not scan(paths, []).files:
        raise InputError(f"nothing to index: no files in {', '.join(map(str, paths))}")
