"""`--help` in words: no Python types, no name cut off, each text as it was written.

Typer's own tables show `<list[str]>` and `0<=x<=1`, shorten the names of options where the terminal
is narrow, keep the line breaks of the source, and take `[default: ./.mmrag]` for a tag of Rich's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from mmrag.cli.terminal import make_console

_BOUNDS = (
    (re.compile(r"([\d.]+)<=x<=([\d.]+)"), r"\1 to \2"),
    (re.compile(r"x>=([\d.]+)"), r"\1 or more"),
    (re.compile(r"x<=([\d.]+)"), r"\1 at most"),
)


class Command(TyperCommand):
    """A command with its help in words."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  (Typer's own)
        _show(self, ctx)


class Group(TyperGroup):
    """A group of commands with its help in words."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  (Typer's own)
        _show(self, ctx)


def put_in_words(application: typer.Typer) -> None:
    """Let all commands of an application, and of its groups, tell of themselves in words."""
    for command in application.registered_commands:
        command.cls = Command
    if not isinstance(application.info.cls, type):  # it has none of its own
        application.info.cls = Group
    for group in application.registered_groups:
        if group.typer_instance is not None:
            put_in_words(group.typer_instance)


def in_words(param: Any, ctx: Any) -> tuple[str, str] | None:  # noqa: ANN401  (Typer's own)
    """An option or argument: its names with what they take, and what it is; None if hidden."""
    record = param.get_help_record(ctx)
    if record is None:
        return None
    names, text = record
    if isinstance(param, TyperArgument):
        names = param.metavar or param.name
    for bounds, words in _BOUNDS:
        text = bounds.sub(words, text)
    return names, text


def unwrapped(text: str | None) -> str:
    """Paragraphs without the line breaks of the source."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _show(command: Any, ctx: Any) -> None:  # noqa: ANN401  (Typer's own)
    from rich.padding import Padding
    from rich.text import Text

    console = make_console()
    console.print(Padding(Text(command.get_usage(ctx), "bold"), (1, 1)))
    if command.help:
        console.print(Padding(Text(unwrapped(command.help)), (0, 1, 1, 1)))
    params = command.get_params(ctx)
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if not isinstance(param, TyperArgument)]
    for title, rows in (
        ("Arguments", filter(None, (in_words(param, ctx) for param in arguments))),
        ("Options", filter(None, (in_words(param, ctx) for param in options))),
        ("Commands", _commands(command, ctx)),
    ):
        _panel(console, title, list(rows))


def _commands(group: Any, ctx: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (Typer's own)
    for name in group.list_commands(ctx) if isinstance(group, TyperGroup) else ():
        inner = group.get_command(ctx, name)
        if not inner.hidden:
            yield name, unwrapped(inner.help).partition("\n")[0]


def _panel(console: Any, title: str, rows: Iterable[tuple[str, str]]) -> None:  # noqa: ANN401
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, style="bold cyan")
    table.add_column(ratio=1, overflow="fold")
    for names, text in rows:
        told = Text(" ".join(text.split()))
        told.highlight_regex(r"(?: \[[^\]]*\])+$", "dim")
        table.add_row(Text(names), told)
    console.print(Panel(table, title=title, title_align="left", border_style="dim"))
