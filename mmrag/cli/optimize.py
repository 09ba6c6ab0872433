"""`mmrag optimize`: graphs over the vectors of a large index, to search in place of scanning."""

from __future__ import annotations

import json
import time

import typer

from mmrag.cli.options import ConfigOption, IndexOption, JsonOption, opened, reports_errors


@reports_errors
def command(
    index: IndexOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Build graphs over an index of 50,000 points or more, and merge its parts; blocks it.

    Until then a search scans all vectors, which is exact. Call it again for what was indexed
    since, and after `mmrag compress`. Minutes for 100,000 points; a Qdrant server does it by
    itself.
    """
    from mmrag.errors import InputError

    began = time.perf_counter()
    with opened(index, None, None, config) as opened_index:
        server = opened_index.settings.index.qdrant_url
        if server:
            raise InputError(
                f"{server}: a Qdrant server builds graphs by itself; to optimize an index on this "
                "machine, name it with --index DIR"
            )
        engine = opened_index.vector_store.engine
        points, location = engine.count(), engine.location
        graphs = opened_index.optimize()
    took = time.perf_counter() - began
    if as_json:
        said = {"index": location, "points": points, "in_graphs": graphs, "took_s": round(took, 3)}
        typer.echo(json.dumps(said, ensure_ascii=False))
    elif graphs:
        typer.echo(f"{location}: {graphs:,} vectors in graphs, {took:.1f} s")
    else:
        typer.echo(f"{location}: no graph built; {points:,} points are scanned, which is exact")
