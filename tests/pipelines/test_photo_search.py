"""pipelines/photo_search.py: a sheet of the pictures that words or a picture find."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from pathlib import Path

import pytest
from PIL import Image
from script import run

from mmrag.training.pictures import draw
from mmrag.training.shapes import Concept, gallery

WEIGHTS = Path(__file__).parents[1] / "data" / "tiny"
SHOWN = [Concept(c, s, "large") for c in ("red", "blue", "green") for s in ("square", "star")]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes")
    for item in gallery(5, SHOWN):
        draw(item).save(folder / f"{item.concept}.png".replace(" ", "-"))
    return folder


def names(page: str) -> list[str]:
    return re.findall(r'alt="([^"]+)"', page)


def test_by_words_and_by_picture(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMRAG_MODELS", f'{{"tiny": "{WEIGHTS}"}}')
    options = ("--profile", "tiny", "--folder", shapes, "--out", "sheet.html")
    ran = run("photo_search", *options, "--query", "a large red star", "--hits", "3")
    assert (ran.code, ran.out, ran.err) == (0, "3 pictures in sheet.html\n", "")
    page = (tmp_path / "sheet.html").read_text()
    assert names(page)[0] == "large-red-star.png"
    assert (shapes / "large-red-star.png").as_uri() in page
    assert "<title>a large red star</title>" in page
    data = re.search(r"base64,([^\"]+)", page)
    assert data is not None
    with Image.open(io.BytesIO(b64decode(data[1]))) as small:
        assert max(small.size) <= 240
    asked = shapes / "large-blue-square.png"
    ran = run("photo_search", *options, "--query", "", "--picture", asked)
    assert ran.code == 0
    page = (tmp_path / "sheet.html").read_text()
    assert names(page)[0] == "large-blue-square.png"
    assert "<title>like large-blue-square.png</title>" in page


def test_nothing_to_search_for(made: Path, folder: Path) -> None:
    ran = run("photo_search", "--folder", folder, "--index", made, "--query", "")
    assert "nothing to search for" in ran.refusal
