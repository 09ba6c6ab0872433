"""Weights over a real Edge store: each fusion hears them, names are checked, ranking again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.bm25 import Bm25
from mmrag.errors import ConfigError
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Bm25Channel, Channel
from mmrag.retrieval.hybrid import HybridRetriever, channels_of
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.scales import Scale, Scales
from mmrag.schema import SOURCE, Provenance, build_node, number_nodes
from mmrag.store.edge import EdgeEngine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray, SparseSpace, Vector

FUSIONS: tuple[Fusion, ...] = get_args(Fusion)
COPY = "ab" * 32


@dataclass(frozen=True)
class Fixed:
    """A channel that asks along the first axis, whatever the words."""

    space: str

    def encode(self, query: QueryBundle) -> Vector | None:
        return at(0)


def at(degrees: float) -> FloatArray:
    turn = np.radians(degrees)
    return np.array([np.cos(turn), np.sin(turn)], np.float32)


# passages near to the question by "text" and far by "clip", or the other way round, and pictures
ROWS = [
    ("text.md", Modality.TEXT, {"text": 5.0, "clip": 80.0}),
    ("clip.md", Modality.TEXT, {"text": 80.0, "clip": 5.0}),
    ("both.md", Modality.TEXT, {"text": 40.0, "clip": 45.0}),
    ("near.png", Modality.IMAGE, {"clip": 8.0}),
    ("far.png", Modality.IMAGE, {"clip": 85.0}),
]
CHANNELS: list[Channel] = [Fixed("text"), Fixed("clip"), Bm25Channel(Bm25())]
SCALES = Scales(
    [
        Scale(space, Modality.TEXT, modality, 1.0, 0.0, 8, 8)
        for space in ("text", "clip")
        for modality in (Modality.TEXT, Modality.IMAGE)
    ]
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagQdrantStore]:
    directory: Path = tmp_path_factory.mktemp("weighing") / "index"
    spaces = [DenseSpace("text", 2), DenseSpace("clip", 2), SparseSpace("bm25")]
    with EdgeEngine.create(directory, spaces) as engine:
        made = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        for source, modality, angles in ROWS:
            node = build_node(source, Provenance(source), modality=modality, mimetype="a/b")
            number_nodes([node], COPY if modality is Modality.IMAGE else source)
            made.add([node], vectors={space: [at(angle)] for space, angle in angles.items()})
        yield made


def retriever(store: MMRagQdrantStore, fusion: Fusion, **weights: float) -> HybridRetriever:
    return HybridRetriever(store, CHANNELS, top_k=10, fusion=fusion, weights=weights, scales=SCALES)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_weights_decide_in_every_fusion(store: MMRagQdrantStore, fusion: Fusion) -> None:
    """With "calibrated", "clip" is of two families: of words for passages, its own for pictures."""

    def order(**weights: float) -> list[str]:
        hits = retriever(store, fusion, **weights).retrieve("zzz")
        return [hit.node.metadata[SOURCE] for hit in hits]

    by_text, by_clip = order(text=8.0, clip=0.1), order(text=0.1, clip=8.0)
    assert by_text.index("text.md") < by_text.index("clip.md")
    assert by_clip.index("clip.md") < by_clip.index("text.md")
    assert by_text.index("near.png") > by_clip.index("near.png")


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_space_that_weighs_nothing_is_not_heard_in_any_family(
    store: MMRagQdrantStore, fusion: Fusion
) -> None:
    hits = retriever(store, fusion, clip=0.0).retrieve("zzz")
    assert [hit.node.metadata[SOURCE] for hit in hits] == ["text.md", "both.md", "clip.md"]
    assert all(set(channels_of(hit)) == {"text"} for hit in hits)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_question_searched_once_ranks_as_if_it_were_searched_again(
    store: MMRagQdrantStore, fusion: Fusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    weightings = [{}, {"clip": 4.0}, {"text": 0.25, "clip": 2.0}, {"clip": 0.0}, {"text": 0.0}]
    expected = [
        [
            (hit.node.node_id, hit.score)
            for hit in retriever(store, fusion, **weights).retrieve("zzz")
        ]
        for weights in weightings
    ]
    weighing = retriever(store, fusion, clip=3.0).weighing(QueryBundle("zzz"))
    monkeypatch.setattr(store.engine, "rank_batch", None)
    assert weighing.spaces == {"text", "clip"}
    found = [weighing.rank(weights) for weights in weightings]
    assert [
        [(one.payload["_node_id"], one.fused.score) for one in row] for row in found
    ] == expected
    # all that any weights could bring up is known by now
    monkeypatch.setattr(store.engine, "retrieve", None)
    assert [weighing.rank(weights) for weights in weightings] == found


def test_copies_count_once_whatever_the_weights(store: MMRagQdrantStore) -> None:
    weighing = retriever(store, "rrf").weighing(QueryBundle("zzz"))
    for weights in ({"clip": 0.5}, {"clip": 4.0}):
        pictures = [one for one in weighing.rank(weights) if one.payload[SOURCE].endswith(".png")]
        assert [len(one.copies) for one in pictures] == [1]


def test_weights_of_spaces_that_are_not_there_are_refused(store: MMRagQdrantStore) -> None:
    with pytest.raises(ConfigError, match=r"'clap', 'txet'.*the spaces are: bm25, clip, text"):
        retriever(store, "dbsf", txet=1.0, clap=2.0, clip=1.0)
