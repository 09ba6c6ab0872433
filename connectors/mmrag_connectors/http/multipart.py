"""Forms with files, received block by block into a folder that is gone afterwards.

Starlette's own parser keeps files in the system's temporary folder, from where large ones would be
copied once more, and takes a form that was cut for a whole one; so python-multipart is used
directly. How many bytes a body may have is the matter of `mmrag_connectors.http.body`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from mmrag_connectors.http.leaving import gone
from mmrag_connectors.http.problems import Problem

_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Room:
    """What a form may bring.

    Attributes:
        texts: names of fields that are no files.
        files: by name of a field, how many files it may have.
    """

    texts: tuple[str, ...]
    files: Mapping[str, int]


@dataclass(frozen=True)
class Received:
    """A file of a form.

    Attributes:
        field: of the form.
        name: as the client has it; never part of a path here.
        path: where it lies now.
    """

    field: str
    name: str
    path: Path


@dataclass(frozen=True)
class Form:
    """A form that was received whole."""

    texts: dict[str, str] = field(default_factory=dict)
    files: list[Received] = field(default_factory=list)

    def paths(self, name: str) -> list[Path]:
        """Where the files of one field lie."""
        return [file.path for file in self.files if file.field == name]


@asynccontextmanager
async def received_form(
    request: Request, room: Room, folder: Path | None = None
) -> AsyncIterator[Form]:
    """The form in a request; whatever becomes of it, its files that are still there are removed.

    Args:
        folder: below which files are put; None is the system's temporary folder.

    Raises:
        Problem: it is no form, broken, has a field of another name, or more than there is room for.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Problem(415, "send multipart/form-data with a boundary", "unsupported_media_type")
    own = Path(await run_sync(lambda: mkdtemp(prefix="mmrag-form-", dir=folder)))
    try:
        reading = _Reading(room, own, options[b"boundary"])
        async for block in request.stream():
            reading.take(block)
            await run_sync(reading.write)
        yield reading.form()
    except ClientDisconnect as exc:
        raise gone() from exc
    finally:
        with anyio.CancelScope(shield=True):
            await run_sync(lambda: shutil.rmtree(own, ignore_errors=True))


class _Reading:
    """A form as it comes in: told of each piece by the parser, and keeps what is to be written."""

    def __init__(self, room: Room, folder: Path, boundary: bytes) -> None:
        self._room, self._folder = room, folder
        self._texts: dict[str, bytearray] = {}
        self._files: list[Received] = []
        self._header, self._value, self._headers = bytearray(), bytearray(), dict[bytes, bytes]()
        self._text: bytearray | None = None  # the field that is being read, unless it is a file
        self._unwritten: list[tuple[Path, bytes]] = []
        self._ended = False
        with _broken_forms():
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_end": self._on_end,
                },
            )

    def take(self, block: bytes) -> None:
        """Read on."""
        with _broken_forms():
            self._parser.write(block)

    def write(self) -> None:
        """Put into files what was read of them."""
        for path, data in self._unwritten:
            with path.open("ab") as file:
                file.write(data)
        self._unwritten.clear()

    def form(self) -> Form:
        """All of it."""
        if not self._ended:
            raise Problem(400, "the form ends before its last boundary", "invalid_form")
        return Form({name: _decoded(text) for name, text in self._texts.items()}, self._files)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        told = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(told.decode("latin-1"))
        name = _decoded(options.get(b"name", b""))
        if name in self._room.files:
            self._begin_file(name, _decoded(options.get(b"filename", b"")))
        elif name in self._room.texts and name not in self._texts:
            self._text = self._texts[name] = bytearray()
        else:
            fields = ", ".join([*self._room.texts, *self._room.files])
            what = "is there twice" if name in self._texts else "is not known"
            raise Problem(400, f"the field {name!r} {what}; a form has {fields}", "unknown_field")

    def _begin_file(self, field: str, name: str) -> None:
        self._text = None
        most = self._room.files[field]
        if sum(file.field == field for file in self._files) == most:
            raise Problem(413, f"more files as {field!r} than {most}", "too_many_files")
        suffix = Path(name).suffix.lower()  # which tells kinds of text apart
        suffix = suffix if _SUFFIX.fullmatch(suffix) else ""
        path = self._folder / f"{len(self._files)}{suffix}"
        self._files.append(Received(field, name, path))
        self._unwritten.append((path, b""))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._text is None:
            self._unwritten.append((self._files[-1].path, data[start:end]))
        else:
            self._text += data[start:end]

    def _on_end(self) -> None:
        self._ended = True


@contextmanager
def _broken_forms() -> Iterator[None]:
    try:
        yield
    except FormParserError as exc:
        raise Problem(400, "the form is broken: no multipart/form-data", "invalid_form") from exc


def _decoded(text: bytes | bytearray) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Problem(400, "a name or text in the form is not UTF-8", "invalid_form") from exc
