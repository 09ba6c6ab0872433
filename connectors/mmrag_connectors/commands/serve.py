"""`mmrag serve`: the HTTP API, the endpoint that speaks OpenAI's, the chat page, MCP."""

from __future__ import annotations

from mmrag.cli.options import ConfigOption, IndexOption, ProfileOption, QdrantOption, reports_errors


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
) -> None:
    """Serve an index over HTTP: search, answers, a chat page, MCP."""
    raise NotImplementedError
