"""The chunks of a WAV file, looked at before FFmpeg walks through all of them.

FFmpeg searches a file to its end for chunks behind the samples, eight bytes at a time where they
are empty: minutes for a file with a hole in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from mmrag.errors import CorruptFile
from mmrag.loaders.limits import check_file

_MOST_CHUNKS = 10_000


def check_wav(path: Path) -> None:
    """Raise CorruptFile for a WAV file of absurdly many chunks; other files are not looked at."""
    check_file(path, bounded=False)
    if next(itertools.islice(_chunks(path), _MOST_CHUNKS, None), None) is not None:
        raise CorruptFile(path, f"is a damaged WAV file of more than {_MOST_CHUNKS} chunks")


def wav_seconds(path: Path) -> float:
    """Seconds from the sizes in a WAV header; 0 where they are left open, as in a live stream."""
    bytes_a_second = 0
    for name, size, head in _chunks(path):
        if name == b"fmt ":
            bytes_a_second = int.from_bytes(head[8:12], "little")
        if name == b"data":
            known = bytes_a_second and 0 < size < 0xFFFFFF00
            return size / bytes_a_second if known else 0.0
    return 0.0


def _chunks(path: Path) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, stated size and first bytes of each chunk; none for another kind of file."""
    with path.open("rb") as handle:
        if handle.read(4) != b"RIFF":
            return
        handle.seek(12)
        while len(head := handle.read(8)) == 8:
            name, size, start = head[:4], int.from_bytes(head[4:], "little"), handle.tell()
            yield name, size, handle.read(12)
            handle.seek(start + size + size % 2)
