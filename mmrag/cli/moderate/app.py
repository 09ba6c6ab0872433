"""The group `mmrag moderate`, whose command goes without its name: `mmrag moderate PATH...`."""

from __future__ import annotations

from typing import Any

import typer

from mmrag.cli.help import Group
from mmrag.cli.moderate import calibrate, check, starter


class _Default(Group):
    """Takes what begins with no name of a command as `check`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (Typer's own)
        known = {*self.commands, *ctx.help_option_names}
        return super().parse_args(ctx, args if args and args[0] in known else ["check", *args])


app = typer.Typer(
    name="moderate",
    cls=_Default,
    help="Find what a policy names in files and in an index, and keep it out of searches.",
)
app.command(name="check")(check.command)
app.command(name="calibrate")(calibrate.command)
app.command(name="starter")(starter.command)
