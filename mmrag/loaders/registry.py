"""From a file to its reader, and from there to numbered nodes."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import EmptyFile, LimitExceeded, LoadError, MmragError
from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.base import FileReader, sha256_of
from mmrag.loaders.cutting import BY_KEY_FRAMES, Cutting
from mmrag.loaders.damage import told
from mmrag.loaders.descriptions import description_nodes
from mmrag.loaders.metadata.fields import Keep
from mmrag.loaders.metadata.findings import Findings
from mmrag.loaders.metadata.nodes import with_metadata
from mmrag.loaders.metadata.reading import note_of, read_metadata
from mmrag.loaders.sensors.naming import mark_of
from mmrag.loaders.sidecars import Sidecar
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FileKind, Modality
from mmrag.schema import MODALITY, NOTE, SUBTITLES, number_nodes, whole


@cache
def reader_for(
    kind: FileKind, limits: Limits = DEFAULT, cutting: Cutting = BY_KEY_FRAMES
) -> FileReader:
    """The reader of a kind of file; its library is imported here and not before.

    Args:
        cutting: how films are cut into scenes.
    """
    module, _, name = kind.reader.partition(":")
    reader = getattr(importlib.import_module(module), name)(limits=limits, cutting=cutting)
    if not isinstance(reader, FileReader):
        raise TypeError(f"{kind.reader} is not a FileReader")
    return reader


def read_file(
    path: str | Path,
    source: str,
    *,
    sidecars: Sequence[Sidecar] = (),
    metadata: Keep = "all",
    limits: Limits = DEFAULT,
    cutting: Cutting = BY_KEY_FRAMES,
    sha256: str | None = None,
) -> list[Node]:
    """The numbered nodes of one file, whatever its kind, with what lies beside it.

    A text sidecar becomes passages of the picture or recording that it describes, subtitles are
    named to the bridge that reads them, metadata become fields of every node. A sidecar that cannot
    be used costs itself and leaves a note on the first node.

    Args:
        source: how the file is cited: its path relative to the indexed root.
        sidecars: files beside it, of several of a kind the better one first.
        metadata: what of the file's own metadata is kept.
        limits: the largest input taken.
        cutting: how films are cut into scenes.
        sha256: of the file, if it is known.

    Raises:
        LoadError: the file cannot be read, whatever its parser ran into; EmptyFile also when there
            is nothing in it.
    """
    path = Path(path)
    if source != whole(source):
        raise LoadError(path, "has a name that is no UTF-8; rename it")
    kind = sniff(path, limits)
    reader = reader_for(kind, limits, cutting)
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
    described = Findings()
    for sidecar in sidecars:
        if sidecar.kind == "text":
            with described.part(sidecar.path, "description"):
                nodes += description_nodes(sidecar, nodes[0], path)
    _name_subtitles(nodes, [str(s.path) for s in sidecars if s.kind == "subtitles"])
    said = read_metadata(path, kind, sidecars, keep=metadata)
    nodes = with_metadata(nodes, said.fields)
    if kind.modality is Modality.IMAGE and (named := mark_of(path.name)):
        nodes[0].metadata[NOTE] = f"named {named.value}, but no grey of 16 bits: read as a picture"
    found = nodes[0].metadata.get(NOTE)
    if notes := [*([found] if found else []), *map(note_of, described.faults), *said.notes]:
        nodes[0].metadata[NOTE] = "; ".join(notes)
    number_nodes(nodes, sha256 or sha256_of(path))
    return nodes


def _name_subtitles(nodes: Sequence[Node], paths: list[str]) -> None:
    """Name them on the node of the recording; of a film without sound, on its first frame."""
    if paths:
        heard = (node for node in nodes if node.metadata[MODALITY] == Modality.AUDIO.value)
        next(heard, nodes[0]).metadata[SUBTITLES] = paths
