"""`mmrag search`: find passages, pictures, recordings and films."""

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
    NearOption,
    PagesOption,
    ProfileOption,
    QdrantOption,
    RerankOption,
    TakenOption,
    TenantOption,
    TimeOption,
    WhereOption,
    conditions,
    modalities,
    opened,
    reports_errors,
    reranking,
)
from mmrag.cli.ranges import circle, date_range, page_range, time_range
from mmrag.cli.timings import VerboseOption, told


@reports_errors
def command(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words to search for.")] = "",
    image: Annotated[
        Path | None, typer.Option("--image", metavar="FILE", help="Search by a picture.")
    ] = None,
    audio: Annotated[
        Path | None, typer.Option("--audio", metavar="FILE", help="Search by a recording.")
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            "--like",
            metavar="FILE",
            help="Search by a file: a picture, a recording, a depth map, a thermal picture or a "
            "motion recording.",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, max=1000, help="How many hits.")] = 10,
    modality: ModalityOption = None,
    where: WhereOption = None,
    pages: PagesOption = None,
    time: TimeOption = None,
    taken: TakenOption = None,
    near: NearOption = None,
    diversity: Annotated[
        float | None,
        typer.Option(
            "--diversity",
            metavar="N",
            min=0,
            max=1,
            help="How much hits are to differ.  [default: 0, not]",
        ),
    ] = None,
    expand: Annotated[
        int | None,
        typer.Option(
            "--expand", min=0, max=20, metavar="N", help="Show N passages on each side of each hit."
        ),
    ] = None,
    rerank: RerankOption = None,
    quarantined: Annotated[
        bool,
        typer.Option(
            "--include-quarantined", help="Find what moderation keeps in quarantine, too."
        ),
    ] = False,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Find passages, pictures, recordings and films."""
    wanted, filters, use = modalities(modality), conditions(where), reranking(rerank)
    on_pages, between_ms = page_range(pages), time_range(time)
    dates, place = date_range(taken), circle(near)
    changes = {"retrieval.diversity": diversity, "retrieval.expand": expand}
    with (
        told("search", verbose),
        opened(index, qdrant, profile, config, tenant=tenant, changes=changes) as opened_index,
    ):
        result = opened_index.search(
            query,
            image=image,
            audio=audio,
            like=like,
            k=k,
            modalities=wanted,
            where=filters,
            pages=on_pages,
            between_ms=between_ms,
            taken=dates,
            near=place,
            rerank=use,
            quarantined=quarantined,
        )
    if as_json:
        typer.echo(json.dumps(result.as_dict(), ensure_ascii=False))
        return
    from mmrag.cli.show import show_hits

    show_hits(result)
