"""What `mmrag eval compression` looks at: spaces, vectors of the index, and queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from mmrag.embeddings.recipes import check_dimensions, recipe_of
from mmrag.errors import InputError
from mmrag.evaluation.questions import read_questions
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.query import MultiModalQuery
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.manifest import Manifest
from mmrag.store.spec import All, DenseSpace, Distance, Engine, FloatArray, HasVector, SparseVector

HELD_OUT, SHARE = 200, 5
"""Vectors that are taken out and asked with: so many, or a fifth of a small space."""

SHORTER = (512, 256, 128)
"""Lengths that vectors are cut to where the model was trained for it and none are named."""


@dataclass(frozen=True)
class Measured:
    """A dense space and the shorter lengths that its model was trained for."""

    name: str
    size: int
    distance: Distance
    dimensions: tuple[int, ...]


def spaces_of(
    engine: Engine, manifest: Manifest, names: Sequence[str], dimensions: Sequence[int] | None
) -> list[Measured]:
    """The dense spaces of these names; without names, all.

    Args:
        dimensions: shorter lengths to try; None is those of SHORTER that the model bears.

    Raises:
        InputError: a space is unknown or sparse.
        ConfigError: a model does not bear a length that is named.
    """
    dense = {n: space for n, space in engine.spaces.items() if isinstance(space, DenseSpace)}
    models = {row.space: row.model for row in manifest.spaces}
    for name in names:
        if name not in dense:
            what = "sparse" if name in engine.spaces else "unknown"
            raise InputError(f"space {name!r} is {what}; choose {', '.join(dense)}")
    found = []
    for name in names or dense:
        size, model = dense[name].size, models.get(name, name)
        recipe = recipe_of(model)
        for number in dimensions or ():
            check_dimensions(model, recipe, number)
        default = [n for n in SHORTER if recipe is not None and n in recipe.shorter]
        wanted = tuple(n for n in (default if dimensions is None else dimensions) if n < size)
        found.append(Measured(name, size, dense[name].distance, wanted))
    return found


def drawn(
    engine: Engine, space: str, size: int, asked: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Up to `size` vectors to be searched, and the queries.

    Ids are hashes, so the first in their order are a random sample. Without `asked`, some vectors
    are held out and asked with: they are like what is searched, which questions may not be.

    Raises:
        InputError: the space is empty.
    """
    points = scroll_all(engine, All((CHUNKS, HasVector(space))), with_vectors=True)
    rows = [np.asarray(p.vectors[space], np.float32) for p in islice(points, size + HELD_OUT)]
    if not rows:
        raise InputError(f"space {space!r} of {engine.location} has no vectors")
    vectors = np.stack(rows)
    if asked is not None:
        return vectors[:size], asked
    out = min(HELD_OUT, len(rows) // SHARE)
    return vectors[out:], vectors[:out]


def asked_of(questions: Path, channels: Sequence[Channel], space: str) -> FloatArray:
    """(m, d) vectors of the questions that can be asked in a space.

    Raises:
        InputError: the file cannot be used, or none of them can be asked there.
    """
    (channel,) = (one for one in channels if one.space == space)
    vectors = []
    for question in read_questions(questions):
        vector = channel.encode(
            MultiModalQuery(
                question.words,
                image_path=str(question.image) if question.image else None,
                audio_path=str(question.audio) if question.audio else None,
            )
        )
        if vector is not None and not isinstance(vector, SparseVector):
            vectors.append(vector)
    if not vectors:
        raise InputError(f"no question of {questions} can be asked in space {space!r}")
    return np.stack(vectors)
