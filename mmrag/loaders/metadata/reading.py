"""Reading what a file says of itself, and what lies beside it says of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mmrag.errors import EmptyFile, LimitExceeded, LoadError
from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.loaders.metadata.fields import Fields, Keep, collected
from mmrag.loaders.metadata.findings import Findings
from mmrag.loaders.metadata.json_fields import json_pairs
from mmrag.loaders.metadata.xmp import xmp_pairs
from mmrag.loaders.sidecars import Sidecar
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FileKind, Modality

LARGEST = 1 << 20
"""Bytes of a metadata sidecar."""

_READERS: dict[str, str] = {
    Modality.IMAGE: "pictures:read_picture",
    Modality.AUDIO: "recordings:read_recording",
    Modality.VIDEO: "recordings:read_recording",
    "pdf": "documents:read_pdf",
    "docx": "documents:read_office",
    "pptx": "documents:read_office",
    "xlsx": "documents:read_office",
    "epub": "documents:read_epub",
    "html": "documents:read_html",
}
"""By modality, or by the name of a kind of document; named, so that libraries load on use."""


@dataclass(frozen=True)
class Metadata:
    """The fields of a file, and why some of what lies beside it could not be used."""

    fields: Fields = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def metadata_of(
    path: str | Path, sidecars: Sequence[Sidecar] = (), *, keep: Keep = "all"
) -> Fields:
    """The fields of a file without reading the rest of it.

    Raises:
        LoadError: the file is missing, or of a kind that mmrag does not read.
    """
    path = Path(path)
    return read_metadata(path, sniff(path), sidecars, keep=keep).fields


def read_metadata(
    path: Path,
    kind: FileKind,
    sidecars: Sequence[Sidecar] = (),
    *,
    keep: Keep = "all",
    limits: Limits = DEFAULT,
) -> Metadata:
    """The fields of a file of a known kind. What lies beside it is trusted before what is in it.

    A damaged block in the file costs itself, without a word, for cameras and programs write many
    of them; a sidecar that cannot be used is told of, since somebody put it there.
    """
    if keep == "none":
        return Metadata()
    beside = Findings()
    for sidecar in sidecars:
        if sidecar.kind == "metadata":
            _read_sidecar(sidecar, beside, of=path.name)
    within = Findings()
    if name := _READERS.get(kind.name if kind.modality is Modality.TEXT else kind.modality):
        _reader(name)(path, within, limits)
    fields = collected([*beside.pairs, *within.pairs], places=keep != "no-place")
    return Metadata(fields, tuple(map(note_of, beside.faults)))


def note_of(fault: LoadError) -> str:
    """What is told of a sidecar that cannot be used: by its name, for its folder is the file's."""
    return f"{Path(fault.path).name} is not used: {fault.reason}"


def sidecar_bytes(path: Path, largest: int) -> bytes:
    """The content of a sidecar.

    Raises:
        EmptyFile, LimitExceeded: nothing, or too much.
        OSError: it cannot be read.
    """
    with path.open("rb") as handle:
        data = handle.read(largest + 1)
    if len(data) > largest:
        raise LimitExceeded(path, f"has more than {largest} bytes")
    if not data.strip():
        raise EmptyFile(path, "is empty")
    return data


@cache
def _reader(name: str) -> Callable[[Path, Findings, Limits], None]:
    module, _, function = name.partition(":")
    reader: Callable[[Path, Findings, Limits], None] = getattr(
        importlib.import_module(f"mmrag.loaders.metadata.{module}"), function
    )
    return reader


def _read_sidecar(sidecar: Sidecar, found: Findings, *, of: str) -> None:
    with found.part(sidecar.path, "metadata sidecar"):
        data = sidecar_bytes(sidecar.path, LARGEST)
        if sidecar.path.suffix.lower() == ".xmp":
            found.add(xmp_pairs(sidecar.path, data))
        else:
            found.add(json_pairs(sidecar.path, data, of=of))
