"""`mmrag serve`: the HTTP API, the endpoint that speaks OpenAI's, the chat page, MCP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    ProfileOption,
    QdrantOption,
    chosen,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.config import Settings


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", help="0 is any that is free.  [default: 8642]"),
    ] = None,
    no_page: Annotated[bool, typer.Option("--no-page", help="Without the chat page.")] = False,
    no_mcp: Annotated[bool, typer.Option("--no-mcp", help="Without MCP at /mcp.")] = False,
) -> None:
    """Serve an index over HTTP: search, answers, a chat page, MCP."""
    from mmrag.extras import require

    for package in ("fastapi", "uvicorn", "prometheus_client", "python_multipart"):
        require(package, extra="serve", purpose="serve over HTTP")
    from mmrag_connectors.hosting.process import ProcessIndex
    from mmrag_connectors.http.serving import serve

    changes = {
        "serve.host": host,
        "serve.port": port,
        "serve.page": False if no_page else None,
        "serve.mcp": False if no_mcp else None,
    }
    settings = chosen(index, qdrant, profile, config, changes=changes)
    made = _made_at(settings)

    def say(where: str) -> None:
        typer.echo(where)
        if made is not None:
            typer.echo(f"mmrag: there was no index at {made}: an empty one was made", err=True)

    code = serve(ProcessIndex(settings), settings, say)
    if code:
        raise typer.Exit(code)


def _made_at(settings: Settings) -> Path | None:
    """The directory in which a new index will be made, for uploads; None where there is one.

    Raises:
        InputError: its folder is not there either, as where a path is mistyped.
    """
    from mmrag.errors import InputError
    from mmrag.store.sidecar import is_index

    directory = settings.index.directory
    if settings.index.qdrant_url or is_index(directory):
        return None
    if not directory.absolute().parent.is_dir():
        raise InputError(
            f"no index at {directory}, and no folder {directory.parent} to make one in; look at "
            "--index, or make the folder"
        )
    return directory
