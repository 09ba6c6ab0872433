"""`mmrag index --watch`: go on as files change, and say what was done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mmrag.cli.progress import IndexProgress
    from mmrag.engine import MMRagIndex
    from mmrag.ingest.report import Report


def follow(
    index: MMRagIndex,
    paths: Sequence[str | Path],
    progress: IndexProgress,
    *,
    allow_empty: bool,
    as_json: bool,
) -> Report:
    """Keep an index in line with folders until Ctrl-C; gives the last report."""
    from mmrag.ingest.report import Report

    report, begun = Report(), False
    try:
        for report in index.watch(paths, listener=progress, allow_empty=allow_empty):
            progress.stop()
            _tell(report, index.vector_store.engine.location, as_json=as_json)
            if not begun and not report.interrupted:
                begun = True
                typer.echo(_notice(index, paths), err=True)
    except KeyboardInterrupt:  # while a report was told, not while files were waited for
        if not begun:
            raise
    return report


def _tell(report: Report, where: str, *, as_json: bool) -> None:
    from mmrag.cli.show import report_table

    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    elif report.error:
        typer.echo(f"{report.error}; tried again with the next change", err=True)
    else:
        report_table(report, where)


def _notice(index: MMRagIndex, paths: Sequence[str | Path]) -> str:
    notice = f"watching {', '.join(map(str, paths))}; Ctrl-C ends it"
    if index.settings.index.qdrant_url is None:
        notice += ", and until then no other process can open the index"
    return notice
