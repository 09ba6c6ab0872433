"""Options that the commands of `mmrag moderate` share, and what stands behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import chosen

if TYPE_CHECKING:
    from mmrag.tasks.moderation.files import FileModerator

PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="The policy.  [default: that of the settings, or else mmrag's starter]",
    ),
]
ModelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model", metavar="SPACE=MODEL", help="A model in place of the profile's; repeatable."
    ),
]


def file_moderator(
    policy: Path | None, profile: str | None, models: list[str] | None, config: Path | None
) -> FileModerator:
    """What moderates files by these options; says on stderr what it cannot do."""
    from mmrag.opening import FIRST
    from mmrag.profiles import profile_named
    from mmrag.tasks.moderation.files import FileModerator
    from mmrag.tasks.moderation.policy import read_policy

    settings = chosen(None, None, profile, config)
    pairs = [given.partition("=") for given in models or ()]
    if any(not space or not model for space, _, model in pairs):
        raise typer.BadParameter("--model takes SPACE=MODEL, such as clip=openai/clip-vit-base")
    named = {space: model for space, _, model in pairs}
    settings = settings.model_copy(update={"models": {**settings.models, **named}})
    read = read_policy(policy or settings.moderate.policy or Path("starter"))
    return FileModerator(read, profile_named(settings.profile or FIRST), settings)


def warn(lines: list[str]) -> None:
    """Say on stderr what limits a result."""
    for line in lines:
        typer.echo(f"note: {line}", err=True)
