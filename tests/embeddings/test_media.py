"""What embeddings are given, and how it becomes pixels and samples."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import BaseNode, Document, ImageNode, MediaResource, Node, TextNode
from PIL import Image
from standins.media import texture, tones, write_wav

from mmrag.embeddings import media
from mmrag.embeddings.media import (
    AudioPart,
    ImagePart,
    image_of,
    modality_of,
    pixels_of,
    row_groups,
    samples_of,
    sound_of,
)
from mmrag.errors import CorruptFile, InputError, LimitExceeded, LoadError
from mmrag.modalities import Modality

PNG = MediaResource(path=Path(__file__))


def png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "png")
    return buffer.getvalue()


def test_a_picture_is_the_same_however_it_is_given(pictures: Path) -> None:
    path = pictures / "wide.png"
    expected = np.asarray(texture(90, 47, 1))
    with Image.open(path) as opened:
        given = [path, str(path), BytesIO(path.read_bytes()), opened, ImagePart(path)]
        given += [Node(image_resource=MediaResource(path=path))]
        for form in given:
            np.testing.assert_array_equal(np.asarray(pixels_of(form)), expected)


def test_a_stream_that_was_read_is_read_again(pictures: Path) -> None:
    stream = BytesIO((pictures / "wide.png").read_bytes())
    stream.seek(0, 2)
    assert pixels_of(stream).size == pixels_of(stream).size == (90, 47)


def test_a_region_is_cut_out(pictures: Path) -> None:
    region = pixels_of(ImagePart(pictures / "wide.png", bbox=(0.5, 0.0, 1.0, 1.0)))
    np.testing.assert_array_equal(np.asarray(region), np.asarray(texture(90, 47, 1))[:, 45:])


def test_pictures_are_turned_upright_in_memory_as_in_files(tmp_path: Path) -> None:
    sideways = Image.Exif()
    sideways[0x0112] = 6
    texture(40, 20).save(tmp_path / "a.jpg", exif=sideways)
    with Image.open(tmp_path / "a.jpg") as opened:
        assert pixels_of(opened).size == pixels_of(tmp_path / "a.jpg").size == (20, 40)


@pytest.mark.parametrize("data", [b"", b"no picture", png(texture(40, 40))[:600]])
def test_damage_is_corrupt_in_every_form(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(data)
    node = Node(image_resource=MediaResource(data=base64.b64encode(data or b" ")))
    for form in (BytesIO(data), tmp_path / "a.png", node):
        with pytest.raises(LoadError):
            pixels_of(form)
    if len(data) == 600:
        with pytest.raises(CorruptFile, match="damaged or truncated"):
            pixels_of(Image.open(BytesIO(data)))


def test_a_bomb_in_memory_is_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(LimitExceeded, match="decompression bomb"):
        pixels_of(BytesIO(png(texture(40, 40))))


def test_a_sound_is_the_same_however_it_is_given(tmp_path: Path) -> None:
    sound = tones(1, rate=16_000)
    path = write_wav(tmp_path / "a.wav", sound, rate=16_000)
    given = [sound, sound.astype(np.float64), path, str(path), BytesIO(path.read_bytes())]
    given += [AudioPart(path), Node(audio_resource=MediaResource(path=path))]
    for form in given:
        found = samples_of(form, rate=16_000)
        assert found.dtype == np.float32 and found.shape == (16_000,)
        assert abs(found - sound).max() < 1e-4  # a WAV holds 16 bits


def test_a_stretch_is_cut_out(tmp_path: Path) -> None:
    sound = tones(3, rate=16_000)
    path = write_wav(tmp_path / "a.wav", sound, rate=16_000)
    for part, expected in [
        (AudioPart(path, 1000, 1500), sound[16_000:24_000]),
        (AudioPart(path, 2000), sound[32_000:]),
    ]:
        found = samples_of(part, rate=16_000)
        assert found.shape == expected.shape and abs(found - expected).max() < 1e-4


def test_of_a_very_long_stretch_places_are_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "LONGEST_S", 2.0)
    monkeypatch.setattr(media, "PIECES", 4)
    sound = tones(8, rate=8000)
    path = write_wav(tmp_path / "a.wav", sound, rate=8000)
    found = samples_of(AudioPart(path, 0, 8000), rate=8000)
    pieces = [sound[start : start + 4000] for start in (0, 20_000, 40_000, 60_000)]
    assert abs(found - np.concatenate(pieces)).max() < 1e-4


@pytest.mark.parametrize(
    "given", [np.zeros((2, 5), np.float32), np.zeros(5, np.int16), np.array(["a"])]
)
def test_arrays_of_another_kind_are_refused(given: Any) -> None:
    with pytest.raises(InputError, match=r"sound must be \(n,\) mono samples in -1..1 at 16000"):
        samples_of(given, rate=16_000)


def test_no_samples_are_no_sound(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="holds no sound"):
        samples_of(np.zeros(0, np.float32), rate=16_000)
    path = write_wav(tmp_path / "a.wav", tones(1, rate=8000), rate=8000)
    with pytest.raises(CorruptFile, match="in the stretch asked for"):
        samples_of(AudioPart(path, 5000, 6000), rate=8000)


@pytest.mark.parametrize(
    ("node", "modality"),
    [
        (TextNode(text="a"), Modality.TEXT),
        (Document(text="a"), Modality.TEXT),
        (ImageNode(image_path="a.png"), Modality.IMAGE),
        (Node(text_resource=MediaResource(text="a"), image_resource=PNG), Modality.IMAGE),
        (Node(audio_resource=PNG), Modality.AUDIO),
        (Node(video_resource=PNG), Modality.VIDEO),
        (Node(image_resource=PNG, metadata={"modality": "text"}), Modality.TEXT),
        (TextNode(text="a", metadata={"modality": "image"}), Modality.IMAGE),
        (TextNode(text="a", metadata={"modality": "smell"}), Modality.TEXT),
    ],
)
def test_what_a_node_shows(node: BaseNode, modality: Modality) -> None:
    assert modality_of(node) is modality


def test_rows_are_grouped_in_order() -> None:
    nodes = [TextNode(text="a"), ImageNode(image_path="a"), TextNode(text="b")]
    assert row_groups(nodes) == {Modality.TEXT: [0, 2], Modality.IMAGE: [1]}


def test_a_picture_node_names_its_file_page_and_region() -> None:
    where = {"page": 3, "bbox": [0.0, 0.1, 0.5, 1.0], "file_path": "report.pdf"}
    page = Node(metadata={**where, "modality": "image"})
    assert image_of(page) == ImagePart(Path("report.pdf"), 3, (0.0, 0.1, 0.5, 1.0))
    frame = Node(image_resource=MediaResource(path=Path("scan.tiff")), metadata=where)
    assert image_of(frame) == ImagePart(Path("scan.tiff"), 3, (0.0, 0.1, 0.5, 1.0))


def test_a_picture_taken_from_a_document_is_not_the_document() -> None:
    """LlamaIndex's readers state the file that all came from, and its page_label."""
    origin = {"file_path": "report.pdf", "page_label": "7"}
    for node in (
        ImageNode(image_path="extracted.png", metadata=origin),
        Node(image_resource=MediaResource(path=Path("extracted.png")), metadata=origin),
    ):
        assert image_of(node) == ImagePart(Path("extracted.png"))
    data = png(texture(9, 9))
    both = MediaResource(path=Path("extracted.png"), data=data)
    assert image_of(Node(image_resource=both)) == ImagePart(Path("extracted.png"))
    for node in (
        ImageNode(image=base64.b64encode(data).decode(), metadata=origin),
        Node(image_resource=MediaResource(data=data), metadata=origin),
    ):
        found = image_of(node)
        assert isinstance(found, BytesIO) and found.getvalue() == data


def test_a_sound_node_names_its_file_and_stretch(tmp_path: Path) -> None:
    times = {"start_ms": 500, "end_ms": 900}
    node = Node(audio_resource=MediaResource(path=Path("a.wav")), metadata=times)
    assert sound_of(node) == AudioPart(Path("a.wav"), 500, 900)
    stated = Node(metadata={"file_path": "b.wav", "modality": "audio"})
    assert sound_of(stated) == AudioPart(Path("b.wav"), 0, None)
    data = write_wav(tmp_path / "a.wav", tones(0.1)).read_bytes()
    found = sound_of(Node(audio_resource=MediaResource(data=data)))
    assert isinstance(found, BytesIO) and found.getvalue() == data


@pytest.mark.parametrize("read", [image_of, sound_of])
def test_a_node_that_names_nothing_is_refused(read: Any) -> None:
    with pytest.raises(InputError, match="without a file or data"):
        read(TextNode(text="a", id_="x"))
