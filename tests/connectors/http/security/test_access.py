"""Who is let in, to what, and that nobody sees what is somebody else's."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator

import anyio
import httpx
import httpx2
import pytest
from command import Said
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from two_tenants import SECRET, TOKENS, House, uploaded

OPEN = {"/healthz", "/readyz", "/login", "/logout"}
HIDDEN = [("get", "/metrics"), ("get", "/openapi.json"), ("post", "/mcp"), ("get", "/mcp")]
ANN, BOB, EVE = (f"Bearer {TOKENS[name]}" for name in ("ann", "bob", "eve"))


def doors(house: House) -> Iterator[tuple[str, str]]:
    """Method and path of every route but those that are open to all, and those of the page."""
    for path, methods in house.app.openapi()["paths"].items():
        if path not in OPEN:
            for method in methods:
                yield method, path.replace("{id}", house.north["id"])
    yield from HIDDEN


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer mmrag_nobody_0123456789abcdef0123456789abcdef",
        ANN[:-1],
        ANN + "0",
        ANN.upper(),
        ANN.replace("Bearer", "Basic"),
        TOKENS["ann"],
        "Basic " + base64.b64encode(f"ann:{TOKENS['ann']}".encode()).decode(),
        "Bearer é",
    ],
)
def test_no_door_opens_without_a_token(header: str | None, house: House) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    found = {}
    with house.server.client() as client:
        for method, path in doors(house):
            reply = client.request(method, path, headers=headers)
            found[method, path] = reply.status_code
            if reply.status_code == 401:
                assert reply.headers["WWW-Authenticate"].startswith("Bearer")
                assert reply.json()["error"]["type"] == "authentication_error"
                assert SECRET not in reply.text
    assert len(found) > 15
    assert set(found.values()) == {401}, found


def test_a_token_counts_in_the_header_alone(house: House) -> None:
    token = TOKENS["ann"]
    with house.server.client() as client:
        for name in ("token", "access_token", "api_key", "key", "authorization"):
            assert client.get("/v1/documents", params={name: token}).status_code == 401
        client.cookies.set("mmrag_session", token)
        assert client.get("/v1/documents").status_code == 401


def test_who_is_not_signed_in_sees_nothing_of_the_page(house: House) -> None:
    with house.server.client() as client:
        for path in (
            "/",
            "/config",
            "/gradio_api/info",
            "/gradio_api/startup-events",
            "/theme.css",
        ):
            reply = client.get(path)
            assert reply.status_code in (303, 307, 401, 404), path
            if reply.is_redirect:
                assert reply.headers["Location"].startswith("/login")
        assert client.post("/gradio_api/queue/join", json={}).status_code in (303, 401)
        upload = client.post("/gradio_api/upload", files={"files": ("a.txt", b"a")})
        assert upload.status_code in (303, 401)


def test_a_token_that_may_only_read_changes_nothing(house: House) -> None:
    id, before = house.south["id"], house.files()
    with house.server.client(TOKENS["eve"]) as eve:
        assert eve.get(f"/v1/documents/{id}").status_code == 200
        attempts = [
            eve.post("/v1/documents", files={"files": ("a.md", b"# A\nwords\n")}),
            eve.post("/v1/documents/fetch", json={"urls": ["https://example.org/a.md"]}),
            eve.delete(f"/v1/documents/{id}"),
            eve.request("DELETE", f"/v1/documents/{uuid.uuid4()}"),
        ]
        assert [reply.status_code for reply in attempts] == [403] * 4
        assert eve.get(f"/v1/documents/{id}").status_code == 200
    assert house.files() == before


def test_a_token_that_is_revoked_opens_nothing_any_more(house: House) -> None:
    index = house.folder / "index"
    made = Said("token", "add", "guest", "--tenant", "south", "--index", index)
    assert made.code == 0
    token = next(word for word in made.out.split() if word.startswith("mmrag_"))
    with house.server.client(token) as guest:
        assert guest.get(f"/v1/documents/{house.south['id']}").status_code == 200
        assert guest.get(f"/v1/documents/{house.north['id']}").status_code == 404
        assert Said("token", "revoke", "guest", "--index", index).code == 0
        assert guest.get("/v1/documents").status_code == 401
    kept = [path.read_bytes() for path in index.rglob("*") if path.is_file()]
    assert not any(token.encode() in content for content in kept)


def alike(reply: httpx.Response) -> tuple[int, object]:
    """A response without what differs from one request to the next."""
    body = reply.json()
    body["error"].pop("request_id", None)
    return reply.status_code, body


def test_what_is_somebody_elses_is_as_what_is_not_there(house: House) -> None:
    document, unknown = house.north["id"], str(uuid.uuid4())
    paths = [
        (method, path, id)
        for id in (document, house.hit)
        for method, path in (
            ("GET", "/v1/documents/{}"),
            ("DELETE", "/v1/documents/{}"),
            ("GET", "/media/{}"),
            ("GET", "/media/{}/preview"),
            ("GET", "/media/{}/thumbnail"),
            ("GET", "/media/{}/preview?size=64"),
        )
    ]
    paths += [("GET", "/v1/jobs/{}", house.job), ("GET", "/v1/jobs/{}/events", house.job)]
    with house.server.client(TOKENS["bob"]) as bob:
        for method, path, id in paths:
            theirs = alike(bob.request(method, path.format(id)))
            none = alike(bob.request(method, path.format(unknown)))
            assert theirs == none, (method, path)
            assert theirs[0] == 404
        assert bob.head(f"/media/{document}").status_code == 404
    with house.server.client(TOKENS["ann"]) as ann:
        assert ann.get(f"/media/{document}").status_code == 200
        assert ann.get(f"/v1/jobs/{house.job}").status_code == 200


def test_nothing_of_another_tenant_comes_up_however_one_asks(house: House) -> None:
    ask = {"question": f"Is it true that {SECRET}?"}
    chat = {"model": "mmrag", "messages": [{"role": "user", "content": ask["question"]}]}
    source = house.north["source"]
    with house.server.client(TOKENS["bob"]) as bob:
        replies = [
            bob.get("/v1/documents"),
            bob.get("/v1/documents", params={"prefix": source[:4]}),
            bob.get("/v1/jobs"),
            bob.get("/v1/models"),
            bob.post("/v1/search", json={"query": "keys in the north", "k": 100}),
            bob.post("/v1/search", json={"query": "keys", "where": {"source": source}}),
            bob.post("/v1/search", json={"query": "keys", "where": {"tenant": "north"}}),
            bob.post("/v1/ask", json=ask),
            bob.post("/v1/ask", json={**ask, "stream": True}),
            bob.post("/v1/ask", json={**ask, "where": {"source": source}}),
            bob.post("/v1/chat/completions", json=chat),
            bob.post("/v1/chat/completions", json={**chat, "stream": True}),
            bob.get("/metrics"),
        ]
    for reply in replies:
        assert reply.status_code == 200, (reply.url, reply.text)
        told = reply.text.replace(ask["question"], "")
        assert "boathouse" not in told, reply.url
        assert "keys.html" not in told.replace(f'"{source}"', ""), reply.url
        assert house.hit not in told


def test_nobodys_tenant_is_named_by_a_request(house: House) -> None:
    """No header, query or field takes the place of the token's tenant."""
    headers = {"X-Tenant": "north", "X-MMRAG-Tenant": "north", "X-Forwarded-User": "ann"}
    id = house.north["id"]
    with house.server.client(TOKENS["bob"]) as bob:
        assert bob.get(f"/v1/documents/{id}", headers=headers).status_code == 404
        assert bob.get(f"/v1/documents/{id}", params={"tenant": "north"}).status_code == 404
        reply = bob.post("/v1/search", json={"query": "keys", "tenant": "north"})
        assert reply.status_code == 422


