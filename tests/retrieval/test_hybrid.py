"""The hybrid retriever over a real Edge store."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode, Node, NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)
from pydantic import PrivateAttr

from mmrag.embeddings.bm25 import Bm25
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Bm25Channel, DenseTextChannel
from mmrag.retrieval.fusion import (
    ChannelScore,
    Fused,
    distribution_based,
    reciprocal_rank,
    weighted_sum,
)
from mmrag.retrieval.hybrid import HybridRetriever, channels_of
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.results import search_hit
from mmrag.schema import Provenance, build_node, number_nodes, text_of
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNK, DOCUMENT, KIND, MANIFEST
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, Point, Ranked, SparseSpace

AXES = ("snow", "wind", "goats")


class AxisEmbedding(BaseEmbedding):
    """Counts three words; one more axis is always a little on. Deterministic, no weights."""

    _asked: list[str] = PrivateAttr(default_factory=list)

    def _get_text_embedding(self, text: str) -> list[float]:
        counts = [*(float(text.lower().count(axis)) for axis in AXES), 0.1]
        return (np.asarray(counts) / np.linalg.norm(counts)).tolist()

    def _get_query_embedding(self, query: str) -> list[float]:
        self._asked.append(query)
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


ROWS = [
    ("a.md", Modality.TEXT, "Snow fell on the ridge.", 1),
    ("a.md", Modality.TEXT, "Wind and snow closed the road.", 2),
    ("b.md", Modality.TEXT, "Goats eat anything, wind vanes too.", 1),
    ("hut.png", Modality.IMAGE, "Snow hut", None),
    ("talk.ogg", Modality.AUDIO, "The wind was the loudest thing.", None),
]


@pytest.fixture
def embedding() -> AxisEmbedding:
    return AxisEmbedding()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagQdrantStore]:
    directory: Path = tmp_path_factory.mktemp("hybrid") / "index"
    embedding = AxisEmbedding()
    with EdgeEngine.create(directory, [DenseSpace("text", 4), SparseSpace("bm25")]) as engine:
        made = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        nodes = [
            build_node(text, Provenance(source, page), modality=modality, mimetype="text/plain")
            for source, modality, text, page in ROWS
        ]
        for source in {row[0] for row in ROWS}:
            number_nodes([n for n in nodes if n.metadata["source"] == source], "ff")
        dense = [embedding.get_text_embedding(text_of(node)) for node in nodes]
        made.add(nodes, vectors={"text": [np.asarray(row, np.float32) for row in dense]})
        yield made


@pytest.fixture
def retriever(store: MMRagQdrantStore, embedding: AxisEmbedding) -> HybridRetriever:
    return HybridRetriever(store, [DenseTextChannel(embedding), Bm25Channel(Bm25())], top_k=5)


def texts(hits: list[NodeWithScore]) -> list[str]:
    return [text_of(hit.node) for hit in hits]


def sources(hits: list[NodeWithScore]) -> set[str]:
    return {hit.node.metadata["source"] for hit in hits}


@pytest.mark.parametrize(
    ("fusion", "fuse"),
    [("dbsf", distribution_based), ("rrf", reciprocal_rank), ("weighted_sum", weighted_sum)],
)
def test_hits_carry_what_every_channel_said_and_the_fused_score(
    store: MMRagQdrantStore,
    embedding: AxisEmbedding,
    fusion: Fusion,
    fuse: Callable[[Mapping[str, Ranked]], list[Fused]],
) -> None:
    channels = [DenseTextChannel(embedding), Bm25Channel(Bm25())]
    retriever = HybridRetriever(store, channels, top_k=5, fusion=fusion)
    hits = retriever.retrieve("goats")
    assert texts(hits)[0] == "Goats eat anything, wind vanes too."
    said = channels_of(hits[0])
    cosine = np.dot(embedding.get_text_embedding("goats"), embedding.get_text_embedding(ROWS[2][2]))
    assert said["text"].rank == said["bm25"].rank == 1
    assert said["text"].raw == pytest.approx(cosine, abs=1e-5)
    assert said["bm25"].raw > 0
    assert "bm25" not in channels_of(hits[1])  # it does not hold the word
    ranked = {
        name: [
            (hit.node.node_id, channels_of(hit)[name].raw)
            for hit in sorted(
                (h for h in hits if name in channels_of(h)), key=lambda h: channels_of(h)[name].rank
            )
        ]
        for name in ("text", "bm25")
    }
    fused = fuse({name: Ranked.of(rows) for name, rows in ranked.items()})
    assert [(h.node.node_id, h.score) for h in hits] == [(f.id, f.score) for f in fused]


def test_weights_decide_between_channels(store: MMRagQdrantStore, embedding: AxisEmbedding) -> None:
    channels = [DenseTextChannel(embedding), Bm25Channel(Bm25())]
    # by vector the pure "wind" sentence wins, by words the one that also has "closed" and "road"
    asked = "wind wind wind closed road"
    by_vector = HybridRetriever(store, channels, weights={"bm25": 0.0}, top_k=1).retrieve(asked)
    by_words = HybridRetriever(store, channels, weights={"text": 0.0}, top_k=1).retrieve(asked)
    assert texts(by_vector) == ["The wind was the loudest thing."]
    assert texts(by_words) == ["Wind and snow closed the road."]
    assert set(channels_of(by_words[0])) == {"bm25"}


def test_modalities_of_the_retriever_and_of_the_query(
    store: MMRagQdrantStore, embedding: AxisEmbedding
) -> None:
    pictures = HybridRetriever(store, [DenseTextChannel(embedding)], modalities=[Modality.IMAGE])
    assert sources(pictures.retrieve("snow")) == {"hut.png"}
    sounds = MultiModalQuery("snow", modalities=(Modality.AUDIO, Modality.TEXT))
    assert sources(pictures.retrieve(sounds)) == {"a.md", "b.md", "talk.ogg"}


def test_filters_of_the_retriever_and_of_the_query_both_hold(
    store: MMRagQdrantStore, embedding: AxisEmbedding
) -> None:
    first_pages = MetadataFilters(filters=[MetadataFilter(key="page", value=1)])
    books = MetadataFilters(
        filters=[
            MetadataFilter(key="source", value="b.md"),
            MetadataFilter(key="page", value=2, operator=FilterOperator.GTE),
        ],
        condition=FilterCondition.OR,
    )
    channels = [DenseTextChannel(embedding), Bm25Channel(Bm25())]
    plain = HybridRetriever(store, channels)
    filtered = HybridRetriever(store, channels, filters=first_pages)
    assert texts(plain.retrieve(MultiModalQuery("goats", filters=books))) == [
        "Goats eat anything, wind vanes too.",
        "Wind and snow closed the road.",
    ]
    assert sources(filtered.retrieve("wind")) == {"a.md", "b.md"}
    assert texts(filtered.retrieve(MultiModalQuery("wind", filters=books))) == [ROWS[2][2]]


def test_top_k_of_the_query_overrides_and_may_exceed_the_candidates(
    store: MMRagQdrantStore, embedding: AxisEmbedding
) -> None:
    retriever = HybridRetriever(store, [DenseTextChannel(embedding)], top_k=2, candidates=1)
    assert len(retriever.retrieve("snow")) == 2
    assert len(retriever.retrieve(MultiModalQuery("snow", top_k=4))) == 4
    assert len(retriever.retrieve(MultiModalQuery("snow", top_k=1))) == 1


@pytest.mark.parametrize("query", ["", "  \n", QueryBundle(""), MultiModalQuery(" ")])
def test_an_empty_query_asks_no_channel(
    retriever: HybridRetriever, embedding: AxisEmbedding, query: str | QueryBundle
) -> None:
    assert retriever.retrieve(query) == []
    assert embedding._asked == []
    bundle = QueryBundle(query) if isinstance(query, str) else query
    assert DenseTextChannel(embedding).encode(bundle) is None
    assert Bm25Channel(Bm25()).encode(bundle) is None


def test_a_query_of_function_words_asks_only_the_dense_channel(retriever: HybridRetriever) -> None:
    hits = retriever.retrieve("what is it?")
    assert len(hits) == len(ROWS)
    assert {name for hit in hits for name in channels_of(hit)} == {"text"}


def test_a_query_may_bring_its_own_embedding(
    retriever: HybridRetriever, embedding: AxisEmbedding
) -> None:
    goats = embedding.get_text_embedding("goats")
    hits = retriever.retrieve(QueryBundle("what is it?", embedding=goats))
    assert texts(hits)[0] == ROWS[2][2]
    assert embedding._asked == []


def test_markers_and_the_manifest_never_come_out(
    store: MMRagQdrantStore, retriever: HybridRetriever, embedding: AxisEmbedding
) -> None:
    vectors = {
        "text": np.asarray(embedding.get_text_embedding("snow"), np.float32),
        "bm25": Bm25().encode_query("snow"),
    }
    # in earnest they carry no vectors; here they are the best match there is
    points = [Point(str(uuid.uuid4()), vectors, {KIND: kind}) for kind in (DOCUMENT, MANIFEST)]
    store.engine.upsert(points)
    try:
        assert store.engine.count() == len(ROWS) + 2
        hits = retriever.retrieve("snow")
    finally:
        store.engine.delete(ids=[point.id for point in points])
    assert len(hits) == len(ROWS)
    assert {channels_of(hit)["text"].rank for hit in hits} == {1, 2, 3, 4, 5}


def test_async_equals_sync(retriever: HybridRetriever) -> None:
    query = MultiModalQuery("wind and snow", modalities=(Modality.TEXT,))
    assert asyncio.run(retriever.aretrieve(query)) == retriever.retrieve(query)


def test_a_hit_in_the_form_of_the_command_line(retriever: HybridRetriever) -> None:
    row = search_hit(retriever.retrieve("goats")[0]).as_dict()
    assert (row["source"], row["page"], row["modality"]) == ("b.md", 1, "text")
    assert (row["text"], row["bbox"]) == (ROWS[2][2], None)
    assert 0.5 < row["score"] <= 1.0
    assert set(row["channels"]) == {"text", "bm25"}
    assert row["channels"]["bm25"]["rank"] == 1


def test_hits_of_other_retrievers_have_no_channels() -> None:
    assert channels_of(NodeWithScore(node=Node(), score=0.5)) == {}
    stored = {"rank": 1, "raw": 0.5, "calibrated": None}
    node = Node(metadata={KIND: CHUNK, "channels": {"text": stored}})
    assert channels_of(NodeWithScore(node=node)) == {"text": ChannelScore(1, 0.5)}


def test_it_serves_in_a_llamaindex_query_engine(retriever: HybridRetriever) -> None:
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM(), response_mode="compact")
    response = engine.query(MultiModalQuery("goats", top_k=2))
    assert texts(response.source_nodes)[0] == ROWS[2][2]
    assert len(response.source_nodes) == 2
    assert ROWS[2][2] in str(response)  # MockLLM echoes its prompt
    for hit in response.source_nodes:
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert "rank" not in hit.node.get_content(mode)
