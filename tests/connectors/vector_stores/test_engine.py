"""Stores asked as one: what goes, what comes back, what fails; random vectors in real databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from databases import faiss_store, milvus_store
from llama_index.core.schema import Node
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores.simple import SimpleVectorStore
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from waiting import join

from mmrag.errors import InvalidPoint, StoreError
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node, number_nodes
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.spec import (
    All,
    Condition,
    DenseSpace,
    FloatArray,
    HasVector,
    Match,
    NoneOf,
    Prefetch,
    Query,
    Range,
)
from mmrag_connectors.vector_stores import engine as module
from mmrag_connectors.vector_stores.contents import Contents
from mmrag_connectors.vector_stores.engine import StoresEngine
from mmrag_connectors.vector_stores.space import StoreSpace

SIZE = 8


def unit(seed: int) -> FloatArray:
    drawn = np.random.default_rng(seed).normal(size=SIZE)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def pages(count: int, *, source: str = "a.pdf", tenant: str | None = None) -> list[Node]:
    """Nodes of one document, a page each; tags are a list on every third."""
    nodes = [
        build_node(
            f"page {page} of {source}",
            Provenance(source, page=page),
            modality=Modality.TEXT,
            mimetype="application/pdf",
        )
        for page in range(1, count + 1)
    ]
    for node in nodes[::3]:
        node.metadata["tags"] = ["third"]
    number_nodes(nodes, f"{source:0>64}", tenant)
    return nodes


@pytest.fixture(params=["faiss", "milvus"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BasePydanticVectorStore]:
    if request.param == "faiss":
        yield faiss_store(SIZE)
    else:
        with milvus_store(tmp_path / "one.db", SIZE) as milvus:
            yield milvus


def engine_over(store: BasePydanticVectorStore, size: int = SIZE) -> StoresEngine:
    space = StoreSpace(DenseSpace("text", size), store)
    return StoresEngine(Contents({"text": space}, {}, SimpleDocumentStore()))


def write(engine: StoresEngine, nodes: Sequence[Node], first: int = 0) -> None:
    """With vectors of the seeds `first` and following."""
    engine.contents.write(nodes, {"text": [unit(first + row) for row in range(len(nodes))]})


def found(
    engine: StoresEngine, seed: int, limit: int = 5, where: Condition | None = None
) -> list[str]:
    """Ids for a question with the vector of a seed."""
    query = Query((Prefetch(unit(seed), "text", limit),), limit, where=where)
    (ranked,) = engine.rank_batch([query])
    return list(ranked.ids)


def test_the_nearest_come_first_with_their_cosines(store: BasePydanticVectorStore) -> None:
    engine, nodes = engine_over(store), pages(40)
    write(engine, nodes)
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(7), "text", 5),), 5, where=CHUNKS)])
    cosines = {node.node_id: float(unit(7) @ unit(row)) for row, node in enumerate(nodes)}
    assert list(ranked.ids) == sorted(cosines, key=lambda i: -cosines[i])[:5]
    assert ranked.scores == pytest.approx([cosines[i] for i in ranked.ids], abs=1e-5)
    (hits,) = engine.query_batch([Query((Prefetch(unit(7), "text", 1),), 1)])
    assert hits[0].payload["page"] == 8


def test_an_empty_store_finds_nothing(store: BasePydanticVectorStore) -> None:
    engine = engine_over(store)
    assert found(engine, 0) == []
    assert engine.count(HasVector("text")) == 0
    assert engine.scroll(HasVector("text")) == ([], None)


def test_conditions_hold_however_deep_their_nodes_lie(
    store: BasePydanticVectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, nodes = engine_over(store), pages(60)
    write(engine, nodes)
    third = {node.node_id for node in nodes[::3]}
    assert set(found(engine, 0, 50, Match("tags", "third"))) == third
    assert not third & set(found(engine, 0, 50, NoneOf((Match("tags", "third"),))))
    last = All((CHUNKS, Range("page", gte=59), Match("source", "a.pdf")))
    assert set(found(engine, 0, 5, last)) == {nodes[58].node_id, nodes[59].node_id}
    monkeypatch.setattr(module, "MOST", 5)  # of a store that takes no filters only these are seen
    expected = 2 if store.stores_text else 0
    assert len(set(found(engine, 0, 5, last)) & {n.node_id for n in nodes[58:]}) >= expected


def test_nobody_sees_what_is_another_tenants(store: BasePydanticVectorStore) -> None:
    engine = engine_over(store)
    odd = "x' or 1 == 1 or tenant == 'y"
    own, others = pages(5, tenant=odd), pages(5, source="b.pdf", tenant="other")
    write(engine, own)
    write(engine, others, 5)
    assert set(found(engine, 6, 9, owned_by("other"))) == {node.node_id for node in others}
    assert set(found(engine, 6, 9, owned_by(odd))) == {node.node_id for node in own}
    assert found(engine, 6, 9, owned_by(None)) == found(engine, 6, 9, owned_by("none")) == []


def test_a_document_leaves_and_comes_back(store: BasePydanticVectorStore) -> None:
    engine, nodes = engine_over(store), pages(4)
    kept = pages(4, source="b.pdf")
    write(engine, nodes)
    write(engine, kept, 10)
    engine.contents.remove([node.node_id for node in nodes], nodes[0].ref_doc_id)
    assert set(found(engine, 0, 9)) == {node.node_id for node in kept}
    assert engine.count(HasVector("text")) == 4
    if store.stores_text:
        left = store.query(VectorStoreQuery(query_embedding=unit(0).tolist(), similarity_top_k=9))
        assert set(left.ids or ()) == {node.node_id for node in kept}
    write(engine, nodes, 20)  # with other vectors, and found by those alone
    assert found(engine, 20, 1) == [nodes[0].node_id]
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(0), "text", 9),), 9)])
    assert len(ranked) == 8
    assert ranked.scores.max() < 0.99
    engine.contents.remove([kept[0].node_id])
    assert kept[0].node_id not in found(engine, 10, 9)


def test_a_node_is_written_in_place_of_the_one_with_its_id(
    store: BasePydanticVectorStore,
) -> None:
    engine, nodes = engine_over(store), pages(3)
    write(engine, nodes)
    write(engine, [nodes[0], nodes[0]], 30)
    assert sorted(found(engine, 31, 9)) == sorted(node.node_id for node in nodes)
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(31), "text", 1),), 1)])
    assert (ranked.ids[0], ranked.scores[0]) == (nodes[0].node_id, pytest.approx(1, abs=1e-5))
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(0), "text", 9),), 9)])
    assert ranked.scores.max() < 0.99  # its vector of before is gone
    assert engine.count(HasVector("text")) == 3


def test_vectors_of_another_size_are_told_of_and_nothing_is_found() -> None:
    engine, nodes = engine_over(faiss_store(SIZE + 1)), pages(2)
    with pytest.raises(StoreError, match=r"'text'.* 8 numbers.*FaissVectorStore did not take"):
        write(engine, nodes)
    assert engine.contents.docstore.docs == {}
    with pytest.raises(InvalidPoint, match="has 3 numbers, not 8"):
        engine.contents.write(nodes[:1], {"text": [np.ones(3, np.float32)]})


class Broken(SimpleVectorStore):
    """A database that is down."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        raise ConnectionError("no route to host")


