"""Previews and thumbnails: the right place of each kind of file, at the right size, marked."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.colors import blue, red
from reportlab.pdfgen.canvas import Canvas
from standins.films import write_film
from standins.media import tones, write_wav

from mmrag.errors import InputError, LimitExceeded, LoadError
from mmrag.limits import Limits
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.media import previews
from mmrag_connectors.media.files import FileChanged, FileGone
from mmrag_connectors.media.previews import Picture, preview, thumbnail

Make = Callable[..., FoundSource]


def shown(picture: Picture) -> Image.Image:
    assert picture.mimetype == "image/jpeg"
    image = Image.open(io.BytesIO(picture.content))
    assert image.format == "JPEG" and image.mode == "RGB"
    return image


def colour(image: Image.Image, x: float, y: float) -> np.ndarray:
    """At fractions of the picture."""
    at = (int(x * (image.width - 1)), int(y * (image.height - 1)))
    return np.asarray(image.getpixel(at), dtype=int)


def is_like(found: np.ndarray, wanted: tuple[int, int, int], by: int = 24) -> bool:
    return bool(np.abs(found - np.array(wanted)).max() <= by)


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """Two pages of 400 by 200 points: the first is red, the second blue in its top left quarter."""
    path = tmp_path / "pages.pdf"
    canvas = Canvas(str(path), pagesize=(400, 200))
    canvas.setFillColor(red)
    canvas.rect(0, 0, 400, 200, stroke=0, fill=1)
    canvas.showPage()
    canvas.setFillColor(blue)
    canvas.rect(0, 100, 200, 100, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return path


def test_a_page_is_shown_at_the_size_asked_for(found: Make, pdf: Path) -> None:
    image = shown(preview(found(pdf, page=2), 500))
    assert image.size == (500, 250)
    assert is_like(colour(image, 0.25, 0.25), BLUE) and is_like(colour(image, 0.75, 0.75), WHITE)
    whole = shown(thumbnail(found(pdf), 100))
    assert whole.size == (100, 50) and is_like(colour(whole, 0.5, 0.5), RED)


def test_a_poster_of_many_square_metres_costs_no_more_than_its_preview(
    found: Make, tmp_path: Path
) -> None:
    path = tmp_path / "huge.pdf"
    canvas = Canvas(str(path), pagesize=(14_000, 14_000))
    canvas.showPage()
    canvas.save()
    few = Limits(pixels=64 * 64)  # which rendering at any fixed resolution exceeds
    assert shown(preview(found(path), 64, limits=few)).size == (64, 64)


def test_the_region_is_marked_and_can_be_read(found: Make, pdf: Path) -> None:
    place = (0.6, 0.5, 0.9, 0.8)
    plain = np.asarray(shown(preview(found(pdf, page=2), 1000)), dtype=int)
    marked = np.asarray(shown(preview(found(pdf, page=2, bbox=place), 1000)), dtype=int)
    changed = np.abs(marked - plain).max(axis=2) > 8
    rows, columns = np.nonzero(changed)
    left, right = columns.min() / 1000, columns.max() / 1000
    top, bottom = rows.min() / 500, rows.max() / 500
    # a little outside of the region, so that no letter is covered
    assert 0.58 < left < 0.6 and 0.9 < right < 0.92 and 0.47 < top < 0.5 and 0.8 < bottom < 0.83
    middle = marked[320, 750]
    assert is_like(middle, WHITE, by=70) and middle[2] < 230, "a tint, not a cover"
    small = shown(thumbnail(found(pdf, page=2, bbox=place), 100))
    assert is_like(colour(small, 0.75, 0.65), WHITE), "thumbnails carry no mark"


def test_a_picture_is_upright_and_small_ones_are_not_blown_up(found: Make, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    picture = Image.new("RGB", (300, 200), "red")
    picture.paste("blue", (0, 0, 300, 50))  # the top as it lies in the file
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: the top becomes the right
    picture.save(path, exif=exif, quality=95)
    image = shown(preview(found(path), 1200))
    assert image.size == (200, 300)
    assert is_like(colour(image, 0.95, 0.5), BLUE) and is_like(colour(image, 0.3, 0.5), RED)
    assert shown(thumbnail(found(path), 60)).size == (40, 60)


def test_a_frame_of_a_tiff_and_a_region_of_it(found: Make, tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    first, second = Image.new("RGB", (120, 80), "red"), Image.new("RGB", (120, 80), "blue")
    first.save(path, save_all=True, append_images=[second])
    image = shown(preview(found(path, page=2, bbox=(0.0, 0.0, 1.0, 1.0)), 120))
    assert image.size == (120, 80) and image.getpixel((60, 40))[2] > 180
    assert not is_like(colour(image, 0.0, 0.5), BLUE), "a region as large as the picture has a line"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of black, two of red, two of a red and white pattern."""
    size = (96, 64)
    pattern = Image.new("RGB", size, "red")
    pattern.paste("white", (0, 0, 48, 64))
    shots = [(Image.new("RGB", size, c), 2.0) for c in ("black", "red")] + [(pattern, 2.0)]
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return write_film(path, shots, still=True, marked=True)


