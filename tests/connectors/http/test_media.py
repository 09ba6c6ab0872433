"""GET /media: files and ranges of them, pictures of cited places, and who gets nothing."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from standins.doors import served
from starlette.testclient import TestClient
from waiting import Patience

from mmrag import Settings
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http import callers
from mmrag_connectors.http.app import create_app
from mmrag_connectors.http.callers import Caller

GUST = "What was the highest gust in the storm of February 1956?"
PDF, PICTURE = "reports/storm-report-1956.pdf", "pictures/mountain-hut-at-dusk.jpg"
SOUND, NOTES = "sound/radio-bulletin-1959.mp3", "reports/station-history.md"


def door(hosted: ThreadedIndex, settings: Settings, tenant: str | None) -> FastAPI:
    """The application without its page, as somebody sees it who may read the tenant's documents."""
    closed = {"serve.page": False, "serve.mcp": False}
    app = create_app(hosted, settings.with_changes(closed))
    app.dependency_overrides[callers.reading] = lambda: Caller("somebody", tenant, False)
    return app


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1:8642")


@pytest.fixture(scope="module")
def client(hosted: ThreadedIndex, sample_settings: Settings) -> TestClient:
    return client_of(door(hosted, sample_settings, None))


@pytest.fixture(scope="module")
def ids(hosted: ThreadedIndex) -> dict[str, str]:
    """Ids of documents by source."""
    return {record.source: record.id for record in asyncio.run(hosted.documents(None))}


def fault(answer: httpx.Response) -> tuple[int, dict[str, object]]:
    """Status and error, without what every request has of its own."""
    error = answer.json()["error"]
    error.pop("request_id", None)
    return answer.status_code, error


