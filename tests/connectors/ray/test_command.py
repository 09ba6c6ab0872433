"""`mmrag index --engine`: what cannot be is told before anything is made."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from command import Said

from mmrag import work
from mmrag.errors import MissingExtra
from mmrag_connectors.ray import session


def test_an_unknown_engine(mixed: Path, tmp_path: Path) -> None:
    said = Said("index", mixed, "--index", tmp_path / "index", "--engine", "spark").refusal
    assert said == "mmrag: no engine 'spark' to index with; there is: local, ray"


def test_a_directory_is_one_processs_own(mixed: Path, tmp_path: Path) -> None:
    place = tmp_path / "index"
    said = Said("index", mixed, "--index", place, "--engine", "ray").refusal
    assert f"an index in a directory ({place}) is one process's own" in said
    assert said.endswith("name a Qdrant server: --qdrant URL")
    assert not place.exists()


def test_ray_is_not_installed(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def require(package: str, *, extra: str, purpose: str) -> object:
        raise MissingExtra(package, extra, purpose)

    monkeypatch.setattr(session, "require", require)
    monkeypatch.setattr(
        work,
        "entry_points",
        lambda group: [EntryPoint("ray", "mmrag_connectors.ray:engine", group)],
    )
    said = Said("index", mixed, "--qdrant", "http://127.0.0.1:9", "--engine", "ray").refusal
    assert "ray is needed to index on several processes and machines" in said
    assert "pip install 'mmrag[ray]'" in said


def test_options_that_do_not_go_together(mixed: Path) -> None:
    watched = Said("index", mixed, "--engine", "ray", "--qdrant", "http://x", "--watch")
    assert (watched.code, "--watch goes with the local engine" in watched.err) == (2, True)
    alone = Said("index", mixed, "--address", "auto")
    assert (alone.code, "--address is that of another" in alone.err) == (2, True)
    idle = Said("index", "--engine", "ray", "--qdrant", "http://x", "--add-space", "ngram")
    assert (idle.code, "--engine ray needs paths" in idle.err) == (2, True)
