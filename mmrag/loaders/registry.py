"""From a file to its reader, and from there to numbered nodes."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import EmptyFile
from mmrag.loaders.base import FileReader, sha256_of
from mmrag.loaders.cutting import BY_KEY_FRAMES, Cutting
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FileKind
from mmrag.schema import number_nodes


@cache
def reader_for(kind: FileKind, cutting: Cutting = BY_KEY_FRAMES) -> FileReader:
    """The reader of a kind of file; its library is imported here and not before.

    Args:
        cutting: how films are cut into scenes.
    """
    module, _, name = kind.reader.partition(":")
    reader = getattr(importlib.import_module(module), name)(cutting=cutting)
    if not isinstance(reader, FileReader):
        raise TypeError(f"{kind.reader} is not a FileReader")
    return reader


def read_file(path: str | Path, source: str, *, cutting: Cutting = BY_KEY_FRAMES) -> list[Node]:
    """The numbered nodes of one file, whatever its kind.

    Args:
        source: how the file is cited: its path relative to the indexed root.
        cutting: how films are cut into scenes.

    Raises:
        LoadError: the file cannot be read; EmptyFile also when there is nothing in it.
    """
    path = Path(path)
    nodes = reader_for(sniff(path), cutting).read(path, source=source)
    if not nodes:
        raise EmptyFile(path, "holds no text, picture or sound")
    number_nodes(nodes, sha256_of(path))
    return nodes