class Unordered(SimpleVectorStore):
    """A store that gives hits in the order of their ids."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        result = super().query(query, **kwargs)
        rows = sorted(zip(result.ids or (), result.similarities or (), strict=True))
        return VectorStoreQueryResult(ids=[r[0] for r in rows], similarities=[r[1] for r in rows])


class Twice(SimpleVectorStore):
    """A store that gives each hit twice, as one with two versions of a node does."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        result = super().query(query, **kwargs)
        ids, scores = list(result.ids or ()), list(result.similarities or ())
        worse = [score - 3 for score in scores]
        return VectorStoreQueryResult(ids=[*ids, *ids], similarities=[*scores, *worse])


class Steep(SimpleVectorStore):
    """A store whose scores rise with likeness and are no cosines."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        result = super().query(query, **kwargs)
        scores = np.exp(4 * np.array(result.similarities or ()))
        return VectorStoreQueryResult(ids=result.ids, similarities=scores.tolist())


class Stretched(SimpleVectorStore):
    """A store that stretches the scores of each question from 0 to 1, as Weaviate's fusion does."""

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        result = super().query(query, **kwargs)
        scores = np.array(result.similarities or ())
        scores = (scores - scores.min()) / (scores.max() - scores.min())
        return VectorStoreQueryResult(ids=result.ids, similarities=scores.tolist())


