"""`mmrag ask`: one question, one answer with checked citations."""

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
    TenantOption,
    WhereOption,
    conditions,
    modalities,
    opened,
    reports_errors,
    reranking,
)

LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="NAME",
        help="Who words the answer: extractive (nobody), ollama, or local (a model in this "
        "process).",
    ),
]


@reports_errors
def command(
    question: Annotated[str, typer.Argument(help="The question.")],
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FILE", help="A picture whose text is part of it."),
    ] = None,
    llm: LlmOption = None,
    modality: ModalityOption = None,
    where: WhereOption = None,
    rerank: RerankOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    no_stream: Annotated[
        bool,
        typer.Option(
            "--no-stream",
            help="Print the answer at once. Answers are printed once they are checked, so this "
            "changes nothing yet.",
        ),
    ] = False,
) -> None:
    """Answer a question from the files, with checked citations, or say that they do not."""
    wanted, filters, use = modalities(modality), conditions(where), reranking(rerank)
    with opened(index, qdrant, profile, config, tenant=tenant) as opened_index:
        answer = opened_index.ask(
            question, image=image, llm=llm, modalities=wanted, where=filters, rerank=use
        )
    if as_json:
        typer.echo(json.dumps(answer.as_dict(), ensure_ascii=False))
        return
    from mmrag.cli.show import show_answer

    show_answer(answer)
