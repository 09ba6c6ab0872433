"""Pictures and sounds beside their sources."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.llms.types import AudioBlock, ImageBlock
from llama_index.core.llms import MockLLM
from llama_index.core.schema import NodeWithScore
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from standins.films import write_film

from mmrag.generation.llm import Wording
from mmrag.generation.media import (
    LONGER_SIDE,
    LONGEST_MS,
    MOST,
    PICTURE_TOKENS,
    RATE,
    media_for,
    shown_picture,
)
from mmrag.generation.ollama.budget import PICTURE, SOUND_BYTES
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node


def words(*, window: int = 100_000, sees: bool = True, hears: bool = True) -> Wording:
    return Wording(MockLLM(is_chat_model=True), "mock", window, sees=sees, hears=hears)


def drawn(path: Path, size: tuple[int, int] = (3000, 1500), colour: str = "red") -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def hit(path: Path, modality: Modality, mimetype: str, **place: object) -> NodeWithScore:
    where = Provenance(path.name, **place)  # type: ignore[arg-type]  # page, bbox or times
    node = build_node("Words.", where, modality=modality, mimetype=mimetype, path=path)
    return NodeWithScore(node=node, score=1.0)


def image_of(block: object) -> Image.Image:
    assert isinstance(block, ImageBlock)
    return Image.open(block.resolve_image())


def test_pictures_are_sent_small_by_the_number_of_their_source(tmp_path: Path) -> None:
    text = hit(tmp_path / "a.md", Modality.TEXT, "text/markdown")
    seen = hit(drawn(tmp_path / "a.png"), Modality.IMAGE, "image/png")
    media, notes = media_for([text, seen], words())
    assert (list(media), notes) == ([2], [])
    sent = image_of(media[2].block)
    assert (sent.format, sent.size) == ("JPEG", (LONGER_SIDE, LONGER_SIDE // 2))
    assert media_for([text, seen], words(sees=False)) == ({}, [])


def test_a_scene_of_a_film_is_sent_as_its_picture(tmp_path: Path) -> None:
    colours = [(Image.new("RGB", (96, 64), colour), 1.0) for colour in ("red", "blue")]
    path = write_film(tmp_path / "a.mp4", colours)
    place = {"start_ms": 0, "end_ms": 2_000, "frame_ms": 1_500}
    seen = hit(path, Modality.VIDEO, "video/mp4", **place)
    media, notes = media_for([seen], words())
    assert (list(media), media[1].kind, notes) == ([1], "picture", [])
    red, green, blue = image_of(media[1].block).getpixel((48, 32))  # type: ignore[misc]
    assert blue > 200 > 50 > max(red, green)
    assert media_for([seen], words(sees=False)) == ({}, [])


def test_a_figure_of_a_page_is_sent_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=(400, 400))
    canvas.setFillColorRGB(0, 0, 1)
    canvas.rect(0, 200, 200, 200, fill=1, stroke=0)
    canvas.save()
    place = {"page": 1, "bbox": (0.0, 0.0, 0.5, 0.5)}
    media, _ = media_for([hit(path, Modality.IMAGE, "application/pdf", **place)], words())
    pixels = np.asarray(image_of(media[1].block))
    assert (pixels.reshape(-1, 3).mean(axis=0) < (10, 10, 300)).all()


def test_what_cannot_be_shown_is_left_out_and_told(tmp_path: Path) -> None:
    gone = hit(tmp_path / "gone.png", Modality.IMAGE, "image/png")
    broken = hit(tmp_path / "broken.png", Modality.IMAGE, "image/png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    changed = hit(drawn(tmp_path / "changed.png"), Modality.IMAGE, "image/png")
    good = hit(drawn(tmp_path / "good.png"), Modality.IMAGE, "image/png")
    hits = [gone, broken, changed, good]
    media, notes = media_for(hits, words(), fresh=lambda source: source != "changed.png")
    assert list(media) == [4]
    assert [note.partition(" is not shown")[0] for note in notes] == [
        "gone.png",
        "broken.png",
        "changed.png",
    ]
    assert notes[2] == "changed.png is not shown, for it changed since it was indexed."


def test_no_more_than_fit_and_can_be_told_apart(tmp_path: Path) -> None:
    seen = [
        hit(drawn(tmp_path / f"{n}.png", (20, 20)), Modality.IMAGE, "image/png") for n in range(6)
    ]
    assert list(media_for(seen, words())[0]) == list(range(1, MOST + 1))
    assert list(media_for(seen, words(window=4 * PICTURE_TOKENS))[0]) == [1, 2]
    assert media_for(seen, words(window=2 * PICTURE_TOKENS - 2))[0] == {}


def test_a_recording_is_sent_as_a_short_wav_of_its_time_range(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        ramp = np.repeat([1000, 20_000], 8000 * 40).astype("<i2")  # loud from 40 s on
        out.writeframes(ramp.tobytes())
    place = {"start_ms": 39_000, "end_ms": 80_000}
    media, _ = media_for([hit(path, Modality.AUDIO, "audio/wav", **place)], words())
    block = media[1].block
    assert isinstance(block, AudioBlock)
    with wave.open(io.BytesIO(block.resolve_audio().read())) as sent:
        assert (sent.getnchannels(), sent.getframerate()) == (1, RATE)
        assert sent.getnframes() == LONGEST_MS * RATE // 1000
        samples = np.frombuffer(sent.readframes(sent.getnframes()), "<i2")
    assert samples[: RATE // 2].max() < 2000
    assert abs(int(np.median(samples)) - 20_000) < 200
    assert media_for([hit(path, Modality.AUDIO, "audio/wav")], words(hears=False))[0] == {}


def test_the_tokens_of_media_are_those_that_the_server_is_asked_for(tmp_path: Path) -> None:
    medium = shown_picture(drawn(tmp_path / "a.png"))
    assert medium.tokens == PICTURE[1] == PICTURE_TOKENS
    bytes_a_second = 2 * RATE
    assert bytes_a_second / SOUND_BYTES[1] == pytest.approx(64)
