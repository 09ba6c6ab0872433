"""Films: scenes with their times, sound, damage."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from llama_index.core.schema import Node
from PIL import Image, ImageDraw
from standins.films import SOUND_RATE, Shot, shots, turn, write_film
from standins.media import tones

from mmrag.errors import CorruptFile, LimitExceeded, LoadError, UnsupportedFile
from mmrag.loaders.cutting import Cutting
from mmrag.loaders.film import picture_at
from mmrag.loaders.heartbeat import heard_by
from mmrag.loaders.limits import Limits
from mmrag.loaders.registry import read_file
from mmrag.loaders.video import VideoReader
from mmrag.schema import NOTE, provenance_of, text_of

LENGTHS = (2.0, 3.0, 1.5)
CUTS = [(0, 2000), (2000, 5000), (5000, 6500)]
CODECS = [
    ("marked.mp4", "libx264", {"g": "250"}, "video/mp4"),
    ("one.mp4", "libx264", {"x264-params": "keyint=600:scenecut=0"}, "video/mp4"),
    ("even.mov", "libx264", {"x264-params": "keyint=10:scenecut=0"}, "video/quicktime"),
    ("even.mkv", "libx264", {"x264-params": "keyint=17:scenecut=0:bframes=3"}, "video/x-matroska"),
    ("web.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, "video/webm"),
    ("old.avi", "mpeg4", {"g": "40"}, "video/x-msvideo"),
    ("each.avi", "mjpeg", {}, "video/x-msvideo"),
]


def read(path: Path, **options: object) -> list[Node]:
    return VideoReader(**options).read(path, source=path.name)  # type: ignore[arg-type]


def scenes(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node.metadata["modality"] == "video"]


def times(nodes: list[Node]) -> list[tuple[int, int]]:
    places = [provenance_of(node) for node in scenes(nodes)]
    return [(place.start_ms or 0, place.end_ms or 0) for place in places]


def close(found: list[tuple[int, int]], wanted: list[tuple[int, int]], ms: int = 200) -> bool:
    if len(found) != len(wanted):
        return False
    return bool(np.abs(np.array(found) - np.array(wanted)).max() <= ms)


def likest(path: Path, node: Node, shown: list[Shot]) -> int:
    """Which of the shots the picture that stands for a scene is of."""
    found = picture_at(path, provenance_of(node).frame_ms or 0)
    assert found.size == shown[0][0].size
    errors = [np.abs(np.asarray(found, int) - np.asarray(shot, int)).mean() for shot, _ in shown]
    return int(np.argmin(errors))


@pytest.mark.parametrize(("name", "codec", "options", "mimetype"), CODECS)
def test_cuts_are_found_and_each_scene_shows_itself(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], mimetype: str
) -> None:
    shown = shots(*LENGTHS)
    path = write_film(tmp_path / name, shown, codec=codec, **options)
    nodes = read(path)
    assert close(times(nodes), CUTS), times(nodes)
    assert {node.metadata["mimetype"] for node in nodes} == {mimetype}
    assert [likest(path, node, shown) for node in nodes] == [0, 1, 2]
    assert nodes[0].video_resource is not None and nodes[0].video_resource.path == path
    assert {text_of(node) for node in nodes} == {""}


def test_cuts_by_content(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", shots(*LENGTHS), g="250")
    assert close(times(read(path, cutting=Cutting("content"))), CUTS, 100)


def slide(*lines: str) -> Image.Image:
    image = Image.new("RGB", (320, 180), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 320, 24), fill="navy")
    for row, line in enumerate(lines):
        draw.text((20, 40 + 24 * row), line, fill="black", font_size=18)
    return image


def test_slides_of_one_design_are_told_apart_and_one_that_stays_is_one_scene(
    tmp_path: Path,
) -> None:
    shown = [
        (slide("The mast was rebuilt", "in 1951 by Lind"), 30.0),
        (slide("Costs were carried", "by the county", "and two banks"), 3.0),
    ]
    params = {"x264-params": "keyint=50:scenecut=0"}
    path = write_film(tmp_path / "talk.mp4", shown, still=True, **params)
    assert close(times(read(path)), [(0, 30_000), (30_000, 33_000)])


def test_where_the_encoder_marks_cuts_small_ones_count(tmp_path: Path) -> None:
    words = [("The mast was rebuilt", 3.0), ("Costs were carried", 4.0), ("Lind was 61", 5.0)]
    shown = [(slide(text, text), seconds) for text, seconds in words]
    path = write_film(tmp_path / "talk.mp4", shown, still=True, marked=True, g="250")
    assert close(times(read(path)), [(0, 3000), (3000, 7000), (7000, 12_000)])


def test_a_picture_that_changes_slowly_is_cut_after_the_gap(tmp_path: Path) -> None:
    start, end = (shot for shot, _ in shots(1, 1))
    shown = [(Image.blend(start, end, 0.3 * n / 120), 0.1) for n in range(120)]
    path = write_film(tmp_path / "fade.mp4", shown)
    assert close(
        times(read(path, cutting=Cutting(gap_s=5))), [(0, 5000), (5000, 10_000), (10_000, 12_000)]
    )
    assert close(times(read(path)), [(0, 12_000)])


def test_a_flash_is_no_scene(tmp_path: Path) -> None:
    ((first, _),) = shots(1)
    shown = [(first, 2.0), (Image.new("RGB", first.size, "white"), 0.2), (first, 2.0)]
    path = write_film(tmp_path / "flash.mp4", shown)
    assert close(times(read(path)), [(0, 4200)])


def test_pictures_at_uneven_times(tmp_path: Path) -> None:
    """As screens are recorded: a picture when something changes."""
    shown = shots(1, 1, 1)
    path = write_film(tmp_path / "screen.mkv", shown, times=[0.0, 7.3, 60.0])
    nodes = read(path)
    assert [start for start, _ in times(nodes)] == [0, 7300, 60_000]
    assert [likest(path, node, shown) for node in nodes] == [0, 1, 2]


def test_times_count_from_the_beginning_whatever_the_file_says(tmp_path: Path) -> None:
    shown = shots(2, 2)
    path = write_film(tmp_path / "late.mkv", shown, start=100.0)
    nodes = read(path)
    assert close(times(nodes), [(0, 2000), (2000, 4000)])
    assert [likest(path, node, shown) for node in nodes] == [0, 1]


def test_what_is_heard_is_a_node_of_its_own(tmp_path: Path) -> None:
    sound = tones(4.0, SOUND_RATE)
    path = write_film(tmp_path / "film.mp4", shots(2, 2), sound=sound)
    *seen, heard = read(path)
    assert [node.metadata["modality"] for node in seen] == ["video", "video"]
    place = provenance_of(heard)
    assert (heard.metadata["modality"], heard.metadata["mimetype"]) == ("audio", "video/mp4")
    assert place.start_ms == 0 and place.end_ms == pytest.approx(4000, abs=150)
    assert heard.metadata["file_path"] == str(path)


def test_a_phone_film_is_turned(tmp_path: Path) -> None:
    image = Image.new("RGB", (96, 64), "black")
    image.paste("white", (0, 0, 48, 32))  # top left; a quarter turn clockwise makes it top right
    path = turn(write_film(tmp_path / "film.mp4", [(image, 1.0)]))
    found = np.asarray(picture_at(path, 0))
    assert found.shape == (96, 64, 3)
    assert found[20, 48].min() > 200 and found[20, 12].max() < 50 and found[70, 48].max() < 50


@pytest.mark.parametrize("size", [(2, 2), (97, 31), (640, 2)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_film(tmp_path / "film.mkv", [(Image.new("RGB", size, "red"), 1.0)], codec="ffv1")
    (node,) = read(path)
    assert picture_at(path, provenance_of(node).frame_ms or 0).size == size


def test_damaged_packets_in_between_are_left_out(tmp_path: Path) -> None:
    shown = shots(*LENGTHS)
    path = write_film(tmp_path / "film.avi", shown, codec="mjpeg")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.pos]
    for place, size in places[8:14]:
        data[place + 8 : place + 8 + size // 2] = bytes(size // 2)
    path.write_bytes(data)
    assert close(times(read(path)), CUTS)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi", "film.webm"])
def test_truncated(tmp_path: Path, name: str) -> None:
    codec = "libvpx-vp9" if name.endswith("webm") else "mpeg4"
    path = write_film(tmp_path / name, shots(*LENGTHS), codec=codec)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptFile, match=r"damaged|truncated"):
        read_file(path, name)


def test_a_film_whose_index_is_read_and_whose_end_is_missing(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "whole.mp4", shots(*LENGTHS), codec="mpeg4")
    path = tmp_path / "front.mp4"
    with (
        av.open(str(whole)) as old,
        av.open(str(path), "w", options={"movflags": "faststart"}) as new,
    ):
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(
        CorruptFile, match=r"damaged or truncated film: \d\.\d s of 6\.5 s are there"
    ):
        read(path)


def test_pictures_that_cannot_be_decoded(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.avi", shots(1.0), codec="mjpeg")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.pos]
    for place, size in places:
        data[place + 8 : place + size] = bytes(size - 8)
    path.write_bytes(data)
    with pytest.raises(CorruptFile, match="holds no picture that can be decoded"):
        read(path)


def test_sound_alone_is_a_recording_whatever_holds_it(tmp_path: Path) -> None:
    for name, codec, mimetype in [
        ("talk.mp4", "aac", "audio/mp4"),
        ("talk.mkv", "libopus", "audio/x-matroska"),
        ("talk.webm", "libopus", "audio/x-matroska"),
    ]:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(tones(2.0)[None], format="fltp", layout="mono")
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        (node,) = read_file(path, name)
        assert (node.metadata["modality"], node.metadata["mimetype"]) == ("audio", mimetype)
        with pytest.raises(CorruptFile, match="is no film but audio"):
            read(path)


def test_a_playlist_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "list.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n")
    with pytest.raises(CorruptFile, match="plain text"):
        read(path)
    with pytest.raises(CorruptFile, match="not a film"):
        picture_at(path, 0)


def test_limits(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", shots(*LENGTHS))
    for limits, message in [
        (Limits(pixels=96 * 64 - 1), "limit pixels=6143"),
        (Limits(video_hours=0.001), "limit video_hours=0.001"),
        (Limits(video_scenes=2), "limit video_scenes=2"),
    ]:
        with pytest.raises(LimitExceeded, match=message):
            read(path, limits=limits)


def test_a_stream_that_hides_its_length_is_measured(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mkv", shots(3.0))
    data = bytearray(path.read_bytes())
    place = data.index(b"\x44\x89\x88")  # Duration, 8 bytes
    data[place + 3 : place + 11] = bytes(8)
    path.write_bytes(data)
    assert close(times(read(path)), [(0, 3000)])
    with pytest.raises(LimitExceeded, match="video_hours"):
        read(path, limits=Limits(video_hours=1.5 / 3600))


def test_it_gives_signs_of_life(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", shots(*LENGTHS))
    beats: list[int] = []
    with heard_by(lambda: beats.append(1)):
        read(path)
    assert len(beats) >= 6  # once a second of film at least


def test_nothing_is_shown_where_there_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(LoadError, match="no such file"):
        picture_at(path, 0)
    path.write_bytes(bytes(8) + b"x" * 100)
    with pytest.raises((CorruptFile, UnsupportedFile)):
        read(path)


def test_past_the_end_the_last_picture_is_shown(tmp_path: Path) -> None:
    shown = shots(1, 1)
    path = write_film(tmp_path / "film.mp4", shown)
    found = np.asarray(picture_at(path, 99_000), int)
    assert np.abs(found - np.asarray(shown[1][0], int)).mean() < 40


def test_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", shots(1.0))
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(UnsupportedFile, match="neither sound nor picture"):
        read(path)
    with pytest.raises(CorruptFile, match="no moving pictures in a known format"):
        picture_at(path, 0)


def test_sound_that_cannot_be_decoded_is_noted(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", shots(1.0), sound=tones(1.0, SOUND_RATE))
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(audio=0) if p.pos]
    data = bytearray(path.read_bytes())
    for place, size in places:
        data[place : place + size] = b"\xff" * size
    path.write_bytes(data)
    nodes = read(path)
    assert [node.metadata["modality"] for node in nodes] == ["video"]
    assert nodes[0].metadata[NOTE] == "its sound cannot be decoded"
