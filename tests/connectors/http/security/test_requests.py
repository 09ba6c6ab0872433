"""Requests that no honest client sends: odd ids and addresses, sizes that lie, no numbers."""

from __future__ import annotations

import select
from typing import Any

import httpx
import pytest
from live_server import eventually
from two_tenants import TOKENS, House, ended
from web_server import serving as web_server

EVIL = "https://evil.example"
IDS = (
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "%2fetc%2fpasswd",
    "..%5c..%5cetc%5cpasswd",
    "C:%5cWindows%5cwin.ini",
    "file:%2f%2f%2fetc%2fpasswd",
    "http:%2f%2f127.0.0.1%2f",
    "%00",
    "{id}%00.png",
    "{id}%20",
    "{id}%0d%0aX-Evil:%201",
    "{id}/../../../etc/passwd",
    "uploaded%2fkeys.html",
    "keys.html",
    "%e2%80%ae",
    "%ff%fe",
    "%ef%bc%8e%ef%bc%8e%ef%bc%8f",
    "1",
    "-1",
    "0x1",
    "%27%20OR%201=1--",
    "*",
    "a" * 5000,
    "{{%22$ne%22:1}}",
    "00000000-0000-0000-0000-000000000000",
)
OPENING = (
    "/v1/documents/{}",
    "/media/{}",
    "/media/{}/preview",
    "/media/{}/thumbnail",
    "/v1/jobs/{}",
)


def raw(house: House, head: str, body: bytes = b"", token: str = "ann") -> tuple[int, bytes]:
    """Status and response of a request that is sent as it stands, with what every request has."""
    lines = f"{head}\r\nHost: {house.server.host}:{house.server.port}\r\n"
    lines += f"Authorization: Bearer {TOKENS[token]}\r\nConnection: close\r\n\r\n"
    reply = house.server.exchange(lines.encode("latin-1") + body)
    return int(reply.split(b" ", 2)[1]) if reply else 0, reply


@pytest.mark.parametrize("path", OPENING)
def test_an_id_that_is_none_opens_nothing(path: str, house: House) -> None:
    for id in IDS:
        asked = path.format(id.format(id=house.north["id"]))
        for method in ("GET", "DELETE"):
            status, reply = raw(house, f"{method} {asked} HTTP/1.1")
            assert status in (400, 404, 405, 422), (asked, reply[:300])
            assert b"root:" not in reply, asked
            assert b"X-Evil" not in reply.partition(b"\r\n\r\n")[0]


def test_what_looks_like_a_path_or_an_address_is_never_opened(house: House) -> None:
    with web_server() as outside, house.server.client(TOKENS["ann"]) as ann:
        for value in (
            f"{outside.url}/note.md",
            "/etc/passwd",
            "../../etc/passwd",
            "file:///etc/passwd",
        ):
            named = dict.fromkeys(("path", "file", "url", "src", "source", "image", "q"), value)
            for path in (
                f"/media/{house.north['id']}",
                "/v1/documents",
                "/v1/jobs",
                "/readyz",
                "/",
            ):
                assert "root:" not in ann.get(path, params=named).text
            for path, body in (
                ("/v1/search", {"query": value}),
                ("/v1/search", {"query": "a", "image": value}),
                ("/v1/search", {"query": "a", "where": {"source": value}}),
                ("/v1/ask", {"question": value}),
                ("/v1/embed/image", {"image": value}),
                ("/v1/chat/completions", _chat([_picture(value)])),
                ("/v1/embeddings", {"model": "text", "input": value}),
            ):
                reply = ann.post(path, json=body)
                assert reply.status_code < 500, (path, reply.text)
                assert "root:x" not in reply.text
            form = {"image": (value, b"no picture", "image/png")}
            assert ann.post("/v1/search", files=form).status_code in (400, 415, 422)
        assert outside.requests == []


def _chat(content: object) -> dict[str, Any]:
    return {"model": "mmrag", "messages": [{"role": "user", "content": content}]}


