"""What travels between a server and the process that holds its index: pickled, with its length.

Both ends are one program on one machine, and the pipes are theirs alone, so pickles are safe here.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

_LENGTH = struct.Struct(">Q")
HEADER = _LENGTH.size


@dataclass(frozen=True)
class Ask:
    """Call a method, or follow a generator method, of the desk."""

    id: int
    name: str
    args: tuple[Any, ...]
    stream: bool = False


@dataclass(frozen=True)
class Leave:
    """Nobody waits for that stream any more."""

    id: int


@dataclass(frozen=True)
class Told:
    """An answer to an `Ask`: one of many while `more`, else the last, or an error."""

    id: int
    value: Any = None
    error: Exception | None = None
    more: bool = False


@dataclass(frozen=True)
class Opened:
    """The index is open, or cannot be opened."""

    error: Exception | None = None


def packed(message: object) -> bytes:
    """A message as bytes, its length first."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def length_of(header: bytes) -> int:
    """How many bytes follow."""
    (length,) = _LENGTH.unpack(header)
    return int(length)


def unpacked(body: bytes) -> Any:  # noqa: ANN401  (one of the messages above)
    """The message."""
    return pickle.loads(body)


def read(pipe: BinaryIO) -> Any:  # noqa: ANN401
    """The next message; EOFError at the end."""
    header = pipe.read(HEADER)
    body = pipe.read(length_of(header)) if len(header) == HEADER else b""
    if not body:
        raise EOFError
    return unpacked(body)
