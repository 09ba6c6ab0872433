"""Uploads and files as queries: names that lead astray, bombs, and markup that must not run."""

from __future__ import annotations

import base64
import io
import json
import re

import httpx
import pytest
from hostile.media_bombs import media_bombs
from two_tenants import TOKENS, House, ended, uploaded

TEXT = b"# Names\nA cormorant dries its wings.\n"
SCRIPT = "<script>alert(1)</script>"
LEADING_ASTRAY = (
    "../outside.md",
    "../../../../../../outside.md",
    "/outside.md",
    "//server/share/outside.md",
    "..\\outside.md",
    "C:\\outside.md",
    "C:outside.md",
    "a/../../outside.md",
    "outside.md\x00.png",
    "out\nside.md",
    "out\x1b[2Jside.md",
    "\u202edm.edistuo.md",
    "CON.md",
    "nul",
    "COM1.md",
    "aux.tar.md",
    ".outside.md",
    "..",
    ".",
    "",
    " ",
    "outside.md.",
    "o" * 252 + ".md",
    "å" * 200 + ".md",
    "\u2044etc\u2044outside.md",
    "\uff0e\uff0e\uff0foutside.md",
    "%2e%2e%2foutside.md",
    "outside.md:stream",
    "~/outside.md",
    "$(touch outside).md",
    "`touch outside`.md",
    "|touch outside.md",
    "-rf.md",
    "http://127.0.0.1/outside.md",
    "file:///etc/passwd",
    "*.md",
)


BOMBS = ("huge.png", "long.png", "below.png")


@pytest.fixture(scope="module")
def bombs() -> dict[str, bytes]:
    """Pictures that must not be decoded, by name."""
    found: dict[str, bytes] = {}
    for case in media_bombs():
        name = case.file.name.rpartition("/")[2]
        if name in BOMBS and isinstance(case.content, bytes):
            found[name] = case.content
        if len(found) == len(BOMBS):
            break
    return found


def test_a_name_leads_to_no_other_place(house: House) -> None:
    before, kept, last = house.files(), set[str](), {}
    with house.server.client(TOKENS["ann"]) as ann:
        for name in LEADING_ASTRAY:
            form = _form("files", name, TEXT)
            reply = ann.post("/v1/documents", content=form, headers=MULTIPART)
            assert reply.status_code in (202, 400, 415), (name, reply.text)
            if reply.status_code == 202:
                last = reply.json()
                kept.update(last["files"])
        assert 5 < len(kept) < len(LEADING_ASTRAY) - 15
        ended(ann, last)
    for name in kept:
        assert not set(name) & set("/\\:\n\x00\x1b\u202e"), name
        assert name.strip(". ") == name
    made = {path.rpartition("/") for path in house.files() - before if "/segments/" not in path}
    uploads = {(folder, name) for folder, _, name in made if "uploaded/" in folder}
    assert {name for _, name in uploads} == kept
    assert len({folder for folder, _ in uploads}) == 1
    assert not [name for _, _, name in made if "outside" in name and name not in kept]


MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def _form(field: str, name: str, content: bytes) -> bytes:
    """A form with one file, whose name stands there as it is."""
    told = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'.encode()
    return b"--b\r\n" + told + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    "form",
    [
        b"--b\r\n\r\n" * 10_000,
        b"".join(_form("files", f"{n}.md", b"a")[:-7] for n in range(10_000)) + b"--b--\r\n",
        b"".join(_form("other", "", b"a")[:-7] for n in range(10_000)) + b"--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; " + b"a" * (3 << 20),
        b"--b\r\n" + b"X-Many: 1\r\n" * 200_000 + b"\r\na\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="files"; filename="' + b"a" * (3 << 20),
        b'--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n' + b"[" * (2 << 20),
        _form("files", "a.md", b"a")[:-8],
        b"--c\r\n\r\n--c--\r\n",
        b"",
        b"\x00" * 1000,
    ],
    ids="parts|files|fields|disposition|headers|name|text|cut|boundary|empty|zeros".split("|"),
)
@pytest.mark.parametrize("path", ["/v1/documents", "/v1/search", "/v1/embed/image"])
def test_a_form_that_is_a_bomb_is_refused(path: str, form: bytes, house: House) -> None:
    before = house.files()
    with house.server.client(TOKENS["ann"]) as ann:
        try:
            reply = ann.post(path, content=form, headers=MULTIPART)
        except httpx.WriteError:  # refused before all of it was sent
            reply = None
    if reply is not None:
        assert reply.status_code in (400, 413, 415, 422), reply.text[:300]
        assert len(reply.content) < 10_000
    assert {name for name in house.files() - before if "uploaded/" in name} == set()


def test_an_upload_beyond_the_limits_leaves_nothing(house: House) -> None:
    before = house.files()
    with house.server.client(TOKENS["ann"]) as ann:
        large = ann.post("/v1/documents", files={"files": ("large.md", b"a " * (4 << 20))})
        many = [("files", (f"many-{n}.md", TEXT)) for n in range(51)]
        crowd = ann.post("/v1/documents", files=many)
        program = ann.post("/v1/documents", files={"files": ("a.exe", b"MZ" + bytes(999))})
    assert (large.status_code, crowd.status_code, program.status_code) == (413, 413, 415)
    assert {name for name in house.files() - before if "uploaded/" in name} == set()


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_is_a_bomb_is_refused_at_every_door(
    name: str, bombs: dict[str, bytes], house: House
) -> None:
    bomb = bombs[name]
    address = "data:image/png;base64," + base64.b64encode(bomb).decode()
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": address}},
    ]
    with house.server.client(TOKENS["ann"]) as ann:
        replies = [
            ann.post("/v1/search", files={"image": (name, bomb, "image/png")}),
            ann.post("/v1/embed/image", files={"image": (name, bomb, "image/png")}),
            ann.post(
                "/v1/chat/completions",
                json={"model": "mmrag", "messages": [{"role": "user", "content": parts}]},
            ),
        ]
    expected = {400, 413, 415, 422}
    assert {reply.status_code for reply in replies} <= expected, [reply.text for reply in replies]