def _picture(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def _inward(port: int) -> list[str]:
    """Addresses that lead to this machine, or to another that is not public."""
    hosts = (
        *("127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1"),
        *("017700000001", "localhost", "localhost.", "LOCALHOST", "[::1]", "[::]"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "user:pass@127.0.0.1"),
        *("example.org@127.0.0.1", "127。0。0。1", "169.254.169.254", "10.0.0.1"),
        *("192.168.0.1", "172.16.0.1", "100.64.0.1", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]"),
    )
    return [f"http://{host}:{port}/note.md" for host in hosts]


def test_a_fetch_leads_to_no_machine_within(house: House) -> None:
    with web_server() as outside, house.server.client(TOKENS["ann"]) as ann:
        addresses = _inward(int(outside.url.rpartition(":")[2]))
        for host in ("0177.0.0.1", "①②⑦.⓪.⓪.①"):
            bad = {"urls": [addresses[0], f"http://{host}/note.md"]}
            assert ann.post("/v1/documents/fetch", json=bad).status_code == 400
        reply = ann.post("/v1/documents/fetch", json={"urls": addresses})
        assert reply.status_code == 202, reply.text
        job = ended(ann, reply.json())
        assert outside.requests == []
    assert job["state"] == "done"
    fates = {fate["source"]: fate["status"] for fate in job["fates"]}
    assert set(fates.values()) == {"failed"}, fates
    assert len(fates) > len(addresses) // 2  # several write the same address in other ways


def test_a_fetch_knows_http_alone(house: House) -> None:
    addresses = ["file:///etc/passwd", "/etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/"]
    addresses += [
        "s3://bucket/a",
        "data:text/plain,a",
        "simplecache::http://127.0.0.1/a",
        "zip://a",
    ]
    addresses += [
        "http://",
        "http:///a",
        "http://[",
        "http://a\r\nb/",
        "http://\x00/",
        "",
        "a" * 9000,
    ]
    with house.server.client(TOKENS["ann"]) as ann:
        for address in addresses:
            assert _fetched(ann, address) == "refused", address
        listed = ann.get("/v1/documents").text
    assert "passwd" not in listed


def _fetched(client: httpx.Client, address: str) -> str:
    """What became of an address: it was refused at once or by the job, or it was indexed."""
    reply = client.post("/v1/documents/fetch", json={"urls": [address]})
    assert reply.status_code in (202, 400, 422), (address, reply.text)
    if reply.status_code != 202:
        return "refused"
    fates = [fate["status"] for fate in ended(client, reply.json())["fates"]]
    return "indexed" if "indexed" in fates else "refused"


@pytest.mark.parametrize(
    ("path", "length"),
    [
        ("/v1/search", 200 << 20),
        ("/v1/ask", 1 << 62),
        ("/v1/documents", 200 << 20),
        ("/mcp", 1 << 40),
    ],
)
def test_a_body_that_is_told_to_be_too_large_is_not_read(
    path: str, length: int, house: House
) -> None:
    head = f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}"
    status, reply = raw(house, head, b"{")
    assert status in (413, 415), reply


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/search", "application/json"),
        ("/v1/documents", "multipart/form-data; boundary=b"),
        ("/v1/chat/completions", "application/json"),
        ("/v1/embeddings", "application/json"),
        ("/mcp", "application/json"),
        ("/login", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_without_a_length_is_cut_off_where_it_gets_too_large(
    path: str, kind: str, house: House
) -> None:
    start = b"" if "multipart" not in kind else _part("files", "a.md")
    sent = 0
    with house.server.connect() as connection:
        lines = (
            f"POST {path} HTTP/1.1\r\nHost: {house.server.host}\r\nTransfer-Encoding: chunked\r\n"
        )
        lines += f"Authorization: Bearer {TOKENS['ann']}\r\nContent-Type: {kind}\r\n\r\n"
        connection.sendall(lines.encode())
        connection.sendall(b"%x\r\n%s\r\n" % (len(start), start) if start else b"")
        block = b"10000\r\n" + b" " * (1 << 16) + b"\r\n"
        try:
            while not select.select([connection], [], [], 0)[0]:  # the server has not answered
                connection.sendall(block)
                sent += 1 << 16
                assert sent < 128 << 20
            assert connection.recv(12) in (b"HTTP/1.1 413", b"HTTP/1.1 415")
        except ConnectionError:
            pass  # it has answered and closed the connection
    assert eventually(lambda: not [name for name in house.files() if "receiving/" in name])


def _part(field: str, name: str) -> bytes:
    told = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    return f"--b\r\n{told}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nContent-Length: 50",
        "Content-Length: -1",
        "Content-Length: 1e9",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip",
        "X-Long: " + "a" * (1 << 20),
        "X-Folded: a\r\n b: c\r\nbad header",
        "Content-Length: 5\r\n" + "\r\n".join(f"X-{n}: {n}" for n in range(20_000)),
    ],
)
def test_a_request_whose_size_is_told_in_two_ways_is_refused(head: str, house: House) -> None:
    status, reply = raw(
        house,
        f"POST /v1/search HTTP/1.1\r\nContent-Type: application/json\r\n{head}",
        b'0\r\n\r\nGET /v1/documents HTTP/1.1\r\n\r\n{"query": "a"}',
    )
    assert status in (0, 400, 413, 422, 431, 501), reply[:300]
    assert reply.count(b"HTTP/1.1 ") <= 1  # no second request was smuggled in


