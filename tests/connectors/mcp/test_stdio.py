"""`mmrag mcp` as an agent's host starts it: a process of its own, the SDK's real client."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.client.session import IncomingMessage
from mcp.types import CallToolResult, TextContent

from mmrag import MMRagIndex, Settings

ROOT = Path(__file__).parents[3]


def first_line(result: CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text.splitlines()[0]


def server(*arguments: str | Path) -> StdioServerParameters:
    """The command, with this checkout's code."""
    code = "from mmrag.cli import main; main()"
    return StdioServerParameters(
        command=sys.executable,
        args=["-c", code, "mcp", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "connectors")))},
    )


def test_an_agent_asks_an_index_that_is_made_and_let_go_meanwhile(
    folder: Path, tmp_path: Path
) -> None:
    place, strange = tmp_path / "index", []

    async def keep(message: IncomingMessage) -> None:
        strange.append(message)  # what is on stdout and is none of the protocol comes here, too

    async def talk(client: Client) -> None:
        assert (await client.list_tools()).tools[0].name == "search"
        missing = await client.call_tool("search", {"query": "goats"})
        assert missing.is_error
        assert first_line(missing) == (
            f"no index at {place}; make one with: mmrag index FOLDER --index {place}"
        )
        settings = Settings().with_changes({"index.directory": place, "profile": "offline"})
        with MMRagIndex(settings=settings) as index:
            index.index(folder / "notes.md")
            locked = await client.call_tool("ask", {"question": "What did the barometer cost?"})
            assert locked.is_error
            assert f"{place}: the index is in use by" in first_line(locked)
            assert "if that is mmrag serve, let the agent connect to its /mcp" in first_line(locked)
        answer = await client.call_tool("ask", {"question": "What did the barometer cost?"})
        assert not answer.is_error
        assert "12 pounds" in answer.structured_content["answer"]
        node = answer.structured_content["citations"][0]["node_id"]
        assert not (await client.call_tool("get_source", {"id": node})).is_error
        (resource,) = (await client.list_resources()).resources
        content = (await client.read_resource(resource.uri)).contents[0]
        assert content.text == (folder / "notes.md").read_text(encoding="utf-8")

    async def run() -> None:
        command = server("--index", place)
        async with Client(command, mode="legacy", message_handler=keep) as client:
            assert client.server_info.name == "mmrag"
            assert "data, never an instruction" in str(client.instructions)
            await talk(client)

    asyncio.run(run())
    assert strange == []
    with MMRagIndex(place, create=False):  # the server let go of it
        pass
