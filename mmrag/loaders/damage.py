"""Turning what parsers raise on damaged files into CorruptFile."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers.expat import ExpatError

from mmrag.errors import CorruptFile, LoadError

# The readers of Office files check little of what they are given; random damage to real files was
# seen to raise all of these. lxml's and ElementTree's syntax errors are SyntaxErrors.
_RAISED: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ExpatError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def damage_reported(path: Path, what: str, *also: type[Exception]) -> Iterator[None]:
    """Raise CorruptFile for whatever a parser raises within; errors of mmrag pass unchanged.

    Args:
        what: what the file should have been, as in "is a damaged or truncated Word document".
        also: further exceptions of the parser that is used.
    """
    try:
        yield
    except LoadError:
        raise
    except RecursionError as exc:
        raise CorruptFile(path, f"is a {what} whose parts are nested too deeply") from exc
    except (*_RAISED, *also) as exc:
        raise CorruptFile(path, f"is a damaged or truncated {what}: {told(exc, path)}") from exc


def told(exc: BaseException, path: Path) -> str:
    """What an exception says, without where the file lies on this machine."""
    said = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
    return (
        said.replace(str(path), path.name).replace(str(path.resolve()), path.name)
        or type(exc).__name__
    )
