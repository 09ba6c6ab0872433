"""The protocol at /mcp of the HTTP server, with the SDK's real client over a real connection."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Literal

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from standins.doors import served

from mmrag import Settings
from mmrag.schema import document_id
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

POSTER = document_id("posters/open-day-1968.jpg")
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def talk(
    address: str,
    said: Callable[[Client], Awaitable[None]],
    mode: Literal["auto", "legacy"] = "auto",
    token: str = "",
) -> None:
    async def run() -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(address, http_client=http), mode=mode) as client,
        ):
            await said(client)

    asyncio.run(run())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_clients_old_and_new(
    hosted: ThreadedIndex, sample_settings: Settings, mode: Literal["auto", "legacy"]
) -> None:
    async def said(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools][:2] == ["search", "ask"]
        found = await client.call_tool("search", {"query": "open day", "modality": "image"})
        assert found.structured_content["hits"][0]["source"] == "posters/open-day-1968.jpg"
        assert "image" in [block.type for block in found.content]
        refused = await client.call_tool("get_source", {"id": "x"})
        assert refused.is_error
        read = await client.read_resource(f"mmrag://document/{POSTER}")
        assert read.contents[0].mime_type == "image/jpeg"

    app = create_app(hosted, sample_settings.with_changes({"serve.page": False}))
    with served(app, lifespan=True) as address:
        talk(f"{address}/mcp", said, mode)
    with served(app, lifespan=True) as again:  # an application may be started more than once
        talk(f"{again}/mcp", said, mode)


def test_a_token_opens_its_tenants_documents_and_no_others(
    hosted: ThreadedIndex, sample_settings: Settings
) -> None:
    rows = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "tenant": tenant}
        for name, tenant in (("ours", None), ("theirs", "theirs"))
    ]
    changes = {"serve.page": False, "serve.tokens": rows}
    app = create_app(hosted, sample_settings.with_changes(changes))

    async def ours(client: Client) -> None:
        assert not (await client.call_tool("get_source", {"id": POSTER})).is_error
        assert len((await client.list_resources()).resources) == 6

    async def theirs(client: Client) -> None:
        assert (await client.call_tool("get_source", {"id": POSTER})).is_error
        assert (await client.list_resources()).resources == []

    with served(app, lifespan=True) as address:
        talk(f"{address}/mcp", ours, token="ours")
        talk(f"{address}/mcp", theirs, token="theirs")
        for headers in ({}, {"Authorization": "Bearer guessed"}):
            answer = httpx2.post(f"{address}/mcp", json=CALL, headers={**ACCEPT, **headers})
            assert answer.status_code == 401


def test_other_hosts_and_origins_are_refused(
    hosted: ThreadedIndex, sample_settings: Settings
) -> None:
    app = create_app(hosted, sample_settings.with_changes({"serve.page": False}))
    with served(app, lifespan=True) as address:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            answer = httpx2.post(f"{address}/mcp", json=CALL, headers={**ACCEPT, **headers})
            assert answer.status_code in {400, 403, 421}
