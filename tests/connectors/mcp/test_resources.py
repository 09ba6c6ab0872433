"""Resources over the protocol: what is listed, what is read, what is refused."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from agent import talk
from mcp import Client, MCPError
from mcp.types import BlobResourceContents, TextResourceContents
from PIL import Image
from standins.fixed_index import FixedIndex

from mmrag.schema import document_id
from mmrag_connectors.hosting.calls import FoundSource, Question
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.mcp import resources

POSTER = "posters/open-day-1968.jpg"
TABLE = "tables/cableway-loads-1953-1954.csv"


def refusal(hosted: HostedIndex, address: str) -> str:
    async def read(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(address)
        return caught.value.message

    return talk(hosted, read)


def test_every_document_is_listed_by_the_page(
    hosted: ThreadedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "PAGE", 4)

    async def both(client: Client) -> list[tuple[str, str]]:
        first = await client.list_resources()
        rest = await client.list_resources(cursor=first.next_cursor)
        assert (len(first.resources), rest.next_cursor) == (4, None)
        return [(found.name, found.uri) for found in (*first.resources, *rest.resources)]

    listed = talk(hosted, both)
    assert len(listed) == 6
    assert (POSTER, f"mmrag://document/{document_id(POSTER)}") in listed


def test_what_is_listed_is_what_is_read(hosted: ThreadedIndex, sample_folder: Path) -> None:
    async def read(client: Client) -> dict[str, TextResourceContents | BlobResourceContents]:
        listed = (await client.list_resources()).resources
        return {row.name: (await client.read_resource(row.uri)).contents[0] for row in listed}

    for name, content in talk(hosted, read).items():
        data = (sample_folder / name).read_bytes()
        if isinstance(content, TextResourceContents):
            assert content.text == data.decode("utf-8")
        else:
            assert base64.b64decode(content.blob) == data
        assert isinstance(content, TextResourceContents) == (Path(name).suffix in {".md", ".csv"})


def test_a_place_is_read_as_text_and_picture(hosted: ThreadedIndex) -> None:
    async def read(client: Client) -> list[TextResourceContents | BlobResourceContents]:
        hits = (await hosted.search(None, Question("open day", modalities=("image",)), 1)).hits
        return (await client.read_resource(f"mmrag://source/{hits[0].id}")).contents

    text, picture = talk(hosted, read)
    assert isinstance(text, TextResourceContents)
    assert "SUNDAY 14 JULY 1968" in text.text
    assert isinstance(picture, BlobResourceContents)
    with Image.open(io.BytesIO(base64.b64decode(picture.blob))) as shown:
        assert max(shown.size) == resources.PICTURE


@pytest.mark.parametrize(
    "address",
    [
        "mmrag://document/00000000-0000-5000-8000-000000000000",
        "mmrag://document/../../etc/passwd",
        "mmrag://source/%2e%2e%2fetc%2fpasswd",
        "file:///etc/passwd",
        "https://example.org/a.pdf",
    ],
)
def test_there_is_nothing_else(hosted: ThreadedIndex, address: str) -> None:
    assert refusal(hosted, address) == f"there is no resource {address!r}"


def test_a_cursor_of_nobodys(hosted: ThreadedIndex) -> None:
    async def asked(client: Client) -> None:
        for cursor in ("-1", "next", "²"):
            with pytest.raises(MCPError, match="no such cursor"):
                await client.list_resources(cursor=cursor)
        assert (await client.list_resources(cursor="99")).resources == []

    talk(hosted, asked)


def test_files_that_are_gone_changed_or_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.md"
    path.write_text("Goats are sold here.", encoding="utf-8")
    address = "mmrag://document/d"

    def told(path: Path | None, fresh: bool) -> str:
        found = FoundSource("d", "d", "notes.md", path, fresh, "", "text", "text/markdown")
        return refusal(FixedIndex({"find": found}), address)

    assert told(None, False) == "the file of notes.md is gone; index again to take it out"
    assert told(path, False) == "notes.md changed since it was indexed; index it again"
    monkeypatch.setattr(resources, "MOST_BYTES", 10)
    assert told(path, True).startswith("the file is larger than 10 bytes")


def test_text_in_another_encoding_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("Källa".encode("latin-1"))
    found = FoundSource("d", "d", "notes.txt", path, True, "", "text", "text/plain")

    async def read(client: Client) -> bytes:
        (content,) = (await client.read_resource("mmrag://document/d")).contents
        assert isinstance(content, BlobResourceContents)
        return base64.b64decode(content.blob)

    assert talk(FixedIndex({"find": found}), read) == path.read_bytes()
