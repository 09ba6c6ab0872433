"""Search over HTTP: the command line's object, by words, picture and recording."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mmrag.samples import ARCHIVE
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.threaded import ThreadedIndex

PICTURE = ARCHIVE / "pictures/mountain-hut-at-dusk.jpg"
RECORDING = ARCHIVE / "sound/radio-bulletin-1959.mp3"
SEEN = ("media", "preview", "thumbnail")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files of forms go while a request lasts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def search(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    response = client.post("/v1/search", json=asked)
    assert response.status_code == 200, response.text
    hits: list[dict[str, Any]] = response.json()["hits"]
    return hits


def by_files(client: TestClient, asked: Any = None, **files: Any) -> Any:
    data = None if asked is None else {"request": json.dumps(asked)}
    return client.post("/v1/search", files=files, data=data)


def test_it_is_the_object_of_the_command_line(client: TestClient, hosted: ThreadedIndex) -> None:
    response = client.post("/v1/search", json={"query": "gust in the storm", "k": 4})
    told, direct = (
        response.json(),
        asyncio.run(hosted.search(None, Question("gust in the storm"), 4)),
    )
    without = [{key: hit[key] for key in hit if key not in SEEN} for hit in told["hits"]]
    assert without == json.loads(json.dumps(direct.as_dict()))["hits"]
    assert set(told) == {"query", "took_ms", "hits"} and told["query"] == "gust in the storm"


def test_each_hit_says_where_it_can_be_seen(client: TestClient) -> None:
    hits = search(client, query="cableway loads in a storm, the open day, a bulletin", k=100)
    for hit in hits:
        pictured = hit["source"].endswith((".pdf", ".jpg"))
        heard = hit["source"].endswith(".mp3")
        assert hit["media"] == f"/media/{hit['id']}"
        assert hit["preview"] == (f"/media/{hit['id']}/preview" if pictured else None)
        assert hit["thumbnail"] == (f"/media/{hit['id']}/thumbnail" if pictured or heard else None)
    assert {Path(hit["source"]).suffix for hit in hits} == {".pdf", ".md", ".csv", ".jpg", ".mp3"}


@pytest.mark.parametrize(
    ("narrowed", "question"),
    [
        ({"modality": ["image", "audio"]}, {"modalities": ("image", "audio")}),
        ({"where": {"source": "reports/station-history.md"}}, None),
        ({"pages": [2, 3]}, {"pages": (2, 3)}),
        ({"between_ms": [0, 3000]}, {"between_ms": (0, 3000)}),
        ({"taken": ["1990", "1991-02"]}, {"taken": ("1990", "1991-02")}),
        ({"near": [59.3, 18.1, 1]}, {"near": (59.3, 18.1, 1.0)}),
        ({"rerank": "off"}, {"rerank": "off"}),
    ],
)
def test_what_narrows_it(
    client: TestClient, hosted: ThreadedIndex, narrowed: dict[str, Any], question: Any
) -> None:
    asked = Question("storm", **(question or narrowed))
    direct = asyncio.run(hosted.search(None, asked, 100))
    found = search(client, query="storm", k=100, **narrowed)
    # what other tests have indexed for other tenants may just be changing the order
    assert {hit["id"] for hit in found} == {hit.id for hit in direct.hits}
    assert "rerank" in narrowed or len(found) < len(search(client, query="storm", k=100))


@pytest.mark.parametrize(("field", "file"), [("image", PICTURE), ("audio", RECORDING)])
def test_it_is_asked_by_a_picture_or_recording(
    client: TestClient, hosted: ThreadedIndex, temporary: Path, field: str, file: Path
) -> None:
    response = by_files(client, {"k": 4}, **{field: (file.name, file.read_bytes())})
    assert response.status_code == 200
    sources = [hit["source"] for hit in response.json()["hits"]]
    direct = asyncio.run(hosted.search(None, Question(**{field: file}), 4))
    assert sources == [hit.source for hit in direct.hits] and file.name in str(sources)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "files", "asked"),
    [
        (415, {"image": ("x.png", b"only text")}, None),
        (415, {"image": ("x.pdf", (ARCHIVE / "reports/storm-report-1956.pdf").read_bytes())}, None),
        (415, {"audio": ("x.jpg", PICTURE.read_bytes())}, None),
        (400, {"image": ("x.jpg", b"")}, None),
        (400, {"image": ("x.jpg", PICTURE.read_bytes()[:4000])}, None),
        (400, {"picture": ("x.jpg", PICTURE.read_bytes())}, None),
        (422, {"image": ("x.jpg", PICTURE.read_bytes())}, {"k": 0}),
    ],
)
def test_files_that_cannot_be_asked_by(
    client: TestClient, temporary: Path, status: int, files: Any, asked: Any
) -> None:
    response = by_files(client, asked, **files)
    assert response.status_code == status, response.text
    assert list(temporary.iterdir()) == []


def test_there_is_one_picture_to_ask_by(client: TestClient) -> None:
    two = [("image", ("a.jpg", PICTURE.read_bytes()))] * 2
    response = client.post("/v1/search", files=two)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_many_files"


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "x", "k": 101},
        {"query": "x", "k": "5"},
        {"query": "x", "pages": [0, 1]},
        {"query": "x", "pages": [1]},
        {"query": "x", "modality": ["smell"]},
        {"query": "x", "where": {"a b": 1}},
        {"query": "x", "where": {"page": True}},
        {"query": "x", "near": [91, 0, 1]},
        {"query": "x", "unknown": 1},
        {"query": "x" * 4001},
        [],
        "x",
    ],
)
def test_requests_that_are_none(client: TestClient, asked: Any) -> None:
    assert client.post("/v1/search", json=asked).status_code == 422


@pytest.mark.parametrize("body", [b"", b"{", b'{"query": NaN}', b'{"query": "\\ud800"}', b"\xff"])
def test_bodies_that_are_no_json(client: TestClient, body: bytes) -> None:
    response = client.post("/v1/search", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_what_nothing_can_be_found_by_is_told(client: TestClient) -> None:
    for asked in ({}, {"query": " "}, {"query": "x", "pages": [3, 2]}):
        assert client.post("/v1/search", json=asked).status_code == 400
    reranked = client.post("/v1/search", json={"query": "x", "rerank": "on"})
    assert reranked.status_code == 400, "this profile has no reranker"
    other = client.post("/v1/search", content=b"x", headers={"content-type": "text/plain"})
    assert other.status_code == 415


@pytest.mark.parametrize("words", ["../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1/"])
def test_words_are_words(client: TestClient, words: str) -> None:
    assert all("root:" not in hit["text"] for hit in search(client, query=words))
