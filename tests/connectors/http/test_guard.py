"""What other sites may lead a browser to do here: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import Doors, bearing
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from mmrag.errors import ConfigError
from mmrag_connectors.http.guard import COOKIE, Guard, is_loopback
from mmrag_connectors.http.tokens import TokenBook

FOREIGN = {"Origin": "https://evil.example"}
FETCHED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
NEIGHBOUR = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    return Doors(tmp_path, allowed_hosts=("Wiki.Example.org",))


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8642",
        "127.0.0.1:8642",
        "127.9.9.9",
        "[::1]:8642",
        "LOCALHOST.",
        "a.localhost",
        "192.168.1.5:8642",
        "wiki.example.org:443",
        "wiki.example.org.",
    ],
)
def test_names_of_this_server(doors: Doors, host: str) -> None:
    assert doors.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8642",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example#localhost",
        "me@evil.example",
        "wiki.example.org.evil.example",
        "notlocalhost",
        "[::1",
        "",
    ],
)
def test_other_names_are_refused(doors: Doors, host: str) -> None:
    for path in ("/healthz", "/v1/who", "/login", "/nowhere"):
        assert doors.code("GET", path, headers={"Host": host}) == (421, "foreign_host")


def test_the_name_that_a_server_is_bound_to_is_its_own(tmp_path: Path) -> None:
    doors = Doors(tmp_path, host="box.lan")
    assert doors.get("/healthz", headers={"Host": "box.lan:8642"}).status_code == 200


@settings(max_examples=50)
@given(labels=st.lists(st.sampled_from(["localhost", "127", "0", "1", "::1", "-", "@", "#", "a"])))
def test_no_name_of_a_domain_is_taken_for_ours(labels: list[str]) -> None:
    guard = Guard(_nothing, hosts=["127.0.0.1"], origins=())
    problem = guard._problem("GET", Headers({"host": ".".join([*labels, "example"])}))
    assert problem is not None
    assert problem.status == 421


@pytest.mark.parametrize(
    "headers",
    [
        FOREIGN,
        FETCHED,
        NEIGHBOUR,
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://["},
    ],
)
def test_other_sites_change_nothing_here(doors: Doors, headers: dict[str, str]) -> None:
    assert doors.code("POST", "/v1/who", headers=headers) == (403, "foreign_origin")
    assert doors.code("DELETE", "/v1/who", headers=headers) == (403, "foreign_origin")
    # what they get they cannot read, and cannot show either
    response = doors.get("/v1/who", headers=headers)
    assert "access-control-allow-origin" not in response.headers
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_the_page_itself_and_programs_may(doors: Doors) -> None:
    ours = {"Origin": "http://127.0.0.1:8642", "Sec-Fetch-Site": "same-origin"}
    for headers in ({}, ours, {"Origin": "https://127.0.0.1:8642"}, {"Sec-Fetch-Site": "none"}):
        assert doors.post("/v1/who", headers=headers).json() == "anybody"


def test_a_session_is_of_no_use_to_other_sites(doors: Doors, tmp_path: Path) -> None:
    token = TokenBook((), tmp_path / "tokens.json").add("alice")
    doors.post("/login", data={"token": token})
    assert doors.get("/media/-/who").status_code == 200
    assert COOKIE in doors.cookies
    for headers in (FOREIGN, FETCHED, NEIGHBOUR):
        assert doors.code("GET", "/media/-/who", headers=headers) == (403, "foreign_origin")
    followed = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}
    assert doors.get("/media/-/who", headers=followed).status_code == 200
    assert doors.code("POST", "/who", headers=followed) == (403, "foreign_origin")


def test_cors_is_closed_until_a_site_is_named(doors: Doors, tmp_path: Path) -> None:
    origin = "https://wiki.example"
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in doors.options("/v1/who", headers=asked).headers
    opened = Doors(tmp_path / "other", cors_origins=(origin,))
    token = TokenBook((), tmp_path / "other" / "tokens.json").add("alice")
    before = opened.options("/v1/who", headers=asked)
    assert before.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-credentials" not in before.headers
    response = opened.post("/v1/who", headers={"Origin": origin, **bearing(token)})
    assert (response.json(), response.headers["access-control-allow-origin"]) == ("alice", origin)
    # a page may read why it was refused
    refused = opened.post("/v1/who", headers={"Origin": origin})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, origin)
    assert opened.code("POST", "/v1/who", headers=FOREIGN) == (403, "foreign_origin")
    opened.post("/login", data={"token": token})
    assert opened.code("GET", "/media/-/who", headers={"Origin": origin}) == (403, "foreign_origin")


@pytest.mark.parametrize(
    "origin", ["*", "wiki.example", "https://wiki.example/", "https://*.example"]
)
def test_origins_are_named_whole(tmp_path: Path, origin: str) -> None:
    with pytest.raises(ConfigError, match="cors_origins"):
        Doors(tmp_path, cors_origins=(origin,))


def test_responses_keep_browsers_from_harm(doors: Doors) -> None:
    for path in ("/v1/who", "/nowhere", "/healthz"):
        headers = doors.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert doors.get("/v1/who").headers["cache-control"] == "no-store"
    assert "cache-control" not in doors.get("/who").headers


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        *((ours, True) for ours in ("localhost", "127.0.0.1", "::1", "[::1]")),
        *(
            (other, False)
            for other in ("0.0.0.0", "::", "10.0.0.1", "box.lan", "localhost.example")
        ),
    ],
)
def test_which_addresses_are_of_this_machine_alone(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


async def _nothing(*_: object) -> None:
    raise AssertionError("nobody comes here")
