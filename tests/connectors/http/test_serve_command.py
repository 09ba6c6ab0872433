"""`mmrag serve` as a process: it starts, answers, stops when asked, and lets go of its index."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command import Said
from doors import bearing

from mmrag import MMRagIndex

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-c", "from mmrag.cli import main; main()", "serve")
OFFLINE = ("--profile", "offline", "--no-page", "--no-mcp", "--port", "0")


@contextmanager
def serving(directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command, which is killed if it is still there at the end."""
    process = subprocess.Popen(
        [*COMMAND, "--index", str(directory), *options],
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'connectors'}",
            "MMRAG_INGEST__WORKERS": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    """Where the server is, once it says so."""
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("serving "), process.communicate()
    return said.split(" at ")[1].split()[0]


def test_it_serves_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    directory = tmp_path / "index"
    token = Said("token", "add", "alice", "--index", directory).out.strip()
    with serving(directory, *OFFLINE, "--host", "0.0.0.0") as process:
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
        assert "Traceback" not in process.stderr.read()
    with MMRagIndex(directory) as index:  # which nobody holds any more
        assert index.documents() == []


def test_ctrl_c_ends_it_while_the_index_is_being_opened(tmp_path: Path) -> None:
    with serving(tmp_path / "index", *OFFLINE[:-1], str(port := free_port())) as process:
        url = f"http://127.0.0.1:{port}/healthz"
        while process.poll() is None and not answers(url):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


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


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refusal = Said("serve", "--index", tmp_path / "index").refusal
    assert "pip install 'mmrag[serve]'" in refusal


def test_an_index_that_cannot_be_opened_ends_it_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("not an index")
    with serving(tmp_path, *OFFLINE) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "is not an mmrag index and not empty" in err.splitlines()[-1]