def test_a_store_that_fails_is_named() -> None:
    engine = engine_over(Broken())
    with pytest.raises(StoreError, match=r"'text'.*Broken did not search.*no route to host"):
        found(engine, 0)
    engine = engine_over(Unordered())
    write(engine, pages(9))
    with pytest.raises(StoreError, match="in no order"):
        found(engine, 0, 9)


class Unfiltered(SimpleVectorStore):
    """A store without filters, as FAISS is one; counts how often it is asked for some."""

    refused: int = 0

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        if query.filters is not None:
            self.refused += 1
            raise ValueError("no filters here")
        return super().query(query, **kwargs)


def test_a_store_without_filters_is_asked_for_them_once() -> None:
    store = Unfiltered()
    engine, nodes = engine_over(store), pages(9)
    write(engine, nodes)
    for _ in range(2):
        assert found(engine, 0, 3, Range("page", gte=9)) == [nodes[8].node_id]
    assert store.refused == 1


def test_of_a_node_that_comes_twice_the_better_one_counts() -> None:
    engine, nodes = engine_over(Twice()), pages(3)
    write(engine, nodes)
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(0), "text", 9),), 9)])
    assert sorted(ranked.ids) == sorted(node.node_id for node in nodes)
    assert ranked.scores[0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("store", "cosines"),
    [
        (SimpleVectorStore(), True),
        (faiss_store(SIZE, faiss.METRIC_L2), True),
        (Steep(), False),
        (Stretched(), False),
    ],
    ids=["cosine", "distance", "steep", "stretched"],
)
def test_the_scale_of_a_stores_scores_is_found_out(
    store: BasePydanticVectorStore, cosines: bool
) -> None:
    engine, nodes = engine_over(store), pages(30)
    assert engine.reads_cosines("text")  # nothing says otherwise yet
    write(engine, nodes)
    assert engine.reads_cosines("text") is cosines
    (ranked,) = engine.rank_batch([Query((Prefetch(unit(4), "text", 9),), 9)])
    expected = np.array(sorted((float(unit(4) @ unit(row)) for row in range(30)), reverse=True)[:9])
    if cosines:
        assert ranked.scores == pytest.approx(expected, abs=1e-3)
    elif isinstance(store, Steep):
        assert ranked.scores == pytest.approx(np.exp(4 * expected), rel=1e-3)


def test_a_store_is_sampled_and_not_read_through() -> None:
    engine, nodes = engine_over(faiss_store(SIZE)), pages(20)
    write(engine, nodes)
    points, _ = engine.scroll(All((CHUNKS, HasVector("text"), Match("modality", "text"))), limit=3)
    assert [p.id for p in points] == sorted(node.node_id for node in nodes)[:3]
    assert engine.count(All((CHUNKS, HasVector("text"), Match("modality", "image")))) == 0
    (point,) = engine.retrieve([points[0].id, "nobody"], with_vectors=True)
    row = [node.node_id for node in nodes].index(point.id)
    np.testing.assert_allclose(np.asarray(point.vectors["text"]), unit(row))
    for refused in (None, All((HasVector("text"), Match("source", "a.pdf")))):
        with pytest.raises(StoreError, match="sampled"):
            engine.count(refused)
    with pytest.raises(StoreError, match="only sampled"):
        engine.scroll(HasVector("text"), offset="0")


def test_searches_may_overlap(store: BasePydanticVectorStore) -> None:
    engine, nodes = engine_over(store), pages(30)
    write(engine, nodes)
    answers: dict[int, list[str]] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: answers.update({seed: found(engine, seed, 1)}))
        for seed in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        join(thread)
    assert answers == {seed: [nodes[seed].node_id] for seed in range(8)}
