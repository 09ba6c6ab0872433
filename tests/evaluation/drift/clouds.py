"""Clouds of unit vectors in documents, whose items are alike."""

from __future__ import annotations

import numpy as np

from mmrag.evaluation.drift.snapshot import Cloud, Place, Snapshot
from mmrag.store.manifest import SpaceModel

WIDTH = 8
MODELS = (
    SpaceModel("clip", "a-model", "1", WIDTH, "cosine"),
    SpaceModel("bm25", "mmrag-bm25", "1"),
)


def cloud(seed: int, documents: int, *, items: int = 4, shift: float = 0.0) -> Cloud:
    """`items` of each of the documents, which lie around a place of their own; the mean of places
    is `shift` along the first axis."""
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(documents, WIDTH)) + shift * np.eye(WIDTH)[0]
    rows = np.repeat(places, items, axis=0) + 0.3 * rng.normal(size=(documents * items, WIDTH))
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Cloud(unit, np.repeat(1000 * seed + np.arange(documents), items), len(unit))


def snapshot(
    clouds: dict[Place, Cloud], *, models: tuple[SpaceModel, ...] = MODELS, location: str = "here"
) -> Snapshot:
    return Snapshot(location, "2026-11-01T00:00:00+00:00", "tiny", models, clouds)