def test_a_file_of_the_same_name_is_another_tenants_own(house: House) -> None:
    uploaded(house.server, "bob", {"keys.html": b"<h1>Ours</h1><p>The south has no keys.</p>"})
    with house.server.client(TOKENS["ann"]) as ann:
        assert SECRET in ann.get(f"/media/{house.north['id']}").text
    with house.server.client(TOKENS["bob"]) as bob:
        [ours] = [d for d in bob.get("/v1/documents").json()["documents"] if "keys" in d["source"]]
        assert ours["id"] != house.north["id"]
        assert "south" in bob.get(f"/media/{ours['id']}").text
        assert bob.delete(f"/v1/documents/{ours['id']}").status_code in (200, 204)
    with house.server.client(TOKENS["ann"]) as ann:
        assert ann.get(f"/media/{house.north['id']}").status_code == 200


@pytest.mark.parametrize("tool", ["get_source", "search", "list_documents"])
def test_agents_see_their_tenants_documents_alone(tool: str, house: House) -> None:
    arguments = {
        "get_source": {"id": house.hit},
        "search": {"query": SECRET},
        "list_documents": {},
    }
    told = {name: _called(house, name, tool, arguments[tool]) for name in ("ann", "bob")}
    assert "boathouse" in told["ann"] or "keys.html" in told["ann"]
    assert "boathouse" not in told["bob"].replace(SECRET, "")
    assert "keys.html" not in told["bob"]


def _called(house: House, name: str, tool: str, arguments: dict[str, object]) -> str:
    """What a tool says over MCP's streamable HTTP, to the SDK's own client."""

    async def call() -> str:
        headers = {"Authorization": f"Bearer {TOKENS[name]}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(f"{house.server.url}/mcp", http_client=http)
            async with Client(transport) as client:
                return str(await client.call_tool(tool, arguments))

    return anyio.run(call)


def test_tokens_stand_neither_in_the_log_nor_in_responses(house: House) -> None:
    with house.server.client() as client:
        for header in (BOB, BOB[:-1], f"Basic {TOKENS['bob']}"):
            for path in ("/v1/documents", f"/v1/documents/{TOKENS['bob']}", "/nothing"):
                reply = client.get(
                    f"{path}?token={TOKENS['bob']}", headers={"Authorization": header}
                )
                assert TOKENS["bob"][:-1] not in reply.text
        client.post(
            "/v1/search", json={"query": TOKENS["bob"], "k": -1}, headers={"Authorization": BOB}
        )
        client.post("/login", data={"token": TOKENS["bob"] + "x"})
        broken = json.dumps({"query": TOKENS["bob"]})[:-1]
        client.post("/v1/search", content=broken, headers={"Authorization": BOB})
    assert house.lines
    assert not [line for line in house.lines if any(t[:-1] in line for t in TOKENS.values())]
