"""What suits a machine: what runs as it is, the more capable first, and nothing that is aside."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from mmrag.config import OllamaSettings
from mmrag.machine import ASIDE, Machine, Suited, best, look, suited
from mmrag.profiles import PROFILES

SMALL = Machine(
    4.0, 100.0, "cpu", ollama="no server", remedy="ollama serve", served=False, local=False
)
LARGE = replace(SMALL, memory_gb=32.0)


def rows(*ready: str) -> list[Suited]:
    return [Suited(row, fetch_mb=0 if name in ready else 900) for name, row in PROFILES.items()]


@pytest.mark.parametrize(
    ("ready", "machine", "suggested"),
    [
        (["offline"], SMALL, "offline"),
        (["offline"], LARGE, "offline"),  # what would have to be fetched is not suggested
        (["offline", "default"], LARGE, "default"),
        (["offline", "default"], SMALL, "offline"),
        (["offline", "default"], replace(SMALL, device="cuda"), "default"),
        (["ollama"], LARGE, "ollama"),
        (["offline", "ollama"], LARGE, "offline"),
        (["tiny", "imagebind"], LARGE, "offline"),
        ([], SMALL, "offline"),
    ],
)
def test_what_is_suggested(ready: list[str], machine: Machine, suggested: str) -> None:
    found = best(rows(*ready), machine)
    assert found.profile.name == suggested
    assert found.profile.name not in ASIDE


def test_this_machine(tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound and not listening: nobody answers there
        closed.bind(("127.0.0.1", 0))
        settings = OllamaSettings(url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        machine = look(tmp_path / "not" / "there", settings)
        found = {row.profile.name: row for row in suited(machine, settings)}
    assert machine.memory_gb > 1
    assert machine.free_gb > 0
    assert not machine.served
    assert "no Ollama server answers" in machine.ollama
    assert "tiny" not in found
    assert found["offline"].ready
    assert "no Ollama server answers" in found["ollama"].lacks
    assert found["ollama"].steps[0] == "ollama serve"
    assert found["offline"].steps == ()


def test_a_disk_that_is_too_full_for_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", "/nowhere")
    full = replace(LARGE, free_gb=0.1)
    found = {row.profile.name: row for row in suited(full, OllamaSettings())}
    if found["omni"].fetch_mb:  # unless its weights are on this machine
        assert "0 GB are free on the disk" in found["omni"].lacks
