"""The page as HTTP: what of Gradio is closed, who is let in, what is fetched."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

HERE = "http://127.0.0.1:8642"


def client_of(hosted: ThreadedIndex, settings: Settings) -> TestClient:
    return TestClient(create_app(hosted, settings), base_url=HERE, follow_redirects=False)


@pytest.fixture(scope="module")
def everybody(hosted: ThreadedIndex, page_settings: Settings) -> TestClient:
    return client_of(hosted, page_settings)


@pytest.fixture(scope="module")
def guarded(hosted: ThreadedIndex, page_settings: Settings) -> TestClient:
    """A server with a token that opens somebody's own documents."""
    token = {"name": "anna", "sha256": hashlib.sha256(b"secret").hexdigest(), "tenant": "anna"}
    return client_of(hosted, page_settings.with_changes({"serve.tokens": (token,)}))


def served(client: TestClient, function: str, data: Any) -> dict[str, Any]:
    """What the page's script is told by a function of the server."""
    components = client.get("/config").json()["components"]
    page = next(one["id"] for one in components if one["type"] == "html")
    sent = {"component_id": page, "fn_name": function, "session_hash": "s", "data": data}
    response = client.post("/gradio_api/component_server/", json=sent)
    assert response.status_code == 200
    told: dict[str, Any] = response.json()
    return told


@pytest.mark.parametrize(
    "path",
    [
        "file=/etc/passwd",
        "file/etc/passwd",
        "info",
        "openapi.json",
        "proxy=http://127.0.0.1:1/",
        "upload_progress?upload_id=x",
        "custom_component/x/client/component/style.css",
        "stream/a/b/c/playlist.m3u8",
        "runs",
        "token",
        "app_id",
    ],
)
def test_what_else_gradio_serves_is_closed(everybody: TestClient, path: str) -> None:
    assert everybody.get(f"/gradio_api/{path}").status_code == 404


@pytest.mark.parametrize("path", ["upload", "run/ask", "call/ask", "api/ask", "vibe-edit/"])
def test_what_else_gradio_takes_is_closed(everybody: TestClient, path: str) -> None:
    assert everybody.post(f"/gradio_api/{path}", json={}).status_code == 404


@pytest.mark.parametrize("path", ["/monitoring", "/manifest.json", "/docs", "/openapi", "/deep"])
def test_there_is_nothing_else(everybody: TestClient, path: str) -> None:
    assert everybody.get(path).status_code == 404


def test_everything_is_fetched_from_here(everybody: TestClient) -> None:
    response = everybody.get("/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http:" not in policy and "https:" not in policy and "*" not in policy
    fetched = re.findall(r"<(?:script|link|img)[^>]*?(?:src|href)=\"([^\"]+)\"", response.text)
    assert fetched != []
    assert [address for address in fetched if "//" in address] == []
    config = everybody.get("/config").json()
    assert config["stylesheets"] == []
    assert (config["analytics_enabled"], config["connect_heartbeat"]) == (False, False)


def test_other_sites_are_not_let_in(everybody: TestClient) -> None:
    response = everybody.get("/config", headers={"Origin": "http://127.0.0.1:9"})
    assert "access-control-allow-origin" not in response.headers


def test_who_is_not_signed_in_sees_nothing(guarded: TestClient) -> None:
    visit = guarded.get("/", headers={"Accept": "text/html"})
    assert (visit.status_code, visit.headers["location"]) == (303, "/login")
    for path in ("/config", "/page/static/page.js", "/gradio_api/queue/data?session_hash=s"):
        assert guarded.get(path).status_code == 401
    assert guarded.post("/page/uploads?name=x", content=b"x").status_code == 401


def test_who_signs_in_sees_their_own(guarded: TestClient) -> None:
    with guarded:
        guarded.post("/login", data={"token": "secret"}, headers={"Origin": HERE})
        library = served(guarded, "library", {})
        assert (library["caller"], library["documents"]) == ("anna/anna", [])
        assert library["session"] is True
        guarded.cookies.clear()


def test_the_server_is_told_nothing_else(everybody: TestClient) -> None:
    wrong = served(everybody, "show", {"id": "x", "path": "/etc/passwd"})
    assert wrong == {"error": "path: Extra inputs are not permitted"}
    assert served(everybody, "show", None)["error"]
    assert "choose it again" in served(everybody, "receive", {"ids": ["../x"]})["error"]


def test_an_upload_that_is_too_large_is_refused(everybody: TestClient) -> None:
    large = b"x" * (1024 * 1024 + 1)
    assert everybody.post("/page/uploads?name=x", content=large).status_code == 413
