"""Tenants of one index: the same files, and nobody sees another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag import MMRagIndex, Settings
from mmrag.config import load_settings
from mmrag.doctor import examine_index
from mmrag.errors import ConfigError

PLAIN = {"ingest.ocr": False, "ingest.asr": False}


def settings(tenant: str | None) -> Settings:
    return Settings().with_changes({**PLAIN, "index.tenant": tenant})


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """By tenant, a folder of its own with files of the same names."""
    made = {}
    for name in ("ann", "bob"):
        made[name] = tmp_path / name
        made[name].mkdir()
        (made[name] / "goats.md").write_text(f"The goats of {name} live in a shed.\n")
        (made[name] / "same.md").write_text("Both have this page about goats.\n")
    return made


def test_each_tenant_has_an_index_of_its_own(folders: dict[str, Path], tmp_path: Path) -> None:
    place = tmp_path / "index"
    sources = ["goats.md", "same.md"]
    for name, folder in folders.items():
        with MMRagIndex(place, profile="offline", settings=settings(name)) as index:
            assert index.documents() == [] and index.roots == []
            assert index.index(folder).counts == {"indexed": 2}
            assert [record.source for record in index.documents()] == sources
            assert index.path_of("goats.md") == folder / "goats.md"
    with MMRagIndex(place, settings=settings("ann")) as index:
        assert index.vector_store.engine.count() == 2 * (2 + 2) + 1, "with markers and a manifest"
        hits = index.search("goats", where={"source": "goats.md"}).hits
        assert [hit.text for hit in hits] == ["The goats of ann live in a shed."]
        assert all(hit.duplicates == () for hit in index.search("goats").hits)
        assert index.search("goats", where={"tenant": "bob"}).hits == ()
        assert index.index(folders["ann"]).counts == {"unchanged": 2}
        (folders["ann"] / "same.md").unlink()
        (folders["ann"] / "goats.md").write_text("The goats of ann have left.\n")
        assert index.index(folders["ann"]).counts == {"indexed": 1, "removed": 1}
        problems = [f for f in examine_index(index) if f.level == "problem"]
        assert problems == []
    with MMRagIndex(place, settings=settings(None)) as index:
        assert index.documents() == [] and index.roots == []
        assert index.search("goats").hits == (), "without a name one sees what is nobody's"
        assert index.index(folders["bob"] / "same.md").counts == {"indexed": 1}
        assert [hit.source for hit in index.search("goats").hits] == ["same.md"]
    with MMRagIndex(place, settings=settings("bob")) as index:
        assert [record.source for record in index.documents()] == sources


@pytest.mark.parametrize("name", ["", "   "])
def test_a_tenant_has_a_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"index\.tenant.*at least 1 character"):
        settings(name)
    monkeypatch.setenv("MMRAG_INDEX__TENANT", name)
    with pytest.raises(ConfigError, match=r"index\.tenant"):
        load_settings()


def test_the_environment_names_a_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INDEX__TENANT", "ann")
    assert load_settings().index.tenant == "ann"


def test_one_open_index_serves_every_tenant(folders: dict[str, Path], tmp_path: Path) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings(None)) as index:
        views = {name: index.for_tenant(name) for name in folders}
        for name, folder in folders.items():
            assert views[name].index(folder).counts == {"indexed": 2}
        for name, view in views.items():
            assert [root.path for root in view.roots] == [folders[name]]
            found = view.search("goats", where={"source": "goats.md"}).hits
            assert [hit.text for hit in found] == [f"The goats of {name} live in a shed."]
        assert index.documents() == [] and index.search("goats").hits == ()
        assert views["ann"].embedding is views["bob"].embedding, "models are loaded once"
        with pytest.raises(ValueError, match="at least 1 character"):
            index.for_tenant(" ")


def test_documents_are_taken_out_of_their_tenants_index_alone(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings("ann")) as ann:
        bob = ann.for_tenant("bob")
        ann.index(folders["ann"])
        bob.index(folders["bob"])
        assert ann.remove(["same.md", "nothing.md"]) == ["same.md"]
        assert [record.source for record in ann.documents()] == ["goats.md"]
        assert [record.source for record in bob.documents()] == ["goats.md", "same.md"]
        assert (folders["ann"] / "same.md").exists()
        assert ann.index(folders["ann"]).counts == {"unchanged": 1, "indexed": 1}
        assert [f for f in examine_index(ann) if f.level == "problem"] == []
