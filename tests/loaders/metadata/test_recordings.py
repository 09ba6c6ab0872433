"""Tags of real recordings in every container."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from mmrag.loaders.metadata.reading import metadata_of

CODECS = {"mp3": "libmp3lame", "ogg": "libopus", "flac": "flac", "m4a": "aac", "wav": "pcm_s16le"}
TAGS = {"title": "Snö", "artist": "Karin Nyberg", "date": "1963-02-11", "comment": "By the stove"}


def record(path: Path, tags: dict[str, str]) -> Path:
    """Half a second of a tone with tags."""
    options = {"movflags": "use_metadata_tags"} if path.suffix == ".m4a" else {}
    with av.open(str(path), "w", options=options) as out:
        for key, value in tags.items():
            out.metadata[key] = value
        stream = out.add_stream(CODECS[path.suffix[1:]], rate=48_000, layout="mono")
        layout = {"s16": "s16", "s32": "s32"}.get(stream.format.name, "fltp")
        tone = np.sin(np.arange(8000) / 9).astype(np.float32)[None]
        data = (tone * 20_000).astype(np.int16) if layout == "s16" else tone
        frame = av.AudioFrame.from_ndarray(data, format=layout, layout="mono")
        frame.rate, frame.pts = 48_000, 0
        resampler = av.AudioResampler(stream.format.name, "mono", 48_000, stream.frame_size or None)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", CODECS)
def test_what_every_container_keeps(tmp_path: Path, suffix: str) -> None:
    found = metadata_of(record(tmp_path / f"talk.{suffix}", TAGS))
    assert found == {
        "document_title": "Snö",
        "author": ["Karin Nyberg"],
        "taken": "1963-02-11",
        "description": "By the stove",
    }


def test_quicktime_knows_where_and_the_local_time(tmp_path: Path) -> None:
    tags = {
        "com.apple.quicktime.creationdate": "2024-05-17T14:03:22+0200",
        "com.apple.quicktime.location.ISO6709": "+59.3300+018.0600+021.1/",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 15",
        "creation_time": "2024-05-17T12:03:22Z",
    }
    assert metadata_of(record(tmp_path / "memo.m4a", tags)) == {
        "taken": "2024-05-17T14:03:22+02:00",
        "latitude": 59.33,
        "longitude": 18.06,
        "camera": "Apple iPhone 15",
    }


@pytest.mark.parametrize("unset", ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"])
def test_a_clock_that_nobody_set(tmp_path: Path, unset: str) -> None:
    assert metadata_of(record(tmp_path / "memo.m4a", {"creation_time": unset})) == {}
