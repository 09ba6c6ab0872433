"""Descriptions beside pictures and recordings, and what read_file makes of all sidecars."""

from __future__ import annotations

from pathlib import Path

import pytest
from llama_index.core.schema import Node
from PIL import Image

from mmrag.loaders.descriptions import LARGEST
from mmrag.loaders.registry import read_file
from mmrag.loaders.sidecars import find_sidecars
from mmrag.schema import NOTE, SIDECAR, SUBTITLES, VIA, text_of
from mmrag.spaces import shows


def read(folder: Path, name: str, **beside: bytes) -> list[Node]:
    """The nodes of a picture with files beside it, by suffix."""
    Image.new("RGB", (8, 8)).save(folder / name, "JPEG")
    for suffix, data in beside.items():
        (folder / f"{name}.{suffix}").write_bytes(data)
    names = frozenset(path.name for path in folder.iterdir())
    return read_file(folder / name, name, sidecars=find_sidecars(folder / name, names))


def test_a_description_is_text_of_the_picture(tmp_path: Path) -> None:
    text = "Anna sits in\nfront of the hut.\n\nErik took the picture in May."
    picture, words = read(tmp_path, "hut.jpg", txt=text.encode())
    assert text_of(words) == "Anna sits in\nfront of the hut.\nErik took the picture in May."
    assert words.metadata[VIA] == SIDECAR
    assert words.metadata["modality"] == "image" and words.metadata["source"] == "hut.jpg"
    assert shows(picture) is not None and shows(words) is None
    assert text_of(picture) == ""  # left for OCR


def test_a_long_one_is_several_passages(tmp_path: Path) -> None:
    _, *words = read(tmp_path, "hut.jpg", txt="Snow lay on the ridge. ".encode("utf-16") * 60)
    assert len(words) > 2
    assert {node.metadata[VIA] for node in words} == {SIDECAR}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"\0\1\2\3" * 9, "unknown binary data"),
        (b"%PDF-1.7 and more", "is no plain text"),
        (b"a" * (LARGEST + 1), "has more than"),
    ],
)
def test_one_that_cannot_be_used_costs_itself(tmp_path: Path, data: bytes, reason: str) -> None:
    (picture,) = read(tmp_path, "hut.jpg", txt=data)
    assert picture.metadata[NOTE].startswith("hut.jpg.txt is not used: ")
    assert reason in picture.metadata[NOTE] and str(tmp_path) not in picture.metadata[NOTE]


def test_all_notes_are_told(tmp_path: Path) -> None:
    (picture,) = read(tmp_path, "hut.jpg", txt=b"", json=b"[", xmp=b"<")
    notes = picture.metadata[NOTE].split("; ")
    assert [note.split(" ")[0] for note in notes] == ["hut.jpg.txt", "hut.jpg.json", "hut.jpg.xmp"]


def test_pictures_have_no_subtitles(tmp_path: Path) -> None:
    (picture,) = read(tmp_path, "hut.jpg", srt=b"1\n00:00:00,000 --> 00:00:01,000\nHello.\n")
    assert SUBTITLES not in picture.metadata
