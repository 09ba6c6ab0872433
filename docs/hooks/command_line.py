"""The page of the command line, made of the Typer application while the manual is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import typer.main

from mmrag.cli.help import in_words, unwrapped

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGE = "reference/command-line.md"
_HEAD = """# The command line

Every command with its options, as `mmrag COMMAND --help` says them. Results go to stdout,
diagnostics and progress to stderr; `--json` prints one JSON object and nothing else.

| exit code | means |
| --- | --- |
| 0 | ok |
| 1 | an error; one line on stderr says which |
| 2 | the command line itself is wrong |
| 3 | done, but some files could not be read or were refused; each is listed |
| 4 | what was looked for was found: a drift, a gap that grew, a flagged file |
| 130 | interrupted (143, 129: by `kill`, by a terminal that closed); what was indexed stays |
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """MkDocs' event: add the page."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, PAGE, content=page()))
    return files


@cache
def application() -> Any:  # noqa: ANN401  # Typer brings its own Click, whose names are private
    """The command `mmrag`, with what installed packages add to it."""
    from mmrag.cli.app import app

    return typer.main.get_command(app)


def commands(command: Any, path: tuple[str, ...] = ("mmrag",)) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Each command that does something with its whole name, sorted by it within its group."""
    inner: dict[str, Any] = getattr(command, "commands", {})
    if not inner:
        yield " ".join(path), command
    for name in sorted(inner):
        if not inner[name].hidden:
            yield from commands(inner[name], (*path, name))


def page() -> str:
    """The page in Markdown."""
    return "\n".join(
        (_HEAD, *(_section(name, command) for name, command in commands(application())))
    )


def _section(name: str, command: Any) -> str:  # noqa: ANN401
    context = command.context_class(command, info_name=name)
    usage = " ".join((name, *command.collect_usage_pieces(context)))
    told = [in_words(param, context) for param in command.params]
    rows = [f"| `{names}` | {_cell(text)} |" for names, text in filter(None, told)]
    table = ["", "| | |", "| --- | --- |", *rows] if rows else []
    return "\n".join((f"## {name}\n", unwrapped(command.help), f"\n```\n{usage}\n```", *table, ""))


def _cell(text: str) -> str:
    # Markdown of Python knows no "\\<"
    escaped = re.sub(r"([|*_`\\\[\]])", r"\\\1", " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")
