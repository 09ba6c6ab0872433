"""Snapshots of an index, of some of its documents, and of questions to it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice

import numpy as np

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.drift.snapshot import QUESTIONS, Cloud, Place, Snapshot
from mmrag.evaluation.embeddings.sample import UNKNOWN, stacked, unit
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.profiles import TEXT
from mmrag.retrieval.channels import Channel, encode_all
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.scales import held_modalities
from mmrag.schema import MODALITY, SHA256, SOURCE, SURROGATE
from mmrag.store.documents import DocumentRecord, scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.manifest import Manifest, SpaceModel
from mmrag.store.spec import (
    All,
    Condition,
    DenseSpace,
    Engine,
    FloatArray,
    HasVector,
    IsEmpty,
    Match,
    MatchAny,
    NoneOf,
    Point,
    Vector,
)

SAMPLE = 1_000
CAP = 20
"""Items of one document at most, so that no long one stands for all."""
_VISITED = 20
"""Times the sample: so many items are looked at for one, at most."""
_DOCUMENTS = 1_000
"""Documents at most that a part of an index is sampled from."""


def snapshot_of(
    engine: Engine,
    manifest: Manifest,
    *,
    size: int = SAMPLE,
    spaces: Sequence[str] = (),
    documents: Iterable[DocumentRecord] | None = None,
    of: str = "all of it",
) -> Snapshot:
    """A random sample of each kind in each dense space.

    Ids of points are hashes, so that the first ones in their order are a random sample
    (`mmrag.evaluation.embeddings.sample`), the same one every time. Of the text space, files
    without any words are left out.

    Args:
        size: vectors of a kind and space at most.
        spaces: only these.
        documents: only these; None for everything, whatever the tenant.
        of: what that is, in words.
    """
    part: tuple[Condition, ...] = ()
    if documents is not None:
        chosen = sorted(documents, key=lambda record: record.id)[:_DOCUMENTS]
        part = (MatchAny(SOURCE, tuple(record.source for record in chosen)),)
        part += tuple({owned_by(record.tenant) for record in chosen})
    clouds: dict[Place, Cloud] = {}
    for space in dense_spaces(manifest.spaces, spaces, location=engine.location):
        named = {m.value: Match(MODALITY, m.value) for m in held_modalities(engine, space)}
        # words that stand in for missing ones are the name of a file, and no content
        own = (NoneOf((Match(SURROGATE, True),)),) if space == TEXT else ()
        kinds: dict[str, Condition] = {**named, UNKNOWN: IsEmpty(MODALITY)}
        for kind, condition in kinds.items():
            where = All((CHUNKS, HasVector(space), condition, *own, *part))
            cloud = _sampled(engine, space, where, size)
            if cloud.count:
                clouds[space, kind] = cloud
    return Snapshot(
        location=engine.location,
        made=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        profile=manifest.profile,
        models=manifest.spaces,
        clouds=clouds,
        calibration=manifest.calibration,
        of=of,
    )


def narrowed(snapshot: Snapshot, spaces: Sequence[str]) -> Snapshot:
    """The same with these spaces only; all of them if none is named.

    Raises:
        InputError: one is not there, or is sparse.
    """
    kept = dense_spaces(snapshot.models, spaces, location=snapshot.location)
    clouds = {place: cloud for place, cloud in snapshot.clouds.items() if place[0] in kept}
    return replace(snapshot, clouds=clouds)


def dense_spaces(
    spaces: Iterable[SpaceModel], wanted: Sequence[str], *, location: str
) -> list[str]:
    """Names of the dense spaces, of the wanted ones if any are named.

    Raises:
        InputError: a wanted one is not there, or is sparse.
    """
    sizes = {row.space: row.size for row in spaces}
    dense = sorted(space for space, size in sizes.items() if size is not None)
    for name in wanted:
        if name not in dense:
            what = (
                "is sparse, and drift is measured in dense ones"
                if name in sizes
                else "is not there"
            )
            raise InputError(
                f"space {name!r} {what}; the dense spaces of {location} are: {', '.join(dense)}"
            )
    return [name for name in dense if not wanted or name in wanted]


def with_questions(
    snapshot: Snapshot,
    channels: Iterable[Channel],
    questions: Sequence[LabelledQuestion],
    spaces: Collection[str],
) -> Snapshot:
    """The same with the vectors of questions in those of some dense spaces that take them.

    Raises:
        InputError: a picture or recording to ask with cannot be read; the message names the line.
    """
    widths = {row.space: row.size for row in snapshot.models}
    clouds = dict(snapshot.clouds)
    for channel in channels:
        width = widths.get(channel.space)
        if width is None or channel.space not in spaces:
            continue
        vectors = [
            unit(np.asarray(vector, np.float32))
            for vector in _encoded(channel, questions)
            if vector is not None
        ]
        if vectors:
            own = np.arange(len(vectors))
            cloud = Cloud(stacked(vectors, width), own, len(vectors))
            clouds[channel.space, QUESTIONS] = cloud
    return replace(snapshot, clouds=clouds)


def _encoded(channel: Channel, questions: Sequence[LabelledQuestion]) -> list[Vector | None]:
    asked = [
        MultiModalQuery(
            row.words,
            image_path=str(row.image) if row.image else None,
            audio_path=str(row.audio) if row.audio else None,
        )
        for row in questions
    ]
    try:
        return encode_all(channel, asked)
    except LoadError as error:
        raise InputError(f"the questions cannot be asked: {error}") from error


def _sampled(engine: Engine, space: str, where: Condition, size: int) -> Cloud:
    taken: dict[int, int] = {}
    rows: list[FloatArray] = []
    documents: list[int] = []
    broken = 0
    for point in islice(scroll_all(engine, where, with_vectors=True), _VISITED * size):
        document = _document(point)
        if taken.get(document, 0) == CAP:
            continue
        taken[document] = taken.get(document, 0) + 1
        vector = np.asarray(point.vectors[space], np.float32)
        if not np.isfinite(vector).all() or not vector.any():
            broken += 1
            continue
        rows.append(unit(vector))
        documents.append(document)
        if len(rows) == size:
            break
    held = engine.spaces[space]
    width = held.size if isinstance(held, DenseSpace) else 0
    count = engine.count(where)
    return Cloud(stacked(rows, width), np.array(documents, np.intp), count, broken)


def _document(point: Point) -> int:
    """A number of 60 bits for the content of the document that a point is of."""
    content = point.payload.get(SHA256) or point.payload.get(SOURCE) or point.id
    return int(hashlib.sha256(str(content).encode()).hexdigest()[:15], 16)
