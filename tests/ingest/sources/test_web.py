"""Files from a real web server on this machine, and what must not be fetched."""

from __future__ import annotations

import pickle
import socket
import ssl
import threading
import tracemalloc
from pathlib import Path

import httpx
import pytest
from waiting import join
from web_server import NOTE, WebServer

from mmrag.errors import CorruptFile, InputError, LimitExceeded, LoadError
from mmrag.ingest.sources.found import Found, Refused
from mmrag.ingest.sources.spool import Terms
from mmrag.ingest.sources.web import CheckedTransport, WebFile

HERE = Terms(allow_private=True)


def look(url: str, terms: Terms = HERE) -> Found:
    return WebFile.of(url, terms).look()


def why_not(url: str, terms: Terms = HERE) -> LoadError:
    origin = look(url, terms).origin
    assert isinstance(origin, Refused)
    return origin.error


def fetched(url: str, to: Path, terms: Terms = HERE) -> bytes:
    origin = look(url, terms).origin
    assert origin is not None
    pickle.loads(pickle.dumps(origin)).fetch(to)
    return to.read_bytes()


def test_looking_costs_no_content_and_tells_versions_apart(web: WebServer, tmp_path: Path) -> None:
    first, again = look(f"{web.url}/note.md"), look(f"{web.url}/note.md")
    assert (first.name, first.size, first.at_once) == ("note.md", len(NOTE), False)
    assert first == again
    assert web.asked("GET") == []
    web.etag = '"two"'
    assert look(f"{web.url}/note.md").mtime_ns != first.mtime_ns
    to = tmp_path / "deep" / "note.md"
    assert fetched(f"{web.url}/note.md", to) == NOTE
    assert to.stat().st_mtime_ns == look(f"{web.url}/note.md").mtime_ns
    assert [file.name for file in to.parent.iterdir()] == ["note.md"]


def test_a_server_without_head_or_versions_is_asked_for_the_file(web: WebServer) -> None:
    for path in ("/nohead.md", "/plain.md"):
        found = look(web.url + path)
        assert (found.size, found.at_once) == (len(NOTE), True)


def test_names_come_from_the_path_and_the_kind(web: WebServer) -> None:
    assert look(f"{web.url}/export").name == "export.csv"
    one, two = look(f"{web.url}/export?token=s3cret").name, look(f"{web.url}/export?id=2").name
    assert one != two and one.endswith(".csv") and "s3cret" not in one
    for path, name in (
        ("/", "index"),
        ("/a/b/", "a/b/index"),
        ("/Caf%C3%A9.md", "Café.md"),
        ("/a%2F%2e%2e/x.md", "a%2F%2e%2e/x.md"),
        ("/r.tar.gz?v=1", "r~a798de8e.tar.gz"),
        ("/x%0A.md", "x%0A.md"),
    ):
        assert look(web.url + path).name == name, path


def test_what_the_server_refuses_is_told(web: WebServer) -> None:
    assert why_not(f"{web.url}/gone.md").reason == "the server answers 404 Not Found"
    assert "cannot be fetched" in why_not("http://127.0.0.1:1/a.md").reason


def test_no_proxy_is_asked(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert look(f"{web.url}/note.md").size == len(NOTE)


def test_credentials_are_sent_and_never_shown(web: WebServer, tmp_path: Path) -> None:
    url = web.url.replace("//", "//ann:goat@")
    assert fetched(f"{url}/secret.md", tmp_path / "s.md") == NOTE
    file = WebFile.of(f"{url}/secret.md?token=t0ken", HERE)
    assert "goat" not in f"{file!r} {file.url} {file.root} {file.shown}"
    assert "t0ken" not in file.shown
    wrong = why_not(f"{url.replace('goat', 'g0at')}/secret.md")
    assert "401" in wrong.reason and "g0at" not in str(wrong)
    for bad in ("http://ann:goat@", "http://ann:goat@host:port/x"):
        with pytest.raises(InputError, match="no web address") as raised:
            WebFile.of(bad, HERE)
        assert "goat" not in str(raised.value)


def test_private_addresses_are_refused_unless_allowed(web: WebServer) -> None:
    error = why_not(f"{web.url}/note.md", Terms())
    assert error.reason.startswith("127.0.0.1 is no address of the public internet")
    assert web.requests == []


def client(transport: httpx.BaseTransport) -> httpx.Client:
    return httpx.Client(transport=transport, follow_redirects=True, max_redirects=5)


def test_each_redirect_is_checked(web: WebServer, tmp_path: Path) -> None:
    assert fetched(f"{web.url}/go?/note.md", tmp_path / "n.md") == NOTE
    elsewhere = f"http://127.0.0.2:{httpx.URL(web.url).port}/note.md"
    # 127.0.0.1 stands for a public server here; 127.0.0.2 is the same machine
    with client(CheckedTransport(allowed="127.0.0.1".__eq__)) as only_here:
        assert only_here.get(f"{web.url}/go?/note.md").content == NOTE
        with pytest.raises(LoadError, match=r"127\.0\.0\.2 is no address of the public"):
            only_here.get(f"{web.url}/go?{elsewhere}")
    assert web.asked("GET")[-1].startswith("/go?")


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("/go?" * 5 + "/note.md", "redirects"),
        ("file:///etc/passwd", "file://"),
        ("ftp://127.0.0.1/x", "ftp://"),
        ("gopher://x", "gopher://"),
    ],
)
def test_redirects_end_and_stay_on_the_web(web: WebServer, to: str, reason: str) -> None:
    assert reason in why_not(f"{web.url}/go?{to}").reason
    assert look(f"{web.url}{'/go?' * 5}/note.md").size == len(NOTE)


