"""`mmrag token`: who may come in through the doors of `mmrag serve`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    TenantOption,
    chosen,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag_connectors.http.tokens import TokenBook

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="For logs, and to revoke it by.")]

app = typer.Typer(help="Tokens for `mmrag serve`.", no_args_is_help=True)


@app.command("add")
@reports_errors
def add_token(
    name: NameArgument,
    tenant: TenantOption = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="It cannot add or delete documents.")
    ] = False,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a token and print it, this once: only a digest of it is kept."""
    token = _book(index, qdrant, config).add(name, tenant=tenant, write=not read_only)
    typer.echo(token)
    typer.echo("mmrag: keep it; it cannot be shown again", err=True)


@app.command("list")
@reports_errors
def list_tokens(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every token: its name, whose documents it opens, whether it may write."""
    rows = [
        {"name": entry.name, "tenant": entry.tenant, "write": entry.write}
        for entry in _book(index, qdrant, config).entries
    ]
    if as_json:
        typer.echo(json.dumps({"tokens": rows}, ensure_ascii=False))
        return
    for row in rows:
        whose = f"documents of {row['tenant']}" if row["tenant"] else "documents of nobody"
        typer.echo(f"{row['name']}\t{whose}\t{'reads and writes' if row['write'] else 'reads'}")


@app.command("revoke")
@reports_errors
def revoke_token(
    name: NameArgument,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
) -> None:
    """End a token. A server that runs refuses it at once."""
    _book(index, qdrant, config).revoke(name)


def _book(index: Path | None, qdrant: str | None, config: Path | None) -> TokenBook:
    from mmrag_connectors.http.tokens import TokenBook

    settings = chosen(index, qdrant, None, config)
    return TokenBook.of(settings.index, settings.serve)
