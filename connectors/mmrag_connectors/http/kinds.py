"""What received files are, by their content: what mmrag does not read is refused at the door."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from anyio.to_thread import run_sync

from mmrag.errors import EmptyFile, LimitExceeded, LoadError, printable
from mmrag.ingest.sources.archive import named_like_archive
from mmrag.limits import Limits
from mmrag.modalities import FileKind, Modality
from mmrag_connectors.http.multipart import Received
from mmrag_connectors.http.problems import Problem

_ASKED_BY = {"image": (Modality.IMAGE, "picture"), "audio": (Modality.AUDIO, "recording")}


async def check_readable(files: Iterable[Received], limits: Limits) -> None:
    """Refuse files of which nothing could be indexed. An archive is told by its name.

    Raises:
        Problem: 415, or 400 for one without content, 413 for one beyond the limits.
    """
    for file in files:
        if not named_like_archive(file.name):
            await _kind_of(file, limits)


async def check_media(files: Iterable[Received], limits: Limits) -> None:
    """Refuse files that are no picture or recording, as the end of their field's name says.

    Raises:
        Problem: as of `check_readable`.
    """
    for file in files:
        wanted, called = _ASKED_BY[file.field.rpartition("_")[2]]
        kind = await _kind_of(file, limits)
        if kind.modality is not wanted:
            raise _refused(415, file, f"is no {called} but {kind.mimetype}")


async def _kind_of(file: Received, limits: Limits) -> FileKind:
    try:
        return await run_sync(_sniffed, file.path, limits)
    except LimitExceeded as exc:
        raise _refused(413, file, exc.reason) from exc
    except EmptyFile as exc:
        raise _refused(400, file, exc.reason) from exc
    except LoadError as exc:
        raise _refused(415, file, exc.reason) from exc


def _sniffed(path: Path, limits: Limits) -> FileKind:
    from mmrag.loaders.sniff import sniff  # loads FFmpeg

    return sniff(path, limits)


_CODES = {400: "empty_file", 413: "too_large", 415: "unsupported_media_type"}


def _refused(status: int, file: Received, reason: str) -> Problem:
    name = printable(file.name) or f"the file of {file.field!r}"
    return Problem(status, f"{name}: {reason}", _CODES[status])
