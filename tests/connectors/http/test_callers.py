"""Who comes in: with a token, with a session of the page, or anybody where nobody has a token."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import Doors, bearing

from mmrag.config import TokenSettings
from mmrag_connectors.http.guard import COOKIE
from mmrag_connectors.http.sessions import LASTS_S, MOST, Sessions
from mmrag_connectors.http.tokens import TokenBook, digest_of


@pytest.fixture
def book(tmp_path: Path) -> TokenBook:
    return TokenBook((), tmp_path / "index" / "tokens.json")


@pytest.fixture
def doors(tmp_path: Path, book: TokenBook) -> Doors:
    return Doors(book.file.parent)


def test_without_tokens_anybody_may_do_everything(doors: Doors) -> None:
    assert doors.get("/v1/who").json() == ["anybody", None]
    assert doors.post("/v1/who", headers=bearing("sk-made-up")).json() == "anybody"
    assert doors.get("/login").headers["location"] == "/"


def test_a_token_is_needed_once_there_is_one_and_still_when_the_last_is_gone(
    doors: Doors, book: TokenBook
) -> None:
    assert doors.get("/v1/who").status_code == 200
    token = book.add("alice", tenant="acme")
    response = doors.get("/v1/who")
    assert response.headers["www-authenticate"] == 'Bearer realm="mmrag"'
    assert doors.code("GET", "/v1/who") == (401, "no_token")
    assert doors.get("/v1/who", headers=bearing(token)).json() == ["alice", "acme"]
    book.revoke("alice")
    assert doors.code("GET", "/v1/who", headers=bearing(token)) == (401, "invalid_token")
    assert doors.code("GET", "/v1/who") == (401, "no_token")


def test_a_server_for_other_machines_is_closed_even_without_tokens(tmp_path: Path) -> None:
    doors = Doors(tmp_path, host="0.0.0.0")
    assert doors.code("GET", "/v1/who") == (401, "no_token")
    assert doors.get("/healthz").json() == {"status": "ok"}


def test_tokens_of_the_settings_come_in(tmp_path: Path) -> None:
    entry = TokenSettings(name="ops", sha256=digest_of("chosen"))
    doors = Doors(tmp_path, tokens=(entry.model_dump(),))
    assert doors.get("/v1/who", headers=bearing("chosen")).json() == ["ops", None]


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer mmrag_no", "Basic bWU6bWU=", "{token}", "Bearer {token}x"],
)
def test_what_is_no_token_is_refused_everywhere(doors: Doors, book: TokenBook, header: str) -> None:
    headers = {"Authorization": header.format(token=book.add("alice"))}
    for path in ("/v1/who", "/media/-/who", "/who", "/metrics", "/openapi.json", "/nowhere"):
        assert doors.code("GET", path, headers=headers) == (401, "invalid_token")


def test_a_token_that_reads_does_not_write(doors: Doors, book: TokenBook) -> None:
    token = book.add("eve", write=False)
    assert doors.get("/v1/who", headers=bearing(token)).json() == ["eve", None]
    assert doors.code("POST", "/v1/who", headers=bearing(token)) == (403, "read_only")


def test_a_session_opens_the_page_and_media_and_no_more(doors: Doors, book: TokenBook) -> None:
    token = book.add("alice")
    visit = doors.get("/", headers={"Accept": "text/html"})
    assert (visit.status_code, visit.headers["location"]) == (303, "/login")
    assert 'name="token"' in doors.get("/login").text
    wrong = doors.post("/login", data={"token": "no"})
    assert (wrong.status_code, "not known" in wrong.text) == (401, True)
    assert COOKIE not in doors.cookies
    signed = doors.post("/login", data={"token": f" {token}\n"})
    assert (signed.status_code, signed.headers["location"]) == (303, "/")
    cookie = signed.headers["set-cookie"]
    assert token not in cookie
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert doors.get("/media/-/who").json() == doors.get("/who").json() == ["alice", None]
    assert doors.post("/who").json() == "alice"
    assert doors.code("POST", "/media/-/who") == (401, "no_token")
    assert doors.code("GET", "/v1/who") == (401, "no_token")
    assert doors.code("GET", "/metrics") == (401, "no_token")


def test_a_session_ends_with_its_token_and_when_signed_out(doors: Doors, book: TokenBook) -> None:
    book.add("other")
    token = book.add("alice")
    doors.post("/login", data={"token": token})
    kept = doors.cookies[COOKIE]
    assert doors.get("/who").status_code == 200
    out = doors.post("/logout")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert COOKIE not in doors.cookies
    assert doors.get("/who", headers={"Cookie": f"{COOKIE}={kept}"}).status_code == 401
    doors.post("/login", data={"token": token})
    book.revoke("alice")
    assert doors.get("/who").status_code == 401


def test_over_tls_the_cookie_stays_there(doors: Doors, book: TokenBook) -> None:
    token = book.add("alice")
    signed = doors.post("https://127.0.0.1:8642/login", data={"token": token})
    assert "Secure" in signed.headers["set-cookie"].split("; ")


def test_tokens_that_cannot_be_read_let_nobody_in(doors: Doors, book: TokenBook) -> None:
    token = book.add("alice")
    book.file.write_text("{")
    assert doors.code("GET", "/v1/who", headers=bearing(token)) == (503, "unavailable")
    assert str(book.file) not in doors.get("/v1/who").text


def test_sessions_end_in_time_and_do_not_pile_up() -> None:
    now = 0.0
    sessions = Sessions(clock=lambda: now)
    first = sessions.open("a")
    assert sessions.digest(first) == "a"
    now = LASTS_S - 1
    assert sessions.digest(first) == "a"
    now = LASTS_S
    assert sessions.digest(first) is None
    ids = [sessions.open(str(number)) for number in range(MOST + 1)]
    assert [sessions.digest(id) for id in (ids[0], ids[1], ids[-1])] == [None, "1", str(MOST)]
    assert sessions.digest("") is None
