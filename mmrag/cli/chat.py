"""`mmrag chat`: a conversation over the files in the terminal."""

from __future__ import annotations

import sys

import typer

from mmrag.cli.ask import LlmOption
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

LEAVE = {"/quit", "/exit", "/q"}


@reports_errors
def command(
    llm: LlmOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk with the files; /reset forgets, /quit or Ctrl-D leaves."""
    from mmrag.cli.show import console, show_answer
    from mmrag.errors import GenerationError

    with opened(index, qdrant, profile, config, tenant=tenant) as opened_index:
        session = opened_index.chat(llm=llm)
        documents = len(opened_index.documents())
        console.print(f"{documents} documents; /reset forgets, /quit leaves", style="dim")
        while (line := _question()) is not None:
            if line in LEAVE:
                break
            if line == "/reset":
                session.reset()
            elif line:
                try:
                    show_answer(session.ask(line))
                except GenerationError as exc:
                    console.print(str(exc), style="red")


def _question() -> str | None:
    """The next line, None at the end of input or at Ctrl-C."""
    prompt = "> " if sys.stdin.isatty() else ""
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        if prompt:
            typer.echo("")
        return None
