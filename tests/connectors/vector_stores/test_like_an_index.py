"""What other databases find is what an index finds."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import faiss
import numpy as np
import pytest
from databases import TINY, faiss_store, milvus_store
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from mmrag import HybridRetriever, MMRagIndex, MultiModalQuery
from mmrag.config import RetrievalSettings
from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import channels_of
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.scales import Scales
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.nodes import payload_to_node
from mmrag_connectors.vector_stores import SpaceStores

WORDS = (
    "What was the highest gust in the storm of February 1956?",
    "snow load on the cableway in March",
    "Who rebuilt the mast?",
    "open day at the station",
    "a hut in the mountains at dusk",
    "temperature on the ridge tonight",
)


@pytest.fixture
def asked(sample_folder: Path) -> list[QueryBundle]:
    """Questions in words, by a picture, and for pictures alone."""
    picture = str(sample_folder / "pictures" / "mountain-hut-at-dusk.jpg")
    return [
        *map(MultiModalQuery, WORDS),
        MultiModalQuery("", image_path=picture),
        MultiModalQuery("a poster", modalities=(Modality.IMAGE,)),
    ]


def retriever_of(index: MMRagIndex, fusion: Fusion) -> HybridRetriever:
    """The retriever of an index with another fusion than its own."""
    scales = Scales.kept(index.manifest.calibration)
    return HybridRetriever(index.vector_store, index.channels(), fusion=fusion, scales=scales)


def ids(hits: list[NodeWithScore]) -> list[str]:
    return [hit.node.node_id for hit in hits]


@pytest.mark.parametrize("fusion", get_args(Fusion))
def test_the_same_hits_come_out_of_faiss_and_milvus(
    archive: MMRagIndex, stores: SpaceStores, asked: list[QueryBundle], fusion: Fusion
) -> None:
    expected = retriever_of(archive, fusion).retrieve_batch(asked)
    retriever = stores.as_retriever(settings=RetrievalSettings(fusion=fusion))
    found = retriever.retrieve_batch(asked)
    shared = [len({*ids(a)} & {*ids(b)}) / len(a) for a, b in zip(expected, found, strict=True)]
    assert np.mean(shared) >= 0.9
    assert [ids(hits)[0] for hits in found] == [ids(hits)[0] for hits in expected]
    assert [hits[0].score for hits in found] == pytest.approx(
        [hits[0].score for hits in expected], abs=0.05
    )


def test_nodes_come_back_whole(archive: MMRagIndex, stores: SpaceStores) -> None:
    points = scroll_all(archive.vector_store.engine, CHUNKS)
    nodes = {node.node_id: node for node in (payload_to_node(point.payload) for point in points)}
    assert stores.nodes_by_point(list(nodes)) == nodes
    (hit,) = stores.as_retriever(top_k=1, modalities=["image"]).retrieve("a hut at dusk")
    assert hit.node.image_resource.path == nodes[hit.node.node_id].image_resource.path  # type: ignore[attr-defined]
    assert set(channels_of(hit)) >= {"tiny"}


def test_scores_are_cosines_whatever_a_store_calls_near(
    archive: MMRagIndex, stores: SpaceStores, tmp_path: Path
) -> None:
    with milvus_store(tmp_path / "tiny.db", metric="L2") as milvus:
        text = faiss_store(metric=faiss.METRIC_L2)
        by_distance = SpaceStores.copied(archive, {"text": text, "tiny": milvus})
        for settings in (RetrievalSettings(fusion="rrf"), RetrievalSettings(fusion="calibrated")):
            expected = stores.as_retriever(settings=settings).retrieve(WORDS[0])
            found = by_distance.as_retriever(settings=settings).retrieve(WORDS[0])
            assert ids(found) == ids(expected)
            for hit, other in zip(found, expected, strict=True):
                for name, said in channels_of(hit).items():
                    assert said.raw == pytest.approx(channels_of(other)[name].raw, abs=1e-4)


def test_filters_hold_whether_or_not_a_database_has_any(
    archive: MMRagIndex, stores: SpaceStores
) -> None:
    report = MetadataFilter(key="source", value="reports/storm-report-1956.pdf")
    second = MetadataFilter(key="page", value=2, operator=FilterOperator.LT)
    filters = (
        MetadataFilters(filters=[report]),
        MetadataFilters(filters=[report, second]),
        MetadataFilters(filters=[report], condition=FilterCondition.NOT),
        MetadataFilters(filters=[MetadataFilter(key="source", value="nothing.pdf")]),
    )
    for chosen in filters:
        expected = archive.as_retriever(top_k=50, filters=chosen).retrieve("the storm")
        found = stores.as_retriever(top_k=50, filters=chosen).retrieve("the storm")
        assert {*ids(found)} == {*ids(expected)}
    narrow = MultiModalQuery("the storm", pages=(1, 1), top_k=50)
    assert {*ids(stores.as_retriever().retrieve(narrow))} == {
        *ids(archive.as_retriever().retrieve(narrow))
    }


def test_added_nodes_are_embedded_as_an_index_embeds_them(
    archive: MMRagIndex, stores: SpaceStores
) -> None:
    points = scroll_all(archive.vector_store.engine, CHUNKS)
    nodes = [payload_to_node(point.payload) for point in points][:12]
    texts = faiss_store(), faiss_store(TINY)
    made = SpaceStores(dict(zip(("text", "tiny"), texts, strict=True)), profile="tiny")
    assert made.add(nodes) == [node.node_id for node in nodes]
    for space in ("text", "tiny"):
        own, copied = made.engine.contents.sample, stores.engine.contents.sample
        expected = copied.vectors(space)
        for node_id, vector in own.vectors(space).items():
            np.testing.assert_allclose(vector, expected[node_id], atol=1e-5)


def test_answers_carry_checked_citations(stores: SpaceStores) -> None:
    response = stores.as_query_engine().query(WORDS[0])
    assert response.metadata is not None and not response.metadata["abstained"]
    assert "reports/storm-report-1956.pdf" in {c["source"] for c in response.metadata["citations"]}
