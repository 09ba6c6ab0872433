"""Labelling files: read as for an index, embedded in batches, labelled part by part and as a whole.

Files are read in processes of their own, so that a broken one costs itself alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from llama_index.core.schema import Node

from mmrag.config import IngestSettings
from mmrag.errors import InputError, UnsupportedFile
from mmrag.ingest.readers import Readers, shared_out
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.report import reason_of
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.sources.given import Given
from mmrag.ingest.sources.local import walk
from mmrag.modalities import Modality, of_mimetype
from mmrag.schema import HEADING, MIMETYPE, TITLE, Provenance, provenance_of
from mmrag.spaces import shows
from mmrag.store.spec import FloatArray
from mmrag.tasks.classifiers import Classifiers, SpaceClassifier
from mmrag.tasks.zero_shot import Prediction

BATCH = 64
"""Parts of files that are embedded at once."""


@dataclass(frozen=True)
class FoundFile:
    """A file to label: its path as the user would write it, and below the folder that was named."""

    path: Path
    shown: str
    below: Path


@dataclass(frozen=True)
class LabelledPart:
    """A scene, page, passage or stretch of a file."""

    place: Provenance
    prediction: Prediction


@dataclass(frozen=True, eq=False)
class LabelledFile:
    """A file with its labels, or why it has none.

    Attributes:
        modality, space: by what it was labelled.
        vector: (dimension,), the mean of the unit vectors of its parts, scaled to 1.
        prediction: all labels, the best first.
        parts: of files that have several.
        first: the first of them, or the only one.
        calibrated: its probabilities were fitted to labelled items.
        skipped: it is no kind of file that mmrag reads.
    """

    file: FoundFile
    modality: Modality | None = None
    space: str = ""
    vector: FloatArray | None = None
    prediction: Prediction = ()
    parts: tuple[LabelledPart, ...] = ()
    first: Node | None = None
    calibrated: bool = False
    error: str = ""
    skipped: bool = False


@dataclass
class _Waiting:
    """A file whose parts are to be embedded."""

    file: FoundFile
    nodes: list[Node]
    modality: Modality
    by: SpaceClassifier
    vectors: list[FloatArray | None] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def find_files(paths: Sequence[str | Path]) -> list[FoundFile]:
    """The files that are named, and those of the folders and globs that are, each once.

    Raises:
        InputError: a path that is not there, an address, or nothing found.
    """
    found: dict[Path, FoundFile] = {}
    for path in paths:
        given = Given.of(path)
        if given.path is None:
            raise InputError(f"{given.shown} is not on this machine; mmrag index fetches files")
        if given.path.is_file():
            here = FoundFile(given.path, str(path), Path(given.path.name))
            found.setdefault(given.path, here)
            continue
        folder = Path(path) if given.glob is None else given.path
        for file in walk(given.path, top=given.path, exclude=None, left_out=Counter()):
            if file.path is not None and (given.glob is None or given.glob.matches(file.name)):
                here = FoundFile(file.path, str(folder / file.name), Path(file.name))
                found.setdefault(file.path, here)
    if not found:
        raise InputError(f"nothing to classify: no files in {', '.join(map(str, paths))}")
    return list(found.values())


def label_files(
    files: Sequence[FoundFile], classifiers: Classifiers, ingest: IngestSettings
) -> Iterator[LabelledFile]:
    """Label files as they are read, which is not the order in which they are given.

    Of a text, its words alone count, and neither its name nor its folder: these may be the very
    labels. A film counts by its scenes where the model takes pictures, else by its sound.

    Args:
        ingest: how files are read; words in pictures and recordings are not looked for.
    """
    by_path = {file.path: file for file in files}
    options = ReadOptions.of(
        ingest.model_copy(update={"ocr": False, "asr": False, "metadata": "none"}), asr_model=""
    )
    count, options = shared_out(options, ingest.workers, len(files))
    readers = Readers(
        # by name alone: of sizes and times, which tell an index what has changed, nothing is asked
        [SourceFile(file.path, file.path.name, 0, 0) for file in files],
        options,
        count=count,
        after=lambda read: None,
        bound=4 * BATCH,
    )
    waiting: list[_Waiting] = []
    try:
        for read in readers:
            if read is not None:
                looked_at = _prepared(read, by_path[read.file.path], classifiers)
                if isinstance(looked_at, LabelledFile):
                    yield looked_at
                else:
                    waiting.append(looked_at)
            if read is None or sum(len(one.nodes) for one in waiting) >= BATCH:
                yield from _labelled(waiting)
                waiting = []
        yield from _labelled(waiting)
    finally:
        readers.stop()


def _prepared(read: Read, file: FoundFile, classifiers: Classifiers) -> LabelledFile | _Waiting:
    if read.error is not None:
        skipped = isinstance(read.error, UnsupportedFile)
        return LabelledFile(file, error=reason_of(read.error), skipped=skipped)
    for node in read.nodes:
        for key in (TITLE, HEADING):
            node.metadata.pop(key, None)
    kinds = [kind for node in read.nodes if (kind := shows(node)) is not None]
    whole = of_mimetype(str(read.nodes[0].metadata[MIMETYPE]))
    for modality in sorted(set(kinds), key=lambda kind: (kind is not whole, -kinds.count(kind))):
        if (by := classifiers.of(modality)) is not None:
            nodes = [node for node in read.nodes if shows(node) is modality]
            return _Waiting(file, nodes, modality, by)
    what = ", ".join(sorted({kind.value for kind in kinds})) or "nothing"
    return LabelledFile(file, error=f"no model in use takes {what}; see --profile, --model")


def _labelled(waiting: Sequence[_Waiting]) -> Iterator[LabelledFile]:
    """Files with their parts embedded together, those of each space."""
    for space in dict.fromkeys(one.by.space for one in waiting):
        chosen = [one for one in waiting if one.by.space == space]
        pairs = [(one, node) for one in chosen for node in one.nodes]
        for start in range(0, len(pairs), BATCH):
            batch = pairs[start : start + BATCH]
            embedding = chosen[0].by.classifier.embedding
            done = embedding.embed_nodes([node for _, node in batch])
            for row, (one, _) in enumerate(batch):
                one.vectors.append(done.vectors[row])
                if (error := done.faults.get(row)) is not None:
                    one.faults.append(reason_of(error))
        for one in chosen:
            yield _whole(one)


def _whole(one: _Waiting) -> LabelledFile:
    there = [(n, v) for n, v in zip(one.nodes, one.vectors, strict=True) if v is not None]
    if not there:
        return LabelledFile(one.file, error=one.faults[0] if one.faults else "has no vector")
    vectors = np.stack([vector for _, vector in there])
    mean = vectors.mean(axis=0)
    unit: FloatArray = (mean / np.linalg.norm(mean)).astype(np.float32)
    classifier = one.by.classifier
    (prediction,) = classifier.classify_vectors(unit[None], one.modality)
    parts: Iterable[tuple[Node, Prediction]] = ()
    if len(there) > 1:
        found = classifier.classify_vectors(vectors, one.modality)
        parts = zip([node for node, _ in there], found, strict=True)
    return LabelledFile(
        one.file,
        one.modality,
        one.by.space,
        unit,
        prediction,
        tuple(LabelledPart(provenance_of(node), labels) for node, labels in parts),
        there[0][0],
        classifier.calibrated(one.modality),
    )
