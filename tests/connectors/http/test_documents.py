"""Documents over HTTP: listed, uploaded, watched, deleted; and what is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http import callers
from mmrag_connectors.http.app import create_app
from mmrag_connectors.http.callers import Caller


@pytest.fixture
def own(hosted: ThreadedIndex, sample_settings: Settings) -> TestClient:
    """A client of a tenant of its own, which may upload 2 files of 1 MB together."""
    settings = sample_settings.with_changes({"serve.upload_mb": 1, "serve.upload_files": 2})
    app, caller = create_app(hosted, settings), Caller("own", uuid.uuid4().hex, True)
    app.dependency_overrides = {callers.reading: lambda: caller, callers.writing: lambda: caller}
    return TestClient(app, base_url="http://127.0.0.1:8642")


@pytest.fixture
def spool(own: TestClient, hosted: ThreadedIndex, sample_settings: Settings) -> Iterator[Path]:
    """Where files are received; it is empty after whatever a test did."""
    folder = sample_settings.index.directory / "uploaded" / "receiving"
    yield folder
    assert not folder.exists() or list(folder.iterdir()) == []


def uploaded(client: TestClient, *files: tuple[str, bytes]) -> Any:
    return client.post("/v1/documents", files=[("files", file) for file in files])


def listed(client: TestClient, **asked: Any) -> dict[str, Any]:
    response = client.get("/v1/documents", params=asked)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def watched(client: TestClient, job: str) -> list[tuple[str, Any]]:
    """The events of a job until it has ended."""
    blocks = client.get(f"/v1/jobs/{job}/events").text.strip().split("\n\n")
    lines = [block.split("\n") for block in blocks if not block.startswith(":")]
    return [(name[7:], json.loads(data[6:])) for name, data in lines]


def test_pages_hold_every_document_once(client: TestClient) -> None:
    everything = listed(client)
    sources = [row["source"] for row in everything["documents"]]
    assert sources == sorted(sources) and len(sources) == everything["total"] == 6
    walked, cursor = [], None
    while True:
        page = listed(client, limit=4, **({"cursor": cursor} if cursor else {}))
        walked += page["documents"]
        if (cursor := page["next"]) is None:
            break
    assert walked == everything["documents"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"modality": "image"}, {"mountain-hut-at-dusk.jpg", "open-day-1968.jpg"}),
        ({"prefix": "reports/storm"}, {"storm-report-1956.pdf"}),
        ({"state": "failed"}, set()),
        ({"prefix": "/etc"}, set()),
    ],
)
def test_filters(client: TestClient, asked: dict[str, str], expected: set[str]) -> None:
    told = listed(client, **asked)
    assert {Path(row["source"]).name for row in told["documents"]} == expected
    assert told["total"] == len(expected) and told["next"] is None


def test_one_document_is_as_it_is_listed(client: TestClient) -> None:
    for row in listed(client)["documents"]:
        assert client.get(f"/v1/documents/{row['id']}").json() == row
        assert row["media"] == f"/media/{row['id']}"


@pytest.mark.parametrize(
    "id",
    [
        "no-uuid",
        str(uuid.UUID(int=7)),
        f"{{{uuid.UUID(int=7)}}}",
        uuid.UUID(int=7).urn,
        "..%2F..%2Fetc%2Fpasswd",
        "%00",
        "http:%2F%2Flocalhost",
    ],
)
def test_ids_of_nothing(client: TestClient, id: str) -> None:
    for method in ("GET", "DELETE"):
        assert client.request(method, f"/v1/documents/{id}").status_code == 404
    assert client.get(f"/v1/jobs/{id}").status_code == 404
    assert client.get(f"/v1/jobs/{id}/events").status_code == 404


@pytest.mark.parametrize("cursor", ["x", "ä", "_w==", "////", "a" * 9000])
def test_cursors_that_are_none(client: TestClient, cursor: str) -> None:
    assert client.get("/v1/documents", params={"cursor": cursor}).status_code in (400, 422)


def test_a_file_comes_is_indexed_and_goes(own: TestClient, client: TestClient, spool: Path) -> None:
    response = uploaded(own, ("lämp.md", b"# Lamp\nThe lamp weighs 4 kg."))
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['id']}" and job["files"] == ["lämp.md"]
    *progress, (name, ended) = watched(own, job["id"])
    assert name == "done" and {name for name, _ in progress} <= {"progress"}
    assert ended["state"] == "done" and ended["fates"][0]["status"] == "indexed"
    assert own.get(response.headers["location"]).json() == ended
    assert own.get("/v1/jobs").json()["jobs"] == [ended]

    [row] = listed(own)["documents"]
    assert row["source"].endswith("lämp.md") and row["state"] == "indexed"
    hits = own.post("/v1/search", json={"query": "lamp"}).json()["hits"]
    assert [hit["source"] for hit in hits] == [row["source"]]
    for other in (client.get, client.delete):  # nobody's caller sees nothing of a tenant's
        assert other(f"/v1/documents/{row['id']}").status_code == 404
        assert client.get(f"/v1/jobs/{job['id']}").status_code == 404

    gone = own.delete(f"/v1/documents/{row['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert own.delete(f"/v1/documents/{row['id']}").status_code == 404
    assert listed(own)["total"] == 0


@pytest.mark.parametrize(
    ("status", "files"),
    [
        (400, [("../x.md", b"x")]),
        (400, [("..\\x.md", b"x")]),
        (400, [(".hidden.md", b"x")]),
        (400, [("CON.md", b"x")]),
        (400, [("a\u202eb.md", b"x")]),
        (400, [("x" * 300 + ".md", b"x")]),
        (400, [("a.md", b"x"), ("a.md", b"y")]),
        (400, [("empty.md", b"")]),
        (413, [("a.md", b"x"), ("b.md", b"y"), ("c.md", b"z")]),
        (413, [("a.md", b"x" * (1 << 20)), ("b.md", b"x" * (1 << 20))]),
        (415, [("x.exe", b"MZ\x00\x01")]),
        (415, [("page.pdf", b"no PDF")]),
        (415, [("good.md", b"x"), ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")]),
    ],
)
def test_uploads_that_are_refused(
    own: TestClient, spool: Path, status: int, files: list[tuple[str, bytes]]
) -> None:
    response = uploaded(own, *files)
    assert response.status_code == status, response.text
    assert own.get("/v1/jobs").json()["jobs"] == [] and listed(own)["total"] == 0


def test_an_upload_without_files_is_none(own: TestClient) -> None:
    assert own.post("/v1/documents", json={}).status_code == 415
    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert own.post("/v1/documents", content=b"--b--\r\n", headers=kind).status_code == 400


@pytest.mark.parametrize(
    ("status", "urls"),
    [
        (422, []),
        (422, ["file:///etc/passwd"]),
        (422, ["/etc/passwd"]),
        (422, ["ftp://example.org/x"]),
        (422, "https://example.org/x"),
        (413, ["https://example.org/x"] * 3),
    ],
)
def test_addresses_that_are_refused(own: TestClient, status: int, urls: Any) -> None:
    response = own.post("/v1/documents/fetch", json={"urls": urls})
    assert response.status_code == status and own.get("/v1/jobs").json()["jobs"] == []


def test_nothing_is_fetched_from_this_machine(own: TestClient) -> None:
    response = own.post("/v1/documents/fetch", json={"urls": ["http://127.0.0.1:9/secret"]})
    assert response.status_code == 202
    name, ended = watched(own, response.json()["id"])[-1]
    told = json.dumps(ended)
    assert name == "done" and "no address of the public internet" in told
    assert listed(own, state="indexed")["total"] == 0
