"""Whether the server lives and is ready, its numbers, and an index that opens while it answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doors import ADDRESS, Doors
from starlette.testclient import TestClient
from waiting import Patience

from mmrag import Settings
from mmrag.errors import StoreError
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app


class Waiting(ThreadedIndex):
    """An index that opens when told to, without models. The rest of it is real."""

    opened, closed = False, 0

    async def start(self) -> None:
        if self.fails:
            raise StoreError("the disk at /secret is full")
        self.opened = True

    async def close(self) -> None:
        self.opened, self.closed = False, self.closed + 1

    @property
    def ready(self) -> bool:
        return self.opened

    fails = False


def doors_of(index: ThreadedIndex, directory: Path) -> TestClient:
    changes = {"index.directory": directory, "serve.page": False, "serve.mcp": False}
    return TestClient(create_app(index, Settings().with_changes(changes)), base_url=ADDRESS)


def until_told(client: TestClient, reason: str) -> None:
    patience = Patience(f"the reason {reason!r}")
    while client.get("/readyz").json()["reason"] != reason and patience.lasts():
        pass


def test_the_server_lives_before_it_is_ready(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    assert doors.get("/healthz").json() == {"status": "ok"}
    response = doors.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "reason": "the index is being opened"}
    assert "mmrag_documents" not in doors.get("/metrics").text


def test_the_application_opens_an_index_and_closes_it(tmp_path: Path) -> None:
    index = Waiting(Settings())
    with doors_of(index, tmp_path) as client:
        until_told(client, "")
        assert client.get("/readyz").status_code == 200
    assert (index.opened, index.closed) == (False, 1)


def test_it_leaves_one_alone_that_was_open(tmp_path: Path) -> None:
    index = Waiting(Settings())
    index.opened = True
    with doors_of(index, tmp_path) as client:
        assert client.get("/readyz").status_code == 200
    assert (index.opened, index.closed) == (True, 0)


def test_why_it_cannot_be_opened_is_for_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = Waiting(Settings())
    index.fails = True
    with doors_of(index, tmp_path) as client:
        until_told(client, "the index cannot be opened; the log says why")
        assert client.get("/healthz").status_code == 200
    assert "the disk at /secret is full" in caplog.text


def series(text: str, name: str) -> dict[str, float]:
    """By labels, the values of a metric."""
    found = re.findall(rf"^{name}(\{{.*\}})? (\S+)$", text, re.M)
    return {labels: float(value) for labels, value in found}


def test_numbers_of_requests_are_few_series(tmp_path: Path) -> None:
    doors = Doors(tmp_path)
    for path in ("/v1/who", "/v1/who", "/private/1", "/private/2"):
        doors.get(path)
    doors.request("BREW", "/v1/who")
    text = doors.get("/metrics").text
    assert series(text, "mmrag_http_requests_total") == {
        '{method="GET",route="/v1/who",status="200"}': 2,
        '{method="GET",route="-",status="404"}': 2,
        '{method="other",route="/v1/who",status="405"}': 1,
    }
    assert series(text, "mmrag_http_requests_in_flight") == {"": 1}
    assert series(text, "mmrag_http_request_seconds_count")['{route="/v1/who"}'] == 3
    assert "private" not in text
    # another application has numbers of its own
    assert series(Doors(tmp_path).get("/metrics").text, "mmrag_http_requests_total") == {}


def test_the_lag_of_the_event_loop_is_measured(tmp_path: Path) -> None:
    with doors_of(Waiting(Settings()), tmp_path) as client:
        patience, name = Patience("a lag"), "mmrag_event_loop_lag_seconds_count"
        while not series(client.get("/metrics").text, name)[""] and patience.lasts():
            pass


def test_documents_are_told_of_an_index_that_is_open(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "reason": ""}
    documents = series(client.get("/metrics").text, "mmrag_documents")
    assert sum(documents.values()) == 6
