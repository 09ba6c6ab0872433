"""Forms as they come in: any blocks, any faults, and nothing that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from mmrag_connectors.http.multipart import Form, Room, received_form
from mmrag_connectors.http.problems import Problem

ROOM = Room(("request",), {"files": 2, "image": 1})
CONTENT = b"\r\n--boundary\r\n--\x00\xff" * 50
WHOLE = httpx.Request(
    "POST",
    "http://x",
    data={"request": '{"k": "ä"}'},
    files=[("files", ("å b.MD", CONTENT)), ("image", ("", b"")), ("files", ("c", b"2"))],
)


def request_of(blocks: Sequence[bytes], headers: httpx.Headers, *, gone: bool = False) -> Request:
    """A request whose body comes in blocks; a client that is gone sends no more after them."""
    messages = [{"type": "http.request", "body": block, "more_body": True} for block in blocks]
    last: dict[str, Any] = {"type": "http.disconnect"} if gone else {"type": "http.request"}
    coming = iter([*messages, last])

    async def receive() -> Any:
        return next(coming)

    raw = [(name.lower(), value) for name, value in headers.raw if name != b"Content-Length"]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def received(request: Request, folder: Path) -> tuple[Form, list[bytes]]:
    """The form, and what its files held while it was there."""

    async def read() -> tuple[Form, list[bytes]]:
        async with received_form(request, ROOM, folder) as form:
            assert all(folder in file.path.parents for file in form.files)
            return form, [file.path.read_bytes() for file in form.files]

    return asyncio.run(read())


def form_of(*parts: tuple[str, bytes], end: bytes = b"--b--\r\n") -> tuple[bytes, httpx.Headers]:
    """A form by hand, of parts with their dispositions."""
    body = b"".join(
        b"--b\r\nContent-Disposition: " + told.encode() + b"\r\n\r\n" + content + b"\r\n"
        for told, content in parts
    )
    return body + end, httpx.Headers({"content-type": "multipart/form-data; boundary=b"})


@given(cuts=st.sets(st.integers(1, len(WHOLE.read()) - 1), max_size=12))
def test_it_is_the_same_in_any_blocks(
    tmp_path_factory: pytest.TempPathFactory, cuts: set[int]
) -> None:
    folder, body = tmp_path_factory.mktemp("cut"), WHOLE.read()
    edges = [0, *sorted(cuts), len(body)]
    blocks = [body[start:end] for start, end in pairwise(edges)]
    form, contents = received(request_of(blocks, WHOLE.headers), folder)
    assert form.texts == {"request": '{"k": "ä"}'}
    assert [(file.field, file.name) for file in form.files] == [
        ("files", "å b.MD"),
        ("image", ""),
        ("files", "c"),
    ]
    assert contents == [CONTENT, b"", b"2"]
    assert [file.path.suffix for file in form.files] == [".md", "", ""]
    assert list(folder.iterdir()) == []


FILE = 'form-data; name="files"; filename="a.md"'


@pytest.mark.parametrize(
    ("status", "parts"),
    [
        (413, [(FILE, b"x")] * 3),
        (400, [('form-data; name="other"', b"x")]),
        (400, [('form-data; name="request"', b"{}")] * 2),
        (400, [('form-data; name="request"', b"\xff")]),
        (400, [("form-data", b"x")]),
        (400, [("", b"x")]),
    ],
)
def test_forms_that_are_refused(
    tmp_path: Path, status: int, parts: list[tuple[str, bytes]]
) -> None:
    body, headers = form_of(*parts)
    with pytest.raises(Problem) as refused:
        received(request_of([body], headers), tmp_path)
    assert refused.value.status == status and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [b"", b"--b\r\n", b"--b"])
def test_a_form_that_was_cut_is_none(tmp_path: Path, end: bytes) -> None:
    body, headers = form_of((FILE, b"x"), end=end)
    with pytest.raises(Problem, match="ends before") as refused:
        received(request_of([body], headers), tmp_path)
    assert refused.value.status == 400 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (415, ""),
        (415, "multipart/form-data"),
        (415, "multipart/mixed; boundary=b"),
        (400, "multipart/form-data; boundary=" + "b" * 1000),
        (400, "multipart/form-data; boundary=other"),
    ],
)
def test_what_is_no_form(tmp_path: Path, status: int, kind: str) -> None:
    body, _ = form_of((FILE, b"x"))
    with pytest.raises(Problem) as refused:
        received(request_of([body], httpx.Headers({"content-type": kind})), tmp_path)
    assert refused.value.status == status and list(tmp_path.iterdir()) == []


def test_nothing_stays_of_a_client_that_vanishes(tmp_path: Path) -> None:
    body, headers = form_of((FILE, b"x" * 1000))
    with pytest.raises(Problem) as told:
        received(request_of([body[:200], body[200:400]], headers, gone=True), tmp_path)
    assert told.value.status == 499 and list(tmp_path.iterdir()) == []
