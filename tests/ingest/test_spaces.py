"""The space of trigrams: filled with recognised text at once or later, from files that are real."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from mmrag import MMRagIndex
from mmrag.errors import InputError
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, DenseSpace, HasVector, SparseSpace

HELD = All((CHUNKS, HasVector("ngram")))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A poster in which OCR reads a name as it is misprinted, and two notes."""
    folder = tmp_path / "files"
    folder.mkdir()
    poster = Image.new("L", (560, 90), 235)
    font = ImageFont.load_default(28)
    ImageDraw.Draw(poster).text((20, 25), "Marit Haugsetb repaired it", font=font, fill=20)
    poster.save(folder / "poster.png")
    (folder / "crane.md").write_text("Someone repaired the crane in the harbour.")
    (folder / "people.md").write_text("Trelawny repaired the mill.")
    return folder


def test_a_misread_name_is_found_in_a_new_index(files: Path, tmp_path: Path) -> None:
    with MMRagIndex(tmp_path / "index") as index:
        index.index(files)
        engine = index.vector_store.engine
        assert engine.count(HELD) == 1  # notes are spelt as they are
        best = index.search("What did the famous Haugseth repair?").hits[0]
        assert best.source == "poster.png"
        assert best.channels["ngram"].rank == 1
        known = index.search("What did Trelawny repair?").hits
        assert known[0].source == "people.md"
        assert all("ngram" not in hit.channels for hit in known)


def test_an_index_without_it_works_and_gets_it_on_demand(files: Path, tmp_path: Path) -> None:
    place = tmp_path / "index"
    EdgeEngine.create(place, [DenseSpace("text", 384), SparseSpace("bm25")]).close()
    with MMRagIndex(place, profile="offline") as index:  # a named profile does not ask for it
        index.index(files)
        assert "ngram" not in index.vector_store.engine.spaces
        assert all("ngram" not in hit.channels for hit in index.search("Haugseth").hits)
        with pytest.raises(InputError, match="takes no model, found clip"):
            index.add_space("ngram", model="clip")
        assert index.add_space("ngram").filled == 1
        assert index.add_space("ngram").filled == 0
        assert index.search("Haugseth").hits[0].channels["ngram"].rank == 1
    with MMRagIndex(place) as again:
        assert [row.space for row in again.manifest.spaces] == ["text", "bm25", "ngram"]
        (files / "poster.png").unlink()
        again.index(files)
        assert again.vector_store.engine.count(HELD) == 0
