"""What is kept of an index to compare with later: samples of its vectors, and its models."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.embeddings.neighbours import IntArray
from mmrag.store.manifest import SpaceModel
from mmrag.store.spec import FloatArray
from mmrag.version import __version__

FORMAT = 1
QUESTIONS = "questions"
"""Kind of the vectors of questions, beside the modalities of items."""

# what NumPy and zip raise at files that are damaged or something else
_DAMAGED = (LookupError, TypeError, ValueError, AttributeError, EOFError, BadZipFile, zlib.error)

Place: TypeAlias = tuple[str, str]
"""A space, and the kind of what lies in it: a modality, or "questions"."""


@dataclass(frozen=True, eq=False)
class Cloud:
    """Sampled vectors of one kind in one space.

    Attributes:
        vectors: (n, d) unit vectors.
        documents: (n,) a number for the content of the document that each is of; items without
            one have their own.
        count: how many there were to be sampled from.
        broken: sampled vectors that are no directions: zero, or not finite. They are left out.
    """

    vectors: FloatArray
    documents: IntArray
    count: int
    broken: int = 0

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def size(self) -> int:
        """Number of documents."""
        return len(np.unique(self.documents))

    def without(self, other: Cloud) -> Cloud:
        """The same without documents that another one has too."""
        kept = ~np.isin(self.documents, other.documents)
        return replace(self, vectors=self.vectors[kept], documents=self.documents[kept])


@dataclass(frozen=True)
class Snapshot:
    """What an index, or a part of one, held at a time.

    Attributes:
        location: of the index, for messages.
        made: when, ISO 8601 in UTC.
        profile: of the index.
        models: of its spaces, the sparse ones too.
        clouds: samples, by space and kind.
        calibration: what matches score there, as the manifest has it.
        of: what was taken: "all of it", or a part.
    """

    location: str
    made: str
    profile: str
    models: tuple[SpaceModel, ...]
    clouds: Mapping[Place, Cloud]
    calibration: Mapping[str, Any] = field(default_factory=dict)
    of: str = "all of it"

    @property
    def about(self) -> str:
        """One line on what it is of."""
        return f"{self.location}, {self.of}, {self.made}"

    def as_dict(self) -> dict[str, Any]:
        """What it holds, as JSON, without the vectors."""
        return {
            "location": self.location,
            "of": self.of,
            "made": self.made,
            "profile": self.profile,
            "models": [asdict(row) for row in self.models],
            "clouds": [
                {"space": space, "kind": kind, "sampled": len(cloud), "documents": cloud.size}
                | {"count": cloud.count, "broken": cloud.broken}
                for (space, kind), cloud in self.clouds.items()
            ],
        }

    def items(self, space: str) -> list[FloatArray]:
        """The vectors of items in a space, one (n, d) of each kind."""
        return [
            cloud.vectors
            for (where, kind), cloud in self.clouds.items()
            if where == space and kind != QUESTIONS
        ]


def save(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot as .npz: vectors in float16, everything else as JSON.

    Raises:
        InputError: the file cannot be written.
    """
    arrays: dict[str, Any] = {}
    for number, cloud in enumerate(snapshot.clouds.values()):
        arrays[f"vectors{number}"] = cloud.vectors.astype(np.float16)
        arrays[f"documents{number}"] = cloud.documents.astype(np.int64)
    about = {"format": FORMAT, "mmrag_version": __version__}
    head = {**about, **snapshot.as_dict(), "calibration": dict(snapshot.calibration)}
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, head=np.array(json.dumps(head)), **arrays)
    except OSError as error:
        raise InputError(f"cannot write the reference {path}: {error.strerror}") from error


def load(path: Path) -> Snapshot:
    """Read what `save` wrote.

    Raises:
        InputError: it cannot be read, is no reference, damaged, or of another format.
    """
    again = "make it anew with: mmrag eval drift --save-reference"
    try:
        with np.load(path, allow_pickle=False) as file:
            head = json.loads(str(file["head"]))
            if head["format"] != FORMAT:
                raise InputError(
                    f"the reference {path} has format {head['format']!r}, this mmrag reads "
                    f"{FORMAT}; {again}"
                )
            models = tuple(SpaceModel(**row) for row in head["models"])
            widths = {row.space: row.size for row in models}
            clouds = {
                (row["space"], row["kind"]): _cloud(
                    file[f"vectors{number}"],
                    file[f"documents{number}"],
                    widths[row["space"]],
                    count=int(row["count"]),
                    broken=int(row["broken"]),
                )
                for number, row in enumerate(head["clouds"])
            }
            texts = {key: str(head[key]) for key in ("location", "made", "profile", "of")}
            calibration = dict(head["calibration"])
            return Snapshot(**texts, models=models, clouds=clouds, calibration=calibration)
    except InputError:
        raise
    except OSError as error:
        reason = error.strerror or f"it is no reference; {again}"
        raise InputError(f"cannot read the reference {path}: {reason}") from error
    except _DAMAGED as error:
        raise InputError(
            f"the reference {path} is damaged or no reference ({type(error).__name__}: {error}); "
            f"{again}"
        ) from error


def _cloud(
    vectors: FloatArray, documents: IntArray, width: int | None, *, count: int, broken: int
) -> Cloud:
    if vectors.ndim != 2 or vectors.shape[1] != width or documents.shape != (len(vectors),):
        raise ValueError(f"vectors of shape {vectors.shape} in a space of {width} dimensions")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors that are no numbers")
    # float16 changes lengths in the fourth digit
    wide = vectors.astype(np.float32)
    lengths = np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12)
    return Cloud(wide / lengths, documents.astype(np.intp), count, broken)
