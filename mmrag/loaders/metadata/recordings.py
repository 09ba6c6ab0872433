"""What recordings and films say of themselves: ID3, Vorbis comments, MP4 and QuickTime tags, RIFF.

FFmpeg gives the tags of all of them nearly the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import av

from mmrag.loaders.limits import DEFAULT, Limits, check_file
from mmrag.loaders.metadata.findings import Findings, Pair
from mmrag.loaders.metadata.xmp import camera_name

_QUICKTIME = "com.apple.quicktime."
_NO_TIME = ("1904-01-01", "1970-01-01T00:00:00")
"""Where the clocks of MP4 and of Unix begin: nobody set them."""

# Field, and the tag that says it; the better one first. A QuickTime tag has the local time.
_FIELDS = (
    ("document_title", "title"),
    ("author", "artist"),
    ("author", "author"),
    ("author", "album_artist"),
    ("author", "composer"),
    ("album", "album"),
    ("genre", "genre"),
    ("description", "description"),
    ("description", "comment"),
    ("description", "synopsis"),
    ("keywords", "keywords"),
    ("taken", "creationdate"),
    ("taken", "date"),
    ("taken", "year"),
    ("taken", "creation_time"),
)
_POSITIONS = ("location.iso6709", "location", "location-eng")
_ISO_6709 = re.compile(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)(?:[+-][\d.]+)?/?")


def read_recording(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """The fields of a recording or film; nothing of it is decoded."""
    with found.part(path, "recording header"):
        check_file(path, limits, bounded=False)
        try:
            with av.open(str(path.resolve()), metadata_errors="replace") as container:
                # Ogg keeps the tags with the stream
                held = [stream.metadata for stream in container.streams.audio[:1]]
                held.append(container.metadata)
                tags = {_name(key): value for tags in held for key, value in tags.items()}
        except av.FFmpegError as exc:
            raise ValueError(exc.strerror) from exc
        found.add(_pairs(tags))


def _name(tag: str) -> str:
    return tag.casefold().removeprefix(_QUICKTIME)


def _pairs(tags: dict[str, str]) -> Iterator[Pair]:
    for field, tag in _FIELDS:
        value = tags.get(tag, "")
        if value and not (field == "taken" and value.startswith(_NO_TIME)):
            yield field, value
    yield "camera", camera_name(tags.get("make", ""), tags.get("model", ""))
    for tag in _POSITIONS:
        if position := _ISO_6709.fullmatch(tags.get(tag, "").strip()):
            yield "latitude", position[1]
            yield "longitude", position[2]