def test_a_bomb_that_is_uploaded_costs_its_own_file(bombs: dict[str, bytes], house: House) -> None:
    files = [("files", (f"bomb-{name}", bombs[name])) for name in ("huge.png", "below.png")]
    with house.server.client(TOKENS["ann"]) as ann:
        reply = ann.post("/v1/documents", files=[*files, ("files", ("bomb-good.md", TEXT))])
        if reply.status_code == 202:
            fates = {
                fate["source"].rpartition("/")[2]: fate
                for fate in ended(ann, reply.json())["fates"]
            }
            assert fates["bomb-huge.png"]["status"] in ("failed", "skipped")
            assert fates["bomb-good.md"]["status"] in ("indexed", "copied")
        else:
            assert reply.status_code in (400, 413, 415)


def test_markup_in_names_and_texts_comes_back_as_data(house: House) -> None:
    name = "marked <img src=x onerror=alert(1)>.md"
    page = f"<html><body><p>The bittern {SCRIPT} booms at dusk.</p></body></html>"
    words = f"# {SCRIPT}\nThe bittern booms at dusk, says &lt;b onclick=alert(1)&gt;.\n".encode()
    uploaded(house.server, "ann", {"marked.html": page.encode(), "marked.md": words})
    with house.server.client(TOKENS["ann"]) as ann:
        replies = [
            ann.post("/v1/documents", files={"files": (name, words)}),
            ann.get("/v1/documents"),
            ann.post("/v1/search", json={"query": f"bittern {SCRIPT}"}),
            ann.post("/v1/ask", json={"question": f"When does the bittern boom? {SCRIPT}"}),
            ann.post("/v1/ask", json={"question": "When does the bittern boom?", "stream": True}),
            ann.post("/v1/search", json={"query": SCRIPT, "k": SCRIPT}),
            ann.get(f"/v1/documents/{SCRIPT}"),
            ann.get(f"/media/{SCRIPT}"),
        ]
        ids = {d["source"]: d["id"] for d in ann.get("/v1/documents").json()["documents"]}
    for reply in replies:
        kind = reply.headers["Content-Type"].partition(";")[0]
        assert kind in ("application/json", "text/event-stream"), reply.url
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        if kind == "application/json":
            json.loads(reply.text)
    assert replies[2].json()["hits"]
    events = replies[4].text
    assert all(line.startswith(("event: ", "data: ", ":")) for line in events.splitlines() if line)
    _is_inert(house, next(id for source, id in ids.items() if source.endswith("marked.html")))


def _is_inert(house: House, id: str) -> None:
    """A page of HTML is for keeping, not for showing."""
    with house.server.client(TOKENS["ann"]) as ann:
        reply = ann.get(f"/media/{id}")
    assert reply.status_code == 200
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'.encode()),
        ("page.xhtml", f'<html xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}</html>'.encode()),
        ("page.xml", f"<a>{SCRIPT}</a>".encode()),
        ("words.txt", f"<!DOCTYPE html><html>{SCRIPT} and more words</html>".encode()),
        ("picture.png", f"<html>{SCRIPT}</html>".encode()),
        ("words.md", f"[a](javascript:alert(1)) {SCRIPT} words".encode()),
    ],
)
def test_a_file_never_comes_back_as_something_that_runs(
    name: str, content: bytes, house: House
) -> None:
    named = f"runs-{name}"
    with house.server.client(TOKENS["ann"]) as ann:
        reply = ann.post("/v1/documents", files={"files": (named, content)})
        if reply.status_code != 202:
            assert reply.status_code in (400, 415)
            return
        ended(ann, reply.json())
        listed = ann.get("/v1/documents", params={"limit": 100}).json()["documents"]
    for document in listed:
        if document["source"].endswith(named) and document["state"] == "indexed":
            _is_inert(house, document["id"])


def test_a_name_breaks_out_of_no_header(house: House) -> None:
    name = 'quoted"; filename=evil.exe; é 🦉.md'
    with house.server.client(TOKENS["ann"]) as ann:
        form = _form("files", name.replace('"', "%22"), TEXT)
        reply = ann.post("/v1/documents", content=form, headers=MULTIPART)
        assert reply.status_code == 202, reply.text
        ended(ann, reply.json())
        listed = ann.get("/v1/documents", params={"limit": 100}).json()["documents"]
        id = next(d["id"] for d in listed if "evil.exe" in d["source"])
        told = ann.get(f"/media/{id}").headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename\*=utf-8''[A-Za-z0-9%._~-]+", told), told


def test_a_recording_that_is_none_is_no_question(house: House) -> None:
    wav = io.BytesIO(b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + b"\xff" * 64)
    with house.server.client(TOKENS["ann"]) as ann:
        reply = ann.post("/v1/search", files={"audio": ("a.wav", wav, "audio/wav")})
        assert reply.status_code in (400, 413, 415, 422), reply.text
