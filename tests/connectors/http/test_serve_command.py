"""`mmrag serve` as a process: it starts, answers, stops when asked, and lets go of its index."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
from command import Said
from doors import bearing
from waiting import mortal

from mmrag import MMRagIndex

ROOT = Path(__file__).parents[3]
COMMAND = "from mmrag.cli import main; main()"
OFFLINE = ("--profile", "offline", "--no-page", "--no-mcp", "--port", "0")


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A command, which is killed if it is still there at the end."""
    paths = f"{ROOT}:{ROOT / 'connectors'}"
    process = subprocess.Popen(
        [sys.executable, "-c", *command],
        env={**os.environ, "PYTHONPATH": paths, "MMRAG_INGEST__WORKERS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with mortal(process):
            yield process
    finally:
        process.kill()
        process.communicate(timeout=60)


def serving(directory: Path, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return running(COMMAND, "serve", "--index", str(directory), *OFFLINE, *options)


def address(process: subprocess.Popen[str]) -> str:
    """Where the server is, once it says so."""
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("serving "), process.communicate()
    return said.split(" at ")[1].split()[0]


def test_it_serves_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    directory = tmp_path / "index"
    token = Said("token", "add", "alice", "--index", directory).out.strip()
    with serving(directory, "--host", "0.0.0.0") as process:
        port = int(address(process).rpartition(":")[2])
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/readyz").json() == {"status": "ready", "reason": ""}
            assert client.get("/metrics").status_code == 401
            assert client.get("/metrics", headers=bearing(token)).status_code == 200
            assert "'alice' already" in Said("token", "add", "alice", "--index", directory).refusal
            Said("token", "revoke", "alice", "--index", directory)
            assert client.get("/metrics", headers=bearing(token)).status_code == 401
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert process.stderr is not None
        err = process.stderr.read()
        assert "Traceback" not in err
        assert f"there was no index at {directory}: an empty one was made\n" in err
    with MMRagIndex(directory) as index:  # which nobody holds any more
        assert index.documents() == []


# The command's own server over an index that takes no time to open, or never is open.
SERVER = """
import asyncio, sys
from pathlib import Path
from fastapi.responses import StreamingResponse
from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http import app, serving

class Index(ThreadedIndex):
    ready = sys.argv[1] == "open"
    async def start(self):
        print("opening", flush=True)
        await asyncio.Event().wait()
    async def close(self):
        print("closed", flush=True)

async def forever():
    yield "first"
    await asyncio.Event().wait()

made = app.create_app
def create_app(hosted, settings):
    app = made(hosted, settings)
    app.get("/v1/forever")(lambda: StreamingResponse(forever()))
    return app

serving.create_app, serving.STOP_S = create_app, 1
changes = {"index.directory": Path(sys.argv[2]), "serve.port": 0}
settings = Settings().with_changes({**changes, "serve.page": False, "serve.mcp": False})
sys.exit(serving.serve(Index(settings), settings, lambda said: print(said, flush=True)))
"""


def test_ctrl_c_ends_it_while_the_index_is_being_opened(tmp_path: Path) -> None:
    with running(SERVER, "shut", str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "opening\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "closed\n", "")


def test_a_stream_that_does_not_end_does_not_keep_it(tmp_path: Path) -> None:
    with running(SERVER, "open", str(tmp_path)) as process:
        with httpx.stream("GET", f"{address(process)}/v1/forever", timeout=60) as response:
            pieces = response.iter_raw()
            assert next(pieces) == b"first"
            process.send_signal(signal.SIGTERM)
            with pytest.raises(httpx.RemoteProtocolError):
                next(pieces)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    told = [line for line in map(json.loads, err.splitlines()) if line["message"] == "request"]
    assert [(line["route"], line["status"], line["whole"]) for line in told] == [
        ("/v1/forever", 200, False)
    ]


def test_it_is_not_opened_to_everybody(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "10.0.0.1", "box.lan"):
        refusal = Said("serve", "--index", tmp_path / "index", "--host", host).refusal
        assert host in refusal
        assert "mmrag token add" in refusal
    assert not (tmp_path / "index").exists()


def test_an_address_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        refusal = Said("serve", "--index", tmp_path / "index", "--port", port).refusal
    assert f"port {port}" in refusal
    assert "--port" in refusal
    assert not (tmp_path / "index").exists()


def test_a_folder_that_is_not_there_is_no_place_for_an_index(tmp_path: Path) -> None:
    mistyped = tmp_path / "archvie" / "index"
    refusal = Said("serve", "--index", mistyped).refusal
    assert f"no index at {mistyped}, and no folder {mistyped.parent}" in refusal
    assert not mistyped.parent.exists()


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refusal = Said("serve", "--index", tmp_path / "index").refusal
    assert "pip install 'mmrag[serve]'" in refusal


def test_an_index_that_cannot_be_opened_ends_it_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("not an index")
    with serving(tmp_path) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "is not an mmrag index and not empty" in err.splitlines()[-1]