def test_a_name_that_changes_its_address_leads_nowhere_else(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # DNS rebinding: the first answer is checked, a second one would lead elsewhere
    answers = iter(["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    asked: list[object] = []
    real = socket.getaddrinfo

    def lookup(host: object, *rest: object, **named: object) -> object:
        asked.append(host)
        return real(host, *rest, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    transport = CheckedTransport(
        allowed="127.0.0.1".__eq__, resolver=lambda host, port: [next(answers)]
    )
    port = httpx.URL(web.url).port
    with client(transport) as rebound:
        assert rebound.get(f"http://rebind.example:{port}/note.md").content == NOTE
        with pytest.raises(LoadError, match=r"rebind\.example is at 127\.0\.0\.2, which is no"):
            rebound.get(f"http://rebind.example:{port}/note.md")
    assert set(asked) <= {"127.0.0.1"}
    assert web.requests[-1][2] == f"rebind.example:{port}"


def test_the_certificate_is_asked_for_by_name() -> None:
    heard: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate: it hears the name only
    context.sni_callback = lambda connection, name, _: heard.append(name)  # type: ignore[assignment]
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def serve() -> None:
            connection, _ = server.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        transport = CheckedTransport(
            allowed=lambda address: True, resolver=lambda host, port: ["127.0.0.1"]
        )
        with client(transport) as secure, pytest.raises(httpx.ConnectError):
            secure.get(f"https://pinned.example:{server.getsockname()[1]}/")
        join(thread)
    assert heard == ["pinned.example"]


def test_the_next_address_is_tried_when_one_does_not_answer(web: WebServer) -> None:
    transport = CheckedTransport(
        allowed=lambda address: True, resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"]
    )
    with client(transport) as patient:
        port = httpx.URL(web.url).port
        assert patient.get(f"http://two.example:{port}/note.md").content == NOTE


def test_content_is_limited_as_it_comes(web: WebServer, tmp_path: Path) -> None:
    to, megabyte = tmp_path / "x.md", Terms(most=1 << 20, allow_private=True)
    with pytest.raises(LimitExceeded, match="has more than 1048576 bytes"):
        fetched(f"{web.url}/endless.md", to, megabyte)
    tracemalloc.start()
    with pytest.raises(LimitExceeded, match="has more than 1048576 bytes"):
        fetched(f"{web.url}/bomb.md", to, megabyte)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20
    with pytest.raises(LoadError, match="takes more than 0 s"):
        fetched(f"{web.url}/note.md", to, Terms(seconds=0, allow_private=True))
    assert list(tmp_path.iterdir()) == []
    announced = why_not(f"{web.url}/note.md", Terms(most=10, allow_private=True))
    assert announced.reason == f"has {len(NOTE)} bytes, more than the 10 that are fetched"


def test_broken_content_leaves_the_last_good_file(web: WebServer, tmp_path: Path) -> None:
    to = tmp_path / "x.md"
    assert fetched(f"{web.url}/packed.md", to) == NOTE
    with pytest.raises(CorruptFile, match="ends in the middle of its gzip encoding"):
        fetched(f"{web.url}/cut.md", to)
    with pytest.raises(LoadError, match="comes encoded as 'br'"):
        fetched(f"{web.url}/brotli.md", to)
    with pytest.raises(LoadError, match="cannot be fetched"):
        fetched(f"{web.url}/short.md", to)
    assert to.read_bytes() == NOTE
    assert list(tmp_path.iterdir()) == [to]
