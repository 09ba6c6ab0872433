"""`mmrag status`: what an index holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

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


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what the index holds: documents, passages, models, folders."""
    with opened(index, qdrant, None, config, tenant=tenant) as opened_index:
        documents = opened_index.documents()
        manifest, roots = opened_index.manifest, opened_index.roots
        location = opened_index.vector_store.engine.location
    modalities: Counter[str] = Counter()
    for document in documents:
        modalities.update(document.nodes)
    facts: dict[str, Any] = {
        "index": location,
        "profile": manifest.profile,
        "mmrag": manifest.mmrag_version,
        "documents": len(documents),
        "nodes": dict(sorted(modalities.items())),
        "spaces": {row.space: str(row) for row in manifest.spaces},
        "folders": [f"{root.prefix}{root.place}" for root in roots],
        "disk_mb": _megabytes(location),
    }
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


def _readable(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items()) or "none"
    if isinstance(value, list):
        return "\n".join(value) or "none"
    return "unknown" if value is None else str(value)


def _megabytes(location: str) -> float | None:
    """Disk really taken (the engine preallocates sparse files); None behind a server."""
    folder = Path(location)
    if not folder.is_dir():
        return None
    blocks = sum(file.stat().st_blocks for file in folder.rglob("*") if file.is_file())
    return round(blocks * 512 / 1e6, 1)
