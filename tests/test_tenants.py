"""Tenants of one index: the same files, and nobody sees another's."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.schema import TextNode
from standins.qdrant_rest import qdrant_rest

from mmrag import MMRagIndex, Settings
from mmrag.config import load_settings
from mmrag.doctor import examine_index
from mmrag.errors import ConfigError
from mmrag.ingest.belongings import owned_at

PLAIN = {"ingest.ocr": False, "ingest.asr": False}


def settings(tenant: str | None, url: str | None = None) -> Settings:
    return Settings().with_changes({**PLAIN, "index.tenant": tenant, "index.qdrant_url": url})


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


@pytest.fixture(params=["directory", "stand-in for a server"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MMRagIndex]:
    """One index for all, as nobody has it."""
    if request.param == "directory":
        with MMRagIndex(tmp_path / "index", profile="offline", settings=settings(None)) as index:
            yield index
        return
    request.getfixturevalue("monkeypatch").setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with qdrant_rest() as running, MMRagIndex(settings=settings(None, running.url)) as index:
        yield index


def test_all_of_a_tenant_goes_and_nothing_of_others(
    shared: MMRagIndex, folders: dict[str, Path], tmp_path: Path
) -> None:
    packed = tmp_path / "packed" / "old.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hens.md", "The hens are in the loft.\n")
    (folders["ann"] / "broken.pdf").write_bytes(b"%PDF-1.7 cut off")
    views = {name: shared.for_tenant(name) for name in folders}
    for name, view in views.items():
        view.index([folders[name], packed])
        uploaded = owned_at(view.settings.index, "uploads") / "uploads" / "letter.md"
        uploaded.parent.mkdir(parents=True)
        uploaded.write_text("A letter.\n")
        view.index(uploaded.parent)
        node = TextNode(text="A note of theirs.", metadata={"tenant": name, "kind": "note"})
        node.embedding = [0.1] * 384
        view.vector_store.add([node])
    shared.index(folders["bob"] / "same.md")
    before = [r.source for r in views["bob"].documents()]
    engine, ann = shared.vector_store.engine, views["ann"]
    theirs = engine.facet("tenant")

    gone = ann.remove_all()
    assert gone == [
        "broken.pdf",
        "goats.md",
        "packed:old.zip/hens.md",
        "same.md",
        "uploads:letter.md",
    ]
    assert ann.documents() == ann.failures() == ann.roots == []
    assert engine.facet("tenant") == {"bob": theirs["bob"]}
    assert not any(owned_at(ann.settings.index, what).exists() for what in ("spool", "uploads"))
    assert sorted(path.name for path in folders["ann"].iterdir()) == [
        "broken.pdf",
        "goats.md",
        "same.md",
    ]
    bob = views["bob"]
    assert [r.source for r in bob.documents()] == before
    assert all(path and path.exists() for path in map(bob.path_of, before)), "spool and uploads too"
    assert [r.source for r in shared.documents()] == ["same.md"]
    assert [f for f in examine_index(shared) if f.level == "problem"] == []

    assert shared.remove_all() == ["same.md"]
    assert [r.source for r in bob.documents()] == before
    assert shared.remove_all() == []
    assert bob.search("hens").hits
    assert ann.index(folders["ann"] / "goats.md").counts == {"indexed": 1}


def test_what_another_process_took_out_stays_out(folders: dict[str, Path]) -> None:
    with qdrant_rest() as running, MMRagIndex(settings=settings("ann", running.url)) as serving:
        serving.index(folders["ann"])
        with MMRagIndex(settings=settings("ann", running.url)) as removing:
            removing.for_tenant("bob").index(folders["bob"])
            assert removing.remove_all() == ["goats.md", "same.md"]
        other = folders["ann"].parent / "other"
        other.mkdir()
        (other / "hens.md").write_text("The hens are in the loft.\n")
        serving.index(other)
        with MMRagIndex(settings=settings("ann", running.url)) as fresh:
            assert [root.path for root in fresh.roots] == [other]
            assert [r.source for r in fresh.documents()] == ["hens.md"]
            assert [root.path for root in fresh.for_tenant("bob").roots] == [folders["bob"]]
