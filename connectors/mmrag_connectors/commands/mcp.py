"""`mmrag mcp`: an index as a server of the Model Context Protocol."""

from __future__ import annotations

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    chosen,
    reports_errors,
)


@reports_errors
def command(
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
) -> None:
    """Let an agent ask an index, over stdin and stdout (Model Context Protocol).

    An agent's host starts this by itself. `mmrag serve` answers the same at /mcp, over HTTP.
    """
    import asyncio

    from mmrag_connectors.mcp.server import serve_stdio

    asyncio.run(serve_stdio(chosen(index, qdrant, profile, config, tenant=tenant)))