def get(client: TestClient, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    answer = client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    return answer.status_code, answer.content, dict(answer.headers)


def test_a_file_is_sent_whole_with_its_kind_and_version(
    client: TestClient, ids: dict[str, str], sample_folder: Path
) -> None:
    status, content, headers = get(client, f"/media/{ids[PDF]}")
    assert status == 200 and content == (sample_folder / PDF).read_bytes()
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == 'inline; filename="storm-report-1956.pdf"'
    assert headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert headers["accept-ranges"] == "bytes" and headers["last-modified"].endswith("GMT")
    assert headers["cache-control"] == "private, no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "sandbox" not in headers["content-security-policy"], "Chromium shows no PDF in one"
    asked = client.head(f"/media/{ids[PDF]}")
    own = {"x-request-id": ""}
    assert asked.content == b"" and {**asked.headers, **own} == {**headers, **own}


def test_what_a_browser_might_run_is_only_saved(client: TestClient, ids: dict[str, str]) -> None:
    for source in (NOTES, "tables/cableway-loads-1953-1954.csv"):
        _, _, headers = get(client, f"/media/{ids[source]}")
        assert headers["content-disposition"].startswith("attachment; ")
        assert headers["content-security-policy"].endswith("sandbox")


def test_ranges(client: TestClient, ids: dict[str, str], sample_folder: Path) -> None:
    whole = (sample_folder / SOUND).read_bytes()
    size, path = len(whole), f"/media/{ids[SOUND]}"
    for asked, part in (
        ("bytes=0-99", whole[:100]),
        ("bytes=100-", whole[100:]),
        ("bytes=-10", whole[-10:]),
        (f"bytes={size - 1}-{size + 50}", whole[-1:]),
        (f"bytes=-{size + 50}", whole),
    ):
        status, content, headers = get(client, path, Range=asked)
        first = size - len(part) if asked != "bytes=0-99" else 0
        assert (status, content) == (206, part), asked
        assert headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{size}"
        assert headers["content-length"] == str(len(part))


@pytest.mark.parametrize(
    "asked", ["lines=0-5", "bytes=5-2", "bytes=a-b", "bytes=", "bytes=0-1,4-5", "bytes=٣-٤", ""]
)
def test_ranges_that_say_nothing_are_ignored(
    client: TestClient, ids: dict[str, str], asked: str
) -> None:
    answer = client.get(f"/media/{ids[SOUND]}", headers={"Range": asked.encode()})
    assert answer.status_code == 200 and answer.content[:3] in (
        b"ID3",
        b"\xff\xfb\x90",
        b"\xff\xf3",
    )


def test_a_range_behind_the_end_cannot_be_had(client: TestClient, ids: dict[str, str]) -> None:
    size = int(client.head(f"/media/{ids[SOUND]}").headers["content-length"])
    for asked in (f"bytes={size}-", "bytes=-0", f"bytes={'9' * 18}-"):
        answer = client.get(f"/media/{ids[SOUND]}", headers={"Range": asked})
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{size}"
        assert answer.json()["error"]["code"] == "range_not_satisfiable"


def test_a_range_of_another_version_is_the_whole_file(
    client: TestClient, ids: dict[str, str]
) -> None:
    path = f"/media/{ids[SOUND]}"
    headers = client.head(path).headers
    for same in (headers["etag"], headers["last-modified"]):
        assert get(client, path, Range="bytes=0-9", If_Range=same)[0] == 206
    for other in ('"other"', f"W/{headers['etag']}", "Sun, 06 Nov 1994 08:49:37 GMT"):
        assert get(client, path, Range="bytes=0-9", If_Range=other)[0] == 200


@pytest.mark.parametrize("what", ["", "/preview?size=64", "/thumbnail"])
def test_what_the_browser_has_is_not_sent_again(
    client: TestClient, ids: dict[str, str], what: str
) -> None:
    path = f"/media/{ids[PICTURE]}{what}"
    tag = client.head(path).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        status, content, headers = get(client, path, If_None_Match=known)
        assert (status, content, headers["etag"]) == (304, b"", tag)
    assert get(client, path, If_None_Match='"other"')[0] == 200


def test_a_citation_is_shown_with_its_quote_marked(
    client: TestClient, hosted: ThreadedIndex
) -> None:
    cited = asyncio.run(hosted.ask(None, Question(GUST))).citations[0]
    assert cited.source == PDF
    path, quote = f"/media/{cited.node_id}/preview?size=600", f"{cited.start}-{cited.end}"
    status, whole, headers = get(client, path)
    assert status == 200 and headers["content-type"] == "image/jpeg"
    assert headers["content-security-policy"].endswith("sandbox")
    assert max(Image.open(io.BytesIO(whole)).size) == 600
    quoted = client.get(path, params={"size": 600, "quote": quote})
    assert quoted.status_code == 200 and quoted.content != whole
    assert quoted.headers["etag"] != headers["etag"]
    assert client.head(path).headers["content-length"] == headers["content-length"]


def test_thumbnails(client: TestClient, ids: dict[str, str]) -> None:
    for source in (PDF, PICTURE, SOUND):
        status, content, _ = get(client, f"/media/{ids[source]}/thumbnail?size=64")
        assert status == 200 and max(Image.open(io.BytesIO(content)).size) == 64
    for what, source in (("preview", SOUND), ("preview", NOTES), ("thumbnail", NOTES)):
        answer = client.get(f"/media/{ids[source]}/{what}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "no_picture"
        assert f"there is no {what} of {source}" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "id",
    [
        "00000000-0000-5000-8000-000000000000",
        "..%2F..%2Fetc%2Fpasswd",
        "%2e%2e",
        "reports",
        "%00",
        "{ID}",
        "urn:uuid:ID",
        "ID%20",
        "NO-DASHES",
        "x" * 5000,
    ],
)
def test_what_is_not_known_is_not_found(client: TestClient, ids: dict[str, str], id: str) -> None:
    known = ids[PDF]
    id = id.replace("NO-DASHES", known.replace("-", "")).replace("ID", known)
    unknown = fault(client.get("/media/11111111-0000-5000-8000-000000000000"))
    assert unknown[0] == 404 and unknown[1]["code"] == "not_found"
    for what in ("", "/preview", "/thumbnail"):
        answer = client.get(f"/media/{id}{what}")
        assert answer.status_code == 404
        assert "%2F" in id or fault(answer) == unknown, "with a slash it reaches no route of media"


def test_an_id_in_capitals_is_the_same(client: TestClient, ids: dict[str, str]) -> None:
    assert get(client, f"/media/{ids[PICTURE].upper()}")[0] == 200


@pytest.mark.parametrize(
    "query",
    [
        "preview?size=0",
        "preview?size=9999",
        "thumbnail?size=a",
        "preview?quote=1",
        "preview?quote=a-b",
    ],
)
def test_questions_that_make_no_sense_are_refused(
    client: TestClient, ids: dict[str, str], query: str
) -> None:
    assert 400 <= get(client, f"/media/{ids[PICTURE]}/{query}")[0] < 500


def test_what_belongs_to_another_tenant_is_not_found(
    hosted: ThreadedIndex, sample_settings: Settings, client: TestClient, ids: dict[str, str]
) -> None:
    other = client_of(door(hosted, sample_settings, "bob"))
    unknown = fault(other.get("/media/11111111-0000-5000-8000-000000000000"))
    assert get(client, f"/media/{ids[PICTURE]}/preview")[0] == 200  # kept from here on
    hit = asyncio.run(hosted.search(None, Question("storm"), k=1)).hits[0]
    for id in (*ids.values(), hit.id):
        for what in ("", "/preview", "/thumbnail"):
            assert fault(other.get(f"/media/{id}{what}")) == unknown


LARGE = 24 << 20
"""More than what lies in the buffers of a connection."""


@pytest.fixture(scope="module")
def uploaded(hosted: ThreadedIndex, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ids of files that "media" uploaded: a picture with an odd name, a large one, a page."""
    folder = tmp_path_factory.mktemp("given")
    small, large, page = folder / "small", folder / "large", folder / "page"
    Image.new("RGB", (80, 60), "red").save(small, "PNG")
    large.write_bytes(small.read_bytes() + bytes(LARGE))  # decoders stop at the picture's end
    page.write_text("<p>Read me</p><script>alert(1)</script>")
    files = [('a "b"; ü.png', small), ("large.png", large), ("page.html", page)]

    async def sent() -> dict[str, str]:
        job = await hosted.receive("media", files)
        patience = Patience("the end of the job of three files")
        while job.state in ("waiting", "running") and patience.lasts():
            await asyncio.sleep(0.02)
            job = await hosted.job("media", job.id) or job
        assert [fate.status for fate in job.fates] == ["indexed"] * 3, job
        return {Path(d.source).name: d.id for d in await hosted.documents("media")}

    return asyncio.run(sent())


@pytest.fixture(scope="module")
def own(
    hosted: ThreadedIndex, sample_settings: Settings, uploaded: dict[str, str]
) -> tuple[TestClient, dict[str, str]]:
    """A client of the tenant "media", and the ids of its documents by file name."""
    return client_of(door(hosted, sample_settings, "media")), uploaded


def test_names_are_written_so_that_they_stay_names(own: tuple[TestClient, dict[str, str]]) -> None:
    client, ids = own
    [odd] = (id for name, id in ids.items() if name.startswith("a "))
    _, _, headers = get(client, f"/media/{odd}")
    assert headers["content-disposition"] == (
        "inline; filename*=utf-8''a%20%22b%22%3B%20%C3%BC.png"
    )
    _, content, headers = get(client, f"/media/{ids['page.html']}")
    assert b"<script>" in content
    assert headers["content-disposition"] == 'attachment; filename="page.html"'
    assert headers["content-type"].startswith("text/html")
    assert headers["content-security-policy"].endswith("sandbox")


def test_a_file_that_changed_or_went_is_not_shown(
    hosted: ThreadedIndex, own: tuple[TestClient, dict[str, str]]
) -> None:
    client, ids = own
    found = asyncio.run(hosted.find("media", ids["page.html"]))
    assert found is not None and found.path is not None
    before, status = found.path.read_bytes(), found.path.stat()
    try:
        found.path.write_bytes(before + b"<p>More</p>")
        for what in ("", "/preview", "/thumbnail"):
            answer = client.get(f"/media/{ids['page.html']}{what}")
            assert answer.status_code == 409 or what  # that there is no picture is known before
            assert str(found.path) not in answer.text
        found.path.unlink()
        answer = client.get(f"/media/{ids['page.html']}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
        found.path.symlink_to("/etc/passwd")
        assert client.get(f"/media/{ids['page.html']}").status_code == 409
    finally:
        found.path.unlink(missing_ok=True)
        found.path.write_bytes(before)
        os.utime(found.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert get(client, f"/media/{ids['page.html']}")[0] == 200


def is_open(path: Path) -> bool:
    """Whether this process, in which the server runs, holds the file open."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(descriptor.readlink())
    return path in links


def becomes(wanted: bool, path: Path) -> bool:
    """Whether the file is open, or not, soon enough."""
    until = time.monotonic() + 20
    while is_open(path) is not wanted and time.monotonic() < until:
        time.sleep(0.01)
    return is_open(path) is wanted


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="tells open files by /proc")
def test_who_reads_slowly_holds_nobody_up_and_who_leaves_leaves_nothing(
    hosted: ThreadedIndex, sample_settings: Settings, uploaded: dict[str, str]
) -> None:
    found = asyncio.run(hosted.find("media", uploaded["large.png"]))
    assert found is not None and found.path is not None
    with served(door(hosted, sample_settings, "media")) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as slow:
            request = f"GET /media/{found.id} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
            slow.sendall(request.encode())
            assert slow.recv(1024).startswith(b"HTTP/1.1 200 OK")
            assert becomes(True, found.path)
            part = {"Range": f"bytes={LARGE}-{LARGE + 9}"}
            answer = httpx.get(f"{address}/media/{found.id}", headers=part, timeout=20)
            assert (answer.status_code, answer.content) == (206, bytes(10))
            assert is_open(found.path), "nobody read on"
        assert becomes(False, found.path)
