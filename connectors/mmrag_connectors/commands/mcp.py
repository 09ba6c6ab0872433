"""`mmrag mcp`: an index as a server of the Model Context Protocol."""

from __future__ import annotations

from mmrag.cli.options import ConfigOption, IndexOption, ProfileOption, QdrantOption, reports_errors


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
) -> None:
    """Let agents ask an index, over stdio or HTTP (Model Context Protocol)."""
    raise NotImplementedError
