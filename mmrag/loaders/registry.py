"""From a file to its reader, and from there to numbered nodes."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import EmptyFile, LimitExceeded, LoadError, MmragError
from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.base import FileReader, sha256_of
from mmrag.loaders.damage import told
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FileKind
from mmrag.schema import number_nodes, whole


@cache
def reader_for(kind: FileKind, limits: Limits = DEFAULT) -> FileReader:
    """The reader of a kind of file; its library is imported here and not before."""
    module, _, name = kind.reader.partition(":")
    reader = getattr(importlib.import_module(module), name)(limits=limits)
    if not isinstance(reader, FileReader):
        raise TypeError(f"{kind.reader} is not a FileReader")
    return reader


def read_file(path: str | Path, source: str, *, limits: Limits = DEFAULT) -> list[Node]:
    """The numbered nodes of one file, whatever its kind.

    Args:
        source: how the file is cited: its path relative to the indexed root.
        limits: the largest input taken.

    Raises:
        LoadError: the file cannot be read, whatever its parser ran into; EmptyFile also when there
            is nothing in it.
    """
    path = Path(path)
    if source != whole(source):
        raise LoadError(path, "has a name that is no UTF-8; rename it")
    kind = sniff(path, limits)
    reader = reader_for(kind, limits)
    try:
        nodes = reader.read(path, source=source)
    except MmragError:
        raise
    except MemoryError as exc:
        reason = "needs more memory than there is, or than ingest.worker_memory_mb allows"
        raise LimitExceeded(path, reason) from exc
    except Exception as exc:
        fault = f"{type(exc).__name__}: {told(exc, path)}"
        raise LoadError(path, f"could not be read as {kind.name}: {fault}") from exc
    if not nodes:
        raise EmptyFile(path, "holds no text, picture or sound")
    number_nodes(nodes, sha256_of(path))
    return nodes
