"""`mmrag ask`: one question, one answer with checked citations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli.completion import llms
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

LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="NAME",
        autocompletion=llms,
        help="Who words the answer: extractive (nobody), ollama, or local (a model in this "
        "process).",
    ),
]


@reports_errors
def command(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question.")],
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FILE", help="A picture whose text is part of it."),
    ] = None,
    llm: LlmOption = None,
    modality: ModalityOption = None,
    where: WhereOption = None,
    pages: PagesOption = None,
    time: TimeOption = None,
    taken: TakenOption = None,
    near: NearOption = None,
    rerank: RerankOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
    no_stream: Annotated[
        bool,
        typer.Option(
            "--no-stream",
            help="Print the answer at once, not sentence by sentence as each is verified.",
        ),
    ] = False,
) -> None:
    """Answer a question from the files, with checked citations, or say that they do not."""
    from mmrag.cli.show import show_answer, show_stream
    from mmrag.generation.answer import Answer

    wanted, filters, use = modalities(modality), conditions(where), reranking(rerank)
    on_pages, between_ms = page_range(pages), time_range(time)
    dates, place = date_range(taken), circle(near)
    with (
        told("ask", verbose),
        opened(index, qdrant, profile, config, tenant=tenant) as opened_index,
    ):
        asking = opened_index.ask if as_json or no_stream else opened_index.ask_stream
        answer = asking(
            question,
            image=image,
            llm=llm,
            modalities=wanted,
            where=filters,
            pages=on_pages,
            between_ms=between_ms,
            taken=dates,
            near=place,
            rerank=use,
        )
        if not isinstance(answer, Answer):
            show_stream(answer)
        elif as_json:
            typer.echo(json.dumps(answer.as_dict(), ensure_ascii=False))
        else:
            show_answer(answer)