NONSENSE = (
    "[" * 100_000,
    '{"query":' * 50_000 + "1" + "}" * 50_000,
    '{"query": "a", "k": NaN}',
    '{"query": "a", "near": [Infinity, 1e999, -1e999]}',
    '{"query": "a", "k": 1' + "0" * 5000 + "}",
    '{"query": "a", "where": {"page": 1' + "0" * 400 + "}}",
    '{"query": "a", "where": {"page": 1e308}, "between_ms": [0, 1e400]}',
    '{"query": "a", "where": {"kind": "document"}}',
    '{"query": "a", "pages": [0, 99999999999999999999]}',
    '{"query": "\\ud800"}',
    '{"query": "\\u0000"}',
    '{"question": "\\u0000\\ud800"}',
    '{"query": ["a"], "question": {"a": 1}}',
    '{"query": "a", "__proto__": {"k": 1}, "__class__": 1}',
    '{"query": "' + "a" * 900_000 + '"}',
    '{"model": "mmrag", "messages": [{"role": "user", "content": "\\ud800"}]}',
    '{"model": "mmrag", "messages": ' + "[" * 9000 + "]" * 9000 + "}",
    '{"model": "mmrag", "messages": [], "temperature": NaN, "max_tokens": -1}',
    '{"model": "text", "input": ["a"], "dimensions": 1e30}',
    '{"model": "mmrag-embed-text", "input": ["\\ud800"]}',
    "null",
    '"a"',
    "",
    "\xff\xfe\x00",
)


@pytest.mark.parametrize(
    "path", ["/v1/search", "/v1/ask", "/v1/chat/completions", "/v1/embeddings"]
)
def test_a_body_that_makes_no_sense_is_told_so(path: str, house: House) -> None:
    headers = {"Content-Type": "application/json"}
    with house.server.client(TOKENS["ann"]) as ann:
        for body in NONSENSE:
            reply = ann.post(path, content=body.encode("latin-1"), headers=headers)
            assert reply.status_code < 500, (body[:99], reply.text[:300])
            assert reply.headers["Content-Type"].startswith("application/json"), body[:99]
            assert len(reply.content) < 100_000, body[:99]
            if reply.status_code >= 400:
                assert set(reply.json()["error"]) >= {"message", "type", "param", "code"}


HOSTS = (
    "Host: evil.example",
    "Host: 127.0.0.1.evil.example",
    "Host:",
    "Host: localhost@evil.example",
    "Host: evil.example:80\r\nHost: 127.0.0.1",
    "Host: localhost\\.evil",
)


@pytest.mark.parametrize("path", ["/", "/v1/documents", "/healthz", "/login", "/mcp", "/metrics"])
def test_the_server_goes_by_no_other_name(path: str, house: House) -> None:
    """A name that somebody else owns may lead here (DNS rebinding)."""
    for host in HOSTS:
        lines = f"GET {path} HTTP/1.1\r\n{host}\r\nAuthorization: Bearer {TOKENS['ann']}\r\n"
        reply = house.server.exchange(f"{lines}Connection: close\r\n\r\n".encode())
        assert int(reply.split(b" ", 2)[1]) in (400, 421), (host, reply[:200])
        assert b"keys.html" not in reply


