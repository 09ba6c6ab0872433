"""Reading what a file says of itself, and what lies beside it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmrag.errors import EmptyFile, LimitExceeded, LoadError
from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.loaders.metadata.described import described_pairs
from mmrag.loaders.metadata.documents import DOCUMENTS
from mmrag.loaders.metadata.fields import Fields, Keep, collected
from mmrag.loaders.metadata.findings import Findings
from mmrag.loaders.metadata.pictures import read_picture
from mmrag.loaders.metadata.recordings import read_recording
from mmrag.loaders.metadata.xmp import xmp_pairs
from mmrag.loaders.sidecars import Sidecar
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FileKind, Modality

LARGEST = 1 << 20
"""Bytes of a metadata sidecar."""


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
    if kind.modality is Modality.IMAGE:
        read_picture(path, within, limits)
    elif kind.modality in (Modality.AUDIO, Modality.VIDEO):
        read_recording(path, within, limits)
    elif kind.name in DOCUMENTS:
        DOCUMENTS[kind.name](path, within, limits)
    fields = collected([*beside.pairs, *within.pairs], keep=keep)
    return Metadata(fields, tuple(map(note_of, beside.faults)))


def note_of(fault: LoadError) -> str:
    """What is told of a sidecar that cannot be used: by its name, for its folder is the file's."""
    return f"{Path(fault.path).name} is not used: {fault.reason}"


def sidecar_bytes(sidecar: Sidecar, largest: int) -> bytes:
    """The content of a sidecar.

    Raises:
        EmptyFile, LimitExceeded: nothing, or too much.
        OSError: it cannot be read.
    """
    with sidecar.path.open("rb") as handle:
        data = handle.read(largest + 1)
    if len(data) > largest:
        raise LimitExceeded(sidecar.path, f"has more than {largest} bytes")
    if not data.strip():
        raise EmptyFile(sidecar.path, "is empty")
    return data


def _read_sidecar(sidecar: Sidecar, found: Findings, *, of: str) -> None:
    with found.part(sidecar.path, "metadata sidecar"):
        data = sidecar_bytes(sidecar, LARGEST)
        if sidecar.path.suffix.lower() == ".xmp":
            found.add(xmp_pairs(sidecar.path, data))
        else:
            found.add(described_pairs(sidecar.path, data, of=of))
