"""Metadata beside a file that changes: new fields and words, and the vectors of the file kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.schema import Node
from PIL import Image

from mmrag import MMRagIndex
from mmrag.config import Settings
from mmrag.ingest.filling import Filler
from mmrag.ingest.report import Report
from mmrag.schema import text_of
from mmrag.spaces import Encoded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    Image.new("RGB", (40, 30), "green").save(folder / "hut.png")
    describe(folder, {"title": "The hut in winter", "camera": "Leica"})
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[MMRagIndex]:
    settings = Settings.model_validate(
        {
            "profile": "offline",
            "index": {"directory": tmp_path / "index"},
            "ingest": {"ocr": False},
        }
    )
    with MMRagIndex(settings=settings) as index:
        yield index


def describe(folder: Path, fields: dict[str, object]) -> None:
    (folder / "hut.png.json").write_text(json.dumps(fields))


def statuses(report: Report) -> dict[str, str]:
    return {outcome.source: outcome.status for outcome in report.outcomes}


def test_other_fields_embed_nothing(
    index: MMRagIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(index.index(folder)) == {"hut.png": "indexed"}
    assert index.search("hut", where={"camera": "Leica"}).hits
    describe(folder, {"title": "The hut in winter", "camera": "Canon", "project": {"id": 7}})

    def encode(self: Filler, nodes: list[Node]) -> Encoded:
        raise AssertionError(f"embedded: {[text_of(node) for node in nodes]}")

    with monkeypatch.context() as patch:
        patch.setattr(Filler, "encode", encode)
        assert statuses(index.index(folder)) == {"hut.png": "updated"}
    assert not index.search("hut", where={"camera": "Leica"}).hits
    hits = index.search("hut", where={"camera": "Canon", "project.id": 7}).hits
    assert {hit.source for hit in hits} == {"hut.png"}
    assert hits[0].metadata["camera"] == "Canon"
    assert statuses(index.index(folder)) == {"hut.png": "unchanged"}


def test_other_words_are_found_and_the_picture_is_not_embedded_again(
    index: MMRagIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.index(folder)
    describe(folder, {"title": "A summer at the lake"})
    embedded: list[str] = []
    encode = Filler.encode

    def counted(self: Filler, nodes: list[Node]) -> Encoded:
        embedded.extend(map(text_of, nodes))
        return encode(self, nodes)

    monkeypatch.setattr(Filler, "encode", counted)
    assert statuses(index.index(folder)) == {"hut.png": "updated"}
    assert embedded == ["Title: A summer at the lake"]
    texts = [hit.text for hit in index.search("summer lake winter").hits]
    assert "Title: A summer at the lake" in texts
    assert not [text for text in texts if "winter" in text]


def test_metadata_that_leaves_takes_its_words_along(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    before = index.documents()[0].chunks
    (folder / "hut.png.json").unlink()
    assert statuses(index.index(folder)) == {"hut.png": "updated"}
    assert index.documents()[0].chunks == before - 1
    assert not index.search("winter", where={"camera": "Leica"}).hits
    assert statuses(index.index(folder)) == {"hut.png": "unchanged"}


def test_a_changed_picture_is_read_whatever_lies_beside_it(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    Image.new("RGB", (50, 30), "blue").save(folder / "hut.png")
    describe(folder, {"title": "Blue"})
    assert statuses(index.index(folder)) == {"hut.png": "indexed"}


def test_metadata_that_cannot_be_used_is_told_of(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    (folder / "hut.png.json").write_text('{"title": ')
    [outcome] = index.index(folder).outcomes
    assert outcome.status == "updated"
    assert outcome.notes[0].startswith("hut.png.json is not used: ")