def test_other_sites_are_not_let_read(house: House) -> None:
    with house.server.client(TOKENS["ann"]) as ann:
        for origin in (EVIL, "null", f"http://{house.server.host}:1"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            asked["Access-Control-Request-Headers"] = "authorization, content-type"
            replies = [
                ann.options("/v1/search", headers=asked),
                ann.options(f"/v1/documents/{house.north['id']}", headers=asked),
                ann.get("/v1/documents", headers={"Origin": origin}),
                ann.get(f"/media/{house.north['id']}", headers={"Origin": origin}),
                ann.get("/healthz", headers={"Origin": origin}),
            ]
            for reply in replies:
                allowed = [n for n in reply.headers if n.startswith("access-control-allow")]
                assert allowed == [], reply.url


def test_what_another_site_makes_a_browser_send_is_refused(house: House) -> None:
    session = _signed_in(house)
    ours = f"http://{house.server.host}:{house.server.port}"
    id = house.north["id"]
    with house.server.client() as browser:
        browser.cookies.update(session)
        assert browser.get(f"/media/{id}", headers={"Origin": ours}).status_code == 200
        for headers in (
            {"Origin": EVIL},
            {"Origin": "null"},
            {"Origin": ours.replace("http:", "http:").rpartition(":")[0] + ":1"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
            {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        ):
            assert browser.get(f"/media/{id}", headers=headers).status_code == 403, headers
            assert browser.post("/logout", headers=headers).status_code == 403
            assert (
                browser.post("/gradio_api/queue/join", json={}, headers=headers).status_code == 403
            )
        assert browser.get(f"/media/{id}").status_code == 200  # still signed in
        # the session is for the page alone
        assert browser.delete(f"/v1/documents/{id}").status_code == 401
        assert browser.post("/v1/search", json={"query": "a"}).status_code == 401
    with house.server.client() as other:
        signing_in = other.post("/login", data={"token": TOKENS["ann"]}, headers={"Origin": EVIL})
        assert signing_in.status_code == 403
        assert "set-cookie" not in signing_in.headers
    for _ in range(2):
        with house.server.client(TOKENS["ann"]) as ann:
            reply = ann.post("/v1/search", json={"query": "a"}, headers={"Origin": EVIL})
            assert reply.status_code == 403


def _signed_in(house: House) -> httpx.Cookies:
    with house.server.client() as client:
        reply = client.post("/login", data={"token": TOKENS["ann"]})
        assert reply.status_code in (200, 303), reply.text
        cookie = reply.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert TOKENS["ann"] not in cookie
        return client.cookies


def test_a_sign_in_leads_nowhere_else(house: House) -> None:
    with house.server.client() as client:
        for goal in (
            EVIL,
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "https:evil.example",
        ):
            for name in ("next", "to", "redirect", "url", "return"):
                given = {"token": TOKENS["ann"], name: goal}
                reply = client.post("/login", params={name: goal}, data=given)
                to = reply.headers.get("Location", "/")
                assert to.startswith("/"), to
                assert not to.startswith(("//", "/\\"))
            page = client.get("/login", params={"next": f'"><script>alert(1)</script>{goal}'})
            assert "<script>alert" not in page.text


@pytest.mark.parametrize("request_id", ["a\tb", "é" * 9, "<script>", "a" * 9000, "../x", "{}"])
def test_a_request_id_that_is_none_is_not_taken(request_id: str, house: House) -> None:
    with house.server.client() as client:
        reply = client.get("/healthz", headers={"X-Request-ID": request_id.encode("latin-1")})
    assert reply.headers["X-Request-ID"] != request_id


def test_an_unknown_address_is_told_in_json(house: House) -> None:
    with house.server.client(TOKENS["ann"]) as ann:
        for path in ("/v1/<script>alert(1)</script>", "/media/<img src=x>", "/v1/%0d%0aX: 1"):
            reply = ann.get(path)
            assert reply.status_code == 404
            assert reply.headers["Content-Type"].startswith("application/json")
            assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_ids_of_requests_that_are_made_here_differ(house: House) -> None:
    with house.server.client() as client:
        assert len({client.get("/healthz").headers["X-Request-ID"] for _ in range(3)}) == 3
