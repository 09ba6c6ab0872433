"""`mmrag moderate starter`: the policy to begin with."""

from __future__ import annotations

import typer

from mmrag.cli.options import reports_errors


@reports_errors
def command() -> None:
    """Print the starter policy with its limits, to be saved and changed."""
    from mmrag.tasks.moderation.policy import STARTER

    typer.echo(STARTER.read_text(encoding="utf-8"), nl=False)
