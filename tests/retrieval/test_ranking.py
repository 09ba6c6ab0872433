"""Ranking over a real Edge store: the modalities of a shared space in one list."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from llama_index.core.schema import QueryBundle

from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import HybridRetriever, channels_of
from mmrag.retrieval.scales import Scale, Scales
from mmrag.schema import MODALITY, Provenance, build_node, number_nodes
from mmrag.store.edge import EdgeEngine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray, Vector

COSINES = {Modality.IMAGE: np.linspace(0.9, 0.99, 8), Modality.AUDIO: np.linspace(0.1, 0.3, 8)}


@dataclass(frozen=True)
class Along:
    """A channel that asks along the first axis, whatever the words."""

    space: str = "clip"

    def encode(self, query: QueryBundle) -> Vector | None:
        return np.array([1.0, 0.0], np.float32)


def at(cosine: float) -> FloatArray:
    return np.array([cosine, (1 - cosine**2) ** 0.5], np.float32)


def test_modalities_of_a_space_are_merged_by_what_their_scores_are_worth(tmp_path: Path) -> None:
    scales = Scales(
        [
            Scale("clip", Modality.TEXT, modality, float(cosines[-1]), 0.0, 8, 8)
            for modality, cosines in COSINES.items()
        ]
    )
    spaces = [DenseSpace("text", 2), DenseSpace("clip", 2)]
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        store = MMRagQdrantStore.from_engine(engine)
        for modality, cosines in COSINES.items():
            source = Provenance(f"{modality.value}.bin")
            nodes = [build_node("", source, modality=modality, mimetype="a/b") for _ in cosines]
            number_nodes(nodes, "ff")
            store.add(nodes, vectors={"clip": [at(float(cosine)) for cosine in cosines]})
        retriever = HybridRetriever(store, [Along()], top_k=16, fusion="calibrated", scales=scales)
        hits = retriever.retrieve("a lamp")
    said = [channels_of(hit)["clip"] for hit in hits]
    assert [one.rank for one in said] == list(range(1, 17))
    for better, worse in pairwise(said):
        assert better.calibrated is not None and worse.calibrated is not None
        assert (better.calibrated, better.raw) >= (worse.calibrated, worse.raw)
    # the best sound stands as high as the best picture, at a third of its cosine
    assert {hit.node.metadata[MODALITY] for hit in hits[:2]} == {"image", "audio"}
