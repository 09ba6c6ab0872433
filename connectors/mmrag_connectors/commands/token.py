"""`mmrag token`: who may come in through the doors of `mmrag serve`."""

from __future__ import annotations

import typer

app = typer.Typer(help="Tokens for `mmrag serve`.", no_args_is_help=True)


@app.command("list")
def list_tokens() -> None:
    """Every token: its name, whose documents it opens, whether it may write."""
    raise NotImplementedError
