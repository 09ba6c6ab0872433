"""The group `mmrag eval` and its commands, one module each."""

from __future__ import annotations

from types import ModuleType

import typer

from mmrag.cli.evaluate import (
    compression,
    drift,
    embeddings,
    fairness,
    forms,
    grounding,
    rerank,
    retrieval,
    tune,
)

COMMANDS: tuple[ModuleType, ...] = (
    retrieval,
    rerank,
    embeddings,
    drift,
    tune,
    grounding,
    fairness,
    compression,
    forms,
)

app = typer.Typer(
    name="eval",
    help="Measure retrieval, reranking, embeddings, drift and answers on your own index; tune it.",
    no_args_is_help=True,
)

for module in COMMANDS:
    app.command(name=module.__name__.rpartition(".")[2])(module.command)
