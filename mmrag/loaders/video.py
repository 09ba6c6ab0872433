"""Films: a node for each scene, one for what is heard, all with their times."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from llama_index.core.schema import Node

from mmrag.errors import CorruptFile, LoadError
from mmrag.loaders.audio import stream_pcm
from mmrag.loaders.base import FileReader
from mmrag.loaders.film import Film, open_film
from mmrag.loaders.limits import Limits, check_count
from mmrag.loaders.scenes import scenes_of
from mmrag.loaders.sniff import sniff
from mmrag.modalities import Modality
from mmrag.schema import NOTE, Provenance, build_node

_WHOLE = 0.9  # share of the stated length that must be there
_TRIED_S = 30.0  # of the sound


class VideoReader(FileReader):
    """Cuts a film into scenes; each is a node with its times and the time of one picture of it.

    What is heard is a node of modality audio with the film's type, which speech recognition takes
    as that of a recording. Nodes have an empty text: bridges make it from pictures and sound.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        kind = sniff(path)
        if kind.modality is not Modality.VIDEO:
            raise CorruptFile(path, f"is no film but {kind.mimetype}")
        with open_film(path, self.limits) as film:
            stated = _stated_seconds(film)
            check_count(path, "video_hours", stated / 3600, self.limits.video_hours)
            ends = _measured(film)
            # Matroska counts from 0 even if the film begins later
            if ends.all + film.origin < _WHOLE * stated:
                found = f"{ends.all:.1f} s of {stated:.1f} s are there"
                raise CorruptFile(path, f"is a damaged or truncated film: {found}")
            scenes = scenes_of(film, self.cutting, end=ends.pictures)
        nodes = [
            build_node(
                "",
                Provenance(
                    source,
                    start_ms=_ms(scene.start),
                    end_ms=_ms(scene.end),
                    frame_ms=_ms(scene.shown),
                ),
                modality=Modality.VIDEO,
                mimetype=kind.mimetype,
                path=path,
            )
            for scene in scenes
        ]
        if not ends.sound:
            return nodes
        if not _is_heard(path, self.limits):
            nodes[0].metadata[NOTE] = "its sound cannot be decoded"
            return nodes
        heard = build_node(
            "",
            Provenance(source, start_ms=0, end_ms=_ms(ends.sound)),
            modality=Modality.AUDIO,
            mimetype=kind.mimetype,
            path=path,
        )
        return [*nodes, heard]


@dataclass
class _Ends:
    """Where a film ends, in seconds: its pictures, its sound, whatever lasts longest."""

    pictures: float = 0.0
    sound: float = 0.0
    all: float = 0.0


def _stated_seconds(film: Film) -> float:
    """The length that the file states, 0 if it does not; FFmpeg shortens that of a cut AVI."""
    length, count, rate = film.container.duration, film.stream.frames, film.stream.average_rate
    return max((length or 0) / av.time_base, float(count / rate) if rate else 0.0)


def _measured(film: Film) -> _Ends:
    """Ends by what is there; nothing is decoded."""
    ends = _Ends()
    sounds = [s for s in film.container.streams.audio if s.codec_context is not None]
    for packet in film.packets():
        at = film.time_of(packet)
        if at is None:
            continue
        end = at + float((packet.duration or 0) * packet.time_base)
        ends.all = max(ends.all, end)
        if packet.stream is film.stream:
            ends.pictures = max(ends.pictures, end)
        elif sounds and packet.stream is sounds[0]:
            ends.sound = max(ends.sound, end)
    return ends


def _is_heard(path: Path, limits: Limits) -> bool:
    try:
        next(stream_pcm(path, block_s=_TRIED_S, limits=limits))
    except LoadError:
        return False
    return True


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
