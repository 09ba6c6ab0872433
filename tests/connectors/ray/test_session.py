"""Room for a cluster, and addresses that lead nowhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmrag.errors import ConfigError, InputError
from mmrag_connectors.ray import engine
from mmrag_connectors.ray.session import LEAST, MOST, VARIABLES, session, store_bytes


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=size))


def test_too_little_shared_memory_is_told_and_plenty_is_not_taken_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 64 << 20)  # what a container of Docker has
    with pytest.raises(InputError, match=r"96 MB .* 64 MB are free; .* --shm-size=1g"):
        store_bytes(tmp_path)
    free(monkeypatch, 100 << 20)
    assert store_bytes(tmp_path) == LEAST
    free(monkeypatch, 1000 << 20)
    assert store_bytes(tmp_path) == 800 << 20
    free(monkeypatch, 1 << 50)
    assert store_bytes(tmp_path) <= MOST


def test_where_there_is_no_such_folder_ray_has_its_own(tmp_path: Path) -> None:
    assert LEAST <= store_bytes(tmp_path / "none") <= MOST


def test_an_address_without_a_cluster_is_told_in_one_line() -> None:
    before = {name: os.environ.get(name) for name in VARIABLES}
    with pytest.raises(InputError) as told, session("127.0.0.1"):
        pass
    assert str(told.value).startswith("no Ray cluster at 127.0.0.1: ")
    assert "\n" not in str(told.value)
    assert {name: os.environ.get(name) for name in VARIABLES} == before


def test_an_address_of_the_client_is_refused(server: object) -> None:
    settings = server.settings("a", cluster={"address": "ray://head:10001"})  # type: ignore[attr-defined]
    with pytest.raises(
        ConfigError, match=r"cluster\.address: ray://head:10001 is for Ray's client"
    ):
        engine(settings)
