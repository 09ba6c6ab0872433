"""A film the whole way: seen, read and heard, each with its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from standins.films import SOUND_RATE, write_film
from standins.media import texture

from mmrag import MMRagIndex, Settings
from mmrag.loaders.audio import pcm
from mmrag.retrieval.results import SearchHit
from mmrag.samples import ARCHIVE
from mmrag.training.pictures import draw
from mmrag.training.shapes import CONCEPTS, Item, gallery

SIZE = (320, 240)
SPOKEN = (12_400, 16_000)
"""Where the sample recording says that the spare spring was in the green box."""
SAID_MS = 5_000
"""Where the film does."""


def items(seed: int) -> list[Item]:
    return gallery(seed, [concept for concept in CONCEPTS if concept.seen][::40][:2])


def slide() -> Image.Image:
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(("The mast was rebuilt", "by Torsten Falk", "in 1951")):
        draw.text((20, 40 + 50 * row), line, fill="black", font_size=26)
    return image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """film.mkv: a slide for 4 s, two drawings of 3 s each, and speech; bell.wav beside it."""
    path = tmp_path_factory.mktemp("films")
    drawings = [(draw(item).resize(SIZE), 3.0) for item in items(3)]
    start, end = SPOKEN
    speech = pcm(
        ARCHIVE / "sound" / "log-entry-1963.wav", rate=SOUND_RATE, start_ms=start, end_ms=end
    )
    sound = np.zeros(10 * SOUND_RATE, dtype=np.float32)
    place = SAID_MS * SOUND_RATE // 1000
    sound[place : place + len(speech)] = speech
    shown = [(slide(), 4.0), *drawings]
    write_film(path / "film.mkv", shown, still=True, sound=sound, sound_codec="pcm_s16le")
    write_film(path / "mute.mkv", [(texture(*SIZE), 2.0)])
    silence = np.zeros(2 * SOUND_RATE, dtype=np.float32)
    write_film(path / "silent.mp4", [(texture(*SIZE, seed=5), 2.0)], sound=silence)
    (path / "note.md").write_text("The spare spring of the clock was ordered in Leeds.\n")
    return path


@pytest.fixture(scope="module")
def index(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(place, profile="tiny", settings=Settings()) as made:
        report = made.index(folder)
        assert report.counts == {"indexed": 4}
        yield made


def span(hit: SearchHit) -> tuple[int, int]:
    return hit.start_ms or 0, hit.end_ms or 0


def test_a_film_is_one_document(index: MMRagIndex) -> None:
    (film,) = (record for record in index.documents() if record.source == "film.mkv")
    assert (film.modality, film.mimetype) == ("video", "video/x-matroska")
    assert film.nodes["video"] == 3
    assert film.chunks == sum(film.nodes.values())
    kept = {record.source: record.nodes for record in index.documents()}
    assert kept["mute.mkv"] == {"video": 1}
    assert kept["silent.mp4"] == {"video": 1, "audio": 1}


def test_a_slide_is_found_by_its_words_with_its_time(index: MMRagIndex) -> None:
    hit = index.search("who rebuilt the mast").hits[0]
    assert (hit.source, hit.modality) == ("film.mkv", "video")
    assert span(hit) == pytest.approx((0, 4000), abs=150)
    assert "Torsten Falk" in hit.text


def test_what_is_said_is_found_with_its_time(index: MMRagIndex) -> None:
    hit = next(
        hit
        for hit in index.search("in what box was the spare spring").hits
        if hit.source == "film.mkv" and "spring" in hit.text
    )
    assert hit.modality == "audio"
    start, end = span(hit)
    assert SAID_MS - 500 <= start < end <= SAID_MS + 4_000


def test_who_asks_for_films_finds_what_is_said_in_them(index: MMRagIndex) -> None:
    found = index.search("spare spring", modalities=["video"], k=20).hits
    assert "spring" in found[0].text and found[0].source == "film.mkv"
    assert {hit.source for hit in found} <= {"film.mkv", "mute.mkv", "silent.mp4"}
    assert {hit.modality for hit in found} == {"video", "audio"}
    heard = index.search("spare spring", modalities=["audio"], k=20).hits
    assert {hit.modality for hit in heard} == {"audio"}
    text = index.search("spare spring", modalities=["text"], k=20).hits
    assert {hit.source for hit in text} == {"note.md"}


@pytest.mark.parametrize("shown", [0, 1])
def test_scenes_are_found_by_words_and_by_picture(
    index: MMRagIndex, tmp_path: Path, shown: int
) -> None:
    asked = items(8)[shown]
    wanted = (4_000 + 3_000 * shown, 7_000 + 3_000 * shown)
    draw(asked).save(tmp_path / "asked.png")
    for query in ({"query": asked.caption()}, {"image": tmp_path / "asked.png"}):
        hits = index.search(**query, modalities=["video"], k=20).hits  # type: ignore[arg-type]
        scenes = [h for h in hits if h.modality == "video" and "tiny" in h.channels]
        best = min(scenes, key=lambda hit: hit.channels["tiny"].rank)
        assert best.source == "film.mkv"
        assert span(best) == pytest.approx(wanted, abs=150)


def test_films_are_cited_with_their_time(index: MMRagIndex) -> None:
    answer = index.ask("Who rebuilt the mast?", modalities=["video"])
    assert not answer.abstained
    assert answer.citations[0].source == "film.mkv"
    assert (answer.citations[0].kind, answer.citations[0].modality) == ("ocr", "video")
    assert answer.citations[0].start_ms == 0
    assert answer.citations[0].bbox is not None


def test_a_wordless_film_is_found_by_its_name(index: MMRagIndex) -> None:
    assert index.search("mute").hits[0].source == "mute.mkv"


def test_times_narrow_a_search(index: MMRagIndex) -> None:
    late = index.search("mast", modalities=["video"], between_ms=(7_500, 9_000), k=20).hits
    assert late and all(span(hit)[1] > 7_500 for hit in late)
