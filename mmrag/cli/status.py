"""`mmrag status`: what an index holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.store.documents import DocumentRecord


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="List the files that could not be read, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what the index holds: documents, passages, models, folders, the last run."""
    from mmrag.ingest.journal import last_run, reports_folder
    from mmrag.ingest.scan import owner
    from mmrag.store.documents import IN_QUARANTINE, REFUSED
    from mmrag.store.opening import server_differences

    with opened(index, qdrant, None, config, tenant=tenant) as opened_index:
        documents, failures = opened_index.documents(), opened_index.failures()
        kept_out = Counter(record.state for record in opened_index.kept_out())
        manifest, roots = opened_index.manifest, opened_index.roots
        engine = opened_index.vector_store.engine
        location, codes = engine.location, dict(engine.quantization)
        run = last_run(reports_folder(opened_index.settings.index))
        apart = server_differences(engine, opened_index.settings.index)
    if failed:
        _show_failures(failures, as_json=as_json)
        return
    held = Counter(owner(document.source, roots) for document in documents)
    modalities: Counter[str] = Counter()
    for document in documents:
        modalities.update(document.nodes)
    facts: dict[str, Any] = {
        "index": location,
        "profile": manifest.profile,
        "mmrag": manifest.mmrag_version,
        "documents": len(documents),
        "failed": len(failures),
        "quarantined": kept_out[IN_QUARANTINE],
        "refused": kept_out[REFUSED],
        "nodes": dict(sorted(modalities.items())),
        "spaces": {row.space: str(row) for row in manifest.spaces},
        "compressed": {name: kind for name, kind in codes.items() if kind != "none"},
        "folders": {f"{root.prefix}{root.place}": held[root] for root in roots},
        "last_run": run.as_dict() if run else None,
        "disk_mb": _megabytes(location),
    }
    if apart:
        facts["unlike_settings"] = [f"server.{row.key}" for row in apart]
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in facts.items():
        table.add_row(f"[dim]{key.replace('_', ' ')}[/]", Text(_readable(value)))
    out.print(table)


def _show_failures(failures: Sequence[DocumentRecord], *, as_json: bool) -> None:
    """Each with its reason, and whether the index has an earlier version of it."""
    from mmrag.store.documents import INDEXED

    if as_json:
        rows = [
            {"source": f.source, "reason": f.reason, "kept": f.state == INDEXED} for f in failures
        ]
        typer.echo(json.dumps({"failed": rows}, ensure_ascii=False))
    elif failures:
        from mmrag.cli.show import files_table

        kept = {True: "an earlier version stays", False: "failed"}
        files_table((f.source, kept[f.state == INDEXED], f.reason or "") for f in failures)
    else:
        typer.echo("no file failed")


def _readable(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        rows = (f"{key}: {_readable(inner)}" for key, inner in value.items())
        return ", ".join(rows) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "unknown" if value is None else str(value)


def _megabytes(location: str) -> float | None:
    """Disk really taken (the engine preallocates sparse files); None behind a server."""
    from mmrag.store.room import disk_bytes

    folder = Path(location)
    if not folder.is_dir():
        return None
    return round(disk_bytes(folder) / 1e6, 1)