def test_a_film_is_shown_at_the_cited_moment(found: Make, film: Path) -> None:
    at = {ms: shown(preview(found(film, start_ms=ms), 96)) for ms in (0, 2500)}
    assert at[0].size == (96, 64) and is_like(colour(at[0], 0.5, 0.5), (0, 0, 0))
    assert is_like(colour(at[2500], 0.5, 0.5), (253, 0, 0))
    # the picture that stands for a scene lies somewhere in it
    scene = found(film, start_ms=0, end_ms=4000, frame_ms=3000)
    assert is_like(colour(shown(preview(scene, 96)), 0.5, 0.5), (253, 0, 0))
    # what is said in a film is of the modality audio
    said = found(film, start_ms=5000, end_ms=5500, modality="audio")
    assert is_like(colour(shown(preview(said, 96)), 0.2, 0.5), WHITE)


def test_a_whole_film_is_shown_by_a_picture_with_something_in_it(found: Make, film: Path) -> None:
    image = shown(thumbnail(found(film), 48))
    assert image.size == (48, 32) and is_like(colour(image, 0.2, 0.5), WHITE)


def test_a_film_without_anything_to_see_has_a_thumbnail(found: Make, tmp_path: Path) -> None:
    dull = write_film(tmp_path / "dull.mp4", [(Image.new("RGB", (96, 64), "black"), 1.0)])
    assert shown(thumbnail(found(dull), 96)).size == (96, 64)


def test_a_moment_that_takes_too_long_to_find_is_given_up(
    found: Make, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "LONGEST_S", -1.0)
    with pytest.raises(LimitExceeded, match="was not found within"):
        preview(found(film, start_ms=2000), 96)


def test_what_has_no_looks_has_no_preview(found: Make, tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "tones.wav", tones(0.5))
    for name in ("notes.md", "page.html", "table.csv", "letter.docx"):
        for make in (preview, thumbnail):
            with pytest.raises(InputError, match=rf"there is no {make.__name__} of {name}"):
                make(found(tmp_path / name), 100)
    with pytest.raises(InputError, match=r"no preview of tones.wav, which is audio/wav"):
        preview(found(sound), 100)
    assert shown(thumbnail(found(sound), 64)).size == (64, 36)


def test_only_what_was_indexed_is_shown(found: Make, pdf: Path) -> None:
    for make in (preview, thumbnail):
        with pytest.raises(FileChanged, match="index it again"):
            make(found(pdf, fresh=False), 100)
        with pytest.raises(FileGone, match="is gone"):
            make(replace(found(pdf), path=None, fresh=False), 100)


def test_limits_hold(found: Make, tmp_path: Path, pdf: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (200, 200)).save(path)
    with pytest.raises(LimitExceeded, match="pixels"):
        preview(found(path), 100, limits=Limits(pixels=100 * 100))
    with pytest.raises(LimitExceeded, match="pages"):
        preview(found(pdf, page=1), 100, limits=Limits(pages=1))
    with pytest.raises(LoadError, match="has no page 3"):
        preview(found(pdf, page=3), 100)
    (tmp_path / "broken.png").write_bytes(path.read_bytes()[:60])
    with pytest.raises(LoadError, match="damaged"):
        thumbnail(found(tmp_path / "broken.png"), 100)
