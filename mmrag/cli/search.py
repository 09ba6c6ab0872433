"""`mmrag search`: find passages, pictures and recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    ModalityOption,
    ProfileOption,
    QdrantOption,
    RerankOption,
    WhereOption,
    conditions,
    modalities,
    opened,
    reports_errors,
    reranking,
)


@reports_errors
def command(
    query: Annotated[str, typer.Argument(help="Words to search for.")] = "",
    image: Annotated[
        Path | None, typer.Option("--image", metavar="FILE", help="Search by a picture.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option("--audio", metavar="FILE", help="Search by a recording.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits.")] = 10,
    modality: ModalityOption = None,
    where: WhereOption = None,
    rerank: RerankOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages, pictures and recordings."""
    wanted, filters, use = modalities(modality), conditions(where), reranking(rerank)
    with opened(index, qdrant, profile, config) as opened_index:
        result = opened_index.search(
            query,
            image=image,
            audio=audio,
            k=k,
            modalities=wanted,
            where=filters,
            rerank=use,
        )
    if as_json:
        typer.echo(json.dumps(result.as_dict(), ensure_ascii=False))
        return
    from mmrag.cli.show import show_hits

    show_hits(result)
