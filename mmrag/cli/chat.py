"""`mmrag chat`: a conversation over the files in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from mmrag.cli.ask import LlmOption
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    chosen,
    opened,
    reports_errors,
)


@reports_errors
def command(
    session: Annotated[
        str | None,
        typer.Option(
            "--session", metavar="NAME", help="Keep the conversation, or go on with that one."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the conversations that are kept.")
    ] = False,
    llm: LlmOption = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk with the files; /help lists what else can be said."""
    from mmrag.cli.conversation import Conversation
    from mmrag.cli.show import show_sessions
    from mmrag.generation.sessions import Sessions

    settings = chosen(index, qdrant, profile, config, tenant=tenant)
    sessions = Sessions(settings.index)
    if listed:
        show_sessions(sessions.all())
        return
    kept = sessions.load(session) if session else []
    with opened(index, qdrant, profile, config, tenant=tenant) as opened_index:
        Conversation(opened_index, sessions, llm=llm, name=session, kept=kept).run()
