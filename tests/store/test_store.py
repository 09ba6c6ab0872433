"""The LlamaIndex store over both engines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.schema import (
    BaseNode,
    ImageDocument,
    ImageNode,
    MediaResource,
    Node,
    NodeRelationship,
    RelatedNodeInfo,
    TextNode,
)
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from PIL import Image

from mmrag.errors import ConfigError, InvalidPoint, StoreError, UnsafeDelete
from mmrag.modalities import Modality
from mmrag.schema import Provenance, Span, build_node, document_id, number_nodes, spans_of
from mmrag.store.documents import DocumentRecord, get_document, put_document
from mmrag.store.engine import CheckedEngine
from mmrag.store.manifest import Manifest, read_manifest, write_manifest
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, Match, Space, SparseEncoder, SparseSpace, SparseVector

_Mode = VectorStoreQueryMode


@pytest.fixture
def store(engine: CheckedEngine, bm25: SparseEncoder) -> MMRagQdrantStore:
    return MMRagQdrantStore.from_engine(engine, sparse_encoder=bm25)


def _axis(number: int, size: int = 8) -> list[float]:
    return [float(i == number) for i in range(size)]


def _node(number: int, text: str = "", **metadata: Any) -> TextNode:
    node = TextNode(
        text=text or f"text {number}",
        id_=f"node-{number}",
        metadata=metadata,
        embedding=_axis(number),
    )
    node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=f"doc-{number // 2}")
    return node


def _fill(store: MMRagQdrantStore) -> None:
    """Four nodes of two documents, a marker and a manifest."""
    words = ["red barometer", "blue sea", "red sea", "green hut"]
    store.add([_node(i, words[i], n=i, tags=["t", f"t{i}"]) for i in range(4)])
    record = DocumentRecord("x", "0", 1, 1, 1, "text", "text/plain", "1")
    put_document(store.engine, record)
    write_manifest(store.engine, Manifest("1", "offline"))


def _filters(key: str, value: Any, operator: FilterOperator = FilterOperator.EQ) -> MetadataFilters:
    return MetadataFilters(filters=[MetadataFilter(key=key, value=value, operator=operator)])


def _ids(store: MMRagQdrantStore, **query: Any) -> list[str]:
    result = store.query(VectorStoreQuery(**{"similarity_top_k": 10, **query}))
    assert result.ids is not None and result.nodes is not None and result.similarities is not None
    assert [node.node_id for node in result.nodes] == result.ids
    assert result.similarities == sorted(result.similarities, reverse=True)
    return result.ids


# Round trips


def _mmrag_node(path: Path) -> Node:
    node = build_node(
        "Snow fell.",
        Provenance("a/hut.png", bbox=(0.1, 0.2, 0.3, 0.4), heading=("One", "Two")),
        modality=Modality.IMAGE,
        mimetype="image/png",
        path=path,
        spans=[Span(0, 4, bbox=(0.1, 0.2, 0.15, 0.4))],
        via="ocr",
    )
    number_nodes([node], "ab" * 32)
    return node


def _some_nodes(path: Path) -> list[BaseNode]:
    picture = MediaResource(path=path, mimetype="image/png")
    linked = TextNode(
        text="ä\n\0日本", metadata={"kind": "invoice", "nested": {"a": [1]}, "n": None}
    )
    linked.excluded_embed_metadata_keys = ["n"]
    linked.excluded_llm_metadata_keys = ["kind"]
    linked.metadata_template = "{key}={value}"
    linked.relationships = {
        NodeRelationship.SOURCE: RelatedNodeInfo(node_id="d", metadata={"x": 1}, hash="h"),
        NodeRelationship.NEXT: RelatedNodeInfo(node_id="n"),
        NodeRelationship.CHILD: [RelatedNodeInfo(node_id="c1"), RelatedNodeInfo(node_id="c2")],
    }
    return [
        _mmrag_node(path),
        Node(
            text_resource=MediaResource(text=""),
            audio_resource=MediaResource(path=path, mimetype="audio/wav"),
            video_resource=MediaResource(url="https://example.org/a.mp4", mimetype="video/mp4"),  # type: ignore[arg-type]
        ),
        Node(image_resource=picture),
        linked,
        ImageNode(text="caption", image_path=str(path), metadata={"page": 3}),
        Document(text="whole", image_resource=picture, metadata={"file_name": "x"}),
    ]


def test_nodes_come_back_as_they_were(store: MMRagQdrantStore, tmp_path: Path) -> None:
    path = tmp_path / "hut.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    nodes = _some_nodes(path)
    ids = store.add(nodes)
    path.unlink()  # a file that is gone must not take its node along
    again = store.get_nodes(ids)
    assert [type(node) for node in again] == [type(node) for node in nodes]
    assert again == nodes
    assert [spans_of(node) for node in again] == [spans_of(node) for node in nodes]


def test_image_document_keeps_its_media(store: MMRagQdrantStore, tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.new("L", (1, 1)).save(path)  # LlamaIndex looks into it
    store.add([ImageDocument(text="t", image_path=str(path), id_="i")])
    path.unlink()
    [node] = store.get_nodes(["i"])
    assert isinstance(node, ImageDocument) and node.image_path == str(path)


def test_payload(store: MMRagQdrantStore, tmp_path: Path) -> None:
    node = _mmrag_node(tmp_path / "hut.png")
    node.embedding = _axis(1)
    node.text_resource = MediaResource(text="Snow fell.", embeddings={"dense": [0.123456]})
    node.metadata.update({"kind": "mine", "doc_id": "mine", "nan": float("nan"), "d": {"x": 1}})
    node.metadata["big"] = 2**70
    store.add([node], vectors={"clip": [np.ones(5)]})
    [point] = store.engine.retrieve([node.node_id], with_vectors=True)
    assert set(point.vectors) == {"text", "clip", "bm25"}
    reference = document_id("a/hut.png")
    content = point.payload["_node_content"]
    assert {k: v for k, v in point.payload.items() if k != "_node_content"} == {
        "kind": "chunk",
        "_node_type": "Node",
        "_node_id": node.node_id,
        "doc_id": reference,
        "ref_doc_id": reference,
        "title": "a hut",
        "source": "a/hut.png",
        "sha256": "ab" * 32,
        "chunk": 0,
        "modality": "image",
        "mimetype": "image/png",
        "bbox": [0.1, 0.2, 0.3, 0.4],
        "heading": "One > Two",
        "via": "ocr",
        "file_path": str(tmp_path / "hut.png"),
        "metadata_kind": "mine",
    }
    assert "embedding" not in json.loads(content) and "0.123456" not in content
    assert json.loads(content)["metadata"]["spans"]
    assert store.get_nodes(filters=_filters("kind", "mine"))[0].metadata["kind"] == "mine"


@pytest.mark.parametrize(
    "node",
    [
        Node(text_resource=MediaResource(text="t"), image_resource=MediaResource(data=b"abc")),
        Node(audio_resource=MediaResource(data=b"abc")),
        ImageNode(text="t", image="aGFsbG8="),
        TextNode(text="lone surrogate \ud800"),
        TextNode(text="t", metadata={"raw": b"\xff"}),
    ],
)
def test_nodes_that_are_refused(store: MMRagQdrantStore, node: BaseNode) -> None:
    good = _node(1)
    with pytest.raises(InvalidPoint):
        store.add([good, node])
    assert store.engine.count() == 0


def test_bytes_beside_a_path_are_dropped(store: MMRagQdrantStore) -> None:
    path = Path("/nowhere/p.png")
    store.add(
        [
            Node(id_="a", image_resource=MediaResource(data=b"secret", path=path)),
            ImageNode(id_="b", image="c2VjcmV0", image_path=str(path)),
        ]
    )
    first, second = store.get_nodes(["a", "b"])
    assert isinstance(first, Node) and first.image_resource is not None
    assert (first.image_resource.path, first.image_resource.data) == (path, None)
    assert isinstance(second, ImageNode) and (second.image_path, second.image) == (str(path), None)


def test_unknown_classes(store: MMRagQdrantStore) -> None:
    class MyText(TextNode):
        @classmethod
        def class_name(cls) -> str:
            return "MyText"

    class MyNode(Node):
        @classmethod
        def class_name(cls) -> str:
            return "MyNode"

    media = MediaResource(path=Path("/x.wav"))
    store.add([MyText(text="t", id_="1"), MyNode(audio_resource=media, id_="2")])
    text, node = store.get_nodes(["1", "2"])
    assert type(text) is TextNode and text.text == "t"
    assert type(node) is Node and node.audio_resource == media


# Writing


def test_vectors_of_further_spaces(store: MMRagQdrantStore) -> None:
    clip = [np.ones(5, np.float32), None]
    given = {"clip": clip, "bm25": [None, SparseVector((1,), (1.0,))]}
    assert store.add([_node(0), _node(1)], vectors=given) == ["node-0", "node-1"]
    points = {p.payload["_node_id"]: p for p in store.engine.scroll(with_vectors=True)[0]}
    assert set(points["node-0"].vectors) == {"text", "clip"}
    assert set(points["node-1"].vectors) == {"text", "bm25"}
    store.update_vectors({"node-1": {"clip": np.full(5, 2.0)}})
    assert _ids(store, query_embedding=[1.0] * 5, embedding_field="clip") == ["node-1", "node-0"]
    with pytest.raises(InvalidPoint, match="'clip': 1 vectors for 2 nodes"):
        store.add([_node(0), _node(1)], vectors={"clip": [None]})
    with pytest.raises(InvalidPoint, match="unknown space 'clop'"):
        store.add([_node(0)], vectors={"clop": [np.ones(5)]})


def test_encoders_fill_their_spaces(engine: CheckedEngine) -> None:
    def encode(nodes: Sequence[BaseNode]) -> list[Any]:
        return [
            np.full(5, len(node.get_content())) if node.get_content() else None for node in nodes
        ]

    store = MMRagQdrantStore.from_engine(engine, encoders={"clip": encode})
    index = VectorStoreIndex.from_vector_store(store, embed_model=MockEmbedding(embed_dim=8))
    index.insert_nodes([TextNode(text="abc")])
    [point] = engine.scroll(with_vectors=True)[0]
    np.testing.assert_array_equal(np.asarray(point.vectors["clip"]), np.full(5, 3.0))


def test_adding_twice_replaces(store: MMRagQdrantStore) -> None:
    store.add([_node(0, "old words")])
    store.add([_node(0, "new words")])
    [node] = store.get_nodes()
    assert node.get_content() == "new words"
    assert store.add([]) == []


def test_spaces_that_do_not_fit(engine: CheckedEngine) -> None:
    with pytest.raises(ConfigError, match="no space 'nope', it has: text, clip, bm25"):
        MMRagQdrantStore.from_engine(engine, primary="nope")
    with pytest.raises(ConfigError, match="'bm25' is sparse"):
        MMRagQdrantStore.from_engine(engine, primary="bm25")
    with pytest.raises(ConfigError, match="no space 'clap'"):
        MMRagQdrantStore.from_engine(engine, encoders={"clap": lambda nodes: []})


# Queries


def test_default_query(store: MMRagQdrantStore) -> None:
    _fill(store)
    query = [4.0, 3.0, 2.0, 1.0, 0, 0, 0, 0]
    assert _ids(store, query_embedding=query) == ["node-0", "node-1", "node-2", "node-3"]
    assert _ids(store, query_embedding=query, similarity_top_k=2) == ["node-0", "node-1"]
    assert _ids(store, query_embedding=query, node_ids=["node-3", "node-9"]) == ["node-3"]
    assert _ids(store, query_embedding=query, doc_ids=["doc-1"]) == ["node-2", "node-3"]
    assert _ids(store, query_embedding=query, node_ids=[], doc_ids=[]) == [
        f"node-{i}" for i in range(4)
    ]
    filters = _filters("n", 1, FilterOperator.GTE)
    assert _ids(store, query_embedding=query, filters=filters, doc_ids=["doc-0"]) == ["node-1"]
    with pytest.raises(StoreError, match="needs query_embedding"):
        _ids(store, query_str="red")
    with pytest.raises(StoreError, match="has 3 numbers, not 8"):
        _ids(store, query_embedding=[1.0, 2.0, 3.0])


@pytest.mark.parametrize("mode", [_Mode.SPARSE, _Mode.TEXT_SEARCH])
def test_words(store: MMRagQdrantStore, mode: VectorStoreQueryMode) -> None:
    _fill(store)
    assert _ids(store, query_str="barometer", mode=mode) == ["node-0"]
    assert set(_ids(store, query_str="red", mode=mode)) == {"node-0", "node-2"}
    assert len(_ids(store, query_str="red", mode=mode, sparse_top_k=1)) == 1
    assert _ids(store, query_str="red", mode=mode, filters=_filters("n", 2)) == ["node-2"]
    assert _ids(store, query_str="", mode=mode) == []
    with pytest.raises(StoreError, match="needs query_str"):
        _ids(store, query_embedding=_axis(0), mode=mode)


def test_hybrid(store: MMRagQdrantStore) -> None:
    _fill(store)
    meaning = [4.0, 3.0, 2.0, 1.0, 0, 0, 0, 0]
    query = {"query_embedding": meaning, "query_str": "hut", "mode": _Mode.HYBRID}
    by_meaning = ["node-0", "node-1", "node-2", "node-3"]
    assert _ids(store, **query)[0] == "node-3"  # last by meaning, the only one by words
    assert _ids(store, **query, alpha=1.0) == by_meaning
    assert _ids(store, **query, alpha=0.0) == ["node-3"]
    assert _ids(store, **query, hybrid_top_k=2) == ["node-3", "node-0"]
    assert _ids(store, **{**query, "query_str": None}) == by_meaning
    assert _ids(store, **{**query, "query_embedding": None}) == ["node-3"]
    result = store.query(VectorStoreQuery(**query, similarity_top_k=10, alpha=0.5))
    assert result.similarities is not None
    assert result.similarities[0] == pytest.approx(1 / 61 + 1 / 64)
    assert result.similarities[1] == pytest.approx(1 / 61)
    result = store.query(VectorStoreQuery(**query, similarity_top_k=10, alpha=0.8))
    assert result.similarities is not None
    assert result.similarities[0] == pytest.approx(1 / (60 + 4 / 1.6) + 1 / (60 + 1 / 0.4))
    with pytest.raises(StoreError, match=r"alpha 1\.5"):
        _ids(store, **query, alpha=1.5)
    with pytest.raises(StoreError, match="needs query_embedding or query_str"):
        _ids(store, mode=_Mode.HYBRID)


def test_what_is_not_supported(engine: CheckedEngine, store: MMRagQdrantStore) -> None:
    for mode in (_Mode.MMR, _Mode.SVM, _Mode.SEMANTIC_HYBRID):
        with pytest.raises(NotImplementedError, match=mode.value):
            _ids(store, query_embedding=_axis(0), query_str="x", mode=mode)
    deaf = MMRagQdrantStore.from_engine(engine)
    with pytest.raises(ConfigError, match="no sparse_encoder"):
        _ids(deaf, query_str="x", mode=_Mode.SPARSE)


def test_a_collection_without_words(tmp_path: Path, bm25: SparseEncoder) -> None:
    store = MMRagQdrantStore.from_path(tmp_path, [DenseSpace("text", 8)], sparse_encoder=bm25)
    store.add([_node(0)])
    assert _ids(store, query_embedding=_axis(0)) == ["node-0"]
    with pytest.raises(ConfigError, match="no sparse space"):
        _ids(store, query_str="x", mode=_Mode.SPARSE)
    store.close()


def test_markers_never_come_out(store: MMRagQdrantStore) -> None:
    _fill(store)
    assert store.engine.count() == 6
    assert len(store.get_nodes()) == 4
    everything = MetadataFilters(
        filters=[MetadataFilter(key="absent", value=1)], condition=FilterCondition.NOT
    )
    assert len(store.get_nodes(filters=everything)) == 4
    assert store.get_nodes([document_id("x")]) == []
    assert store.nodes_by_point([document_id("x")]) == {}
    store.delete_nodes(filters=everything)
    assert get_document(store.engine, "x") is not None and store.get_nodes() == []


def test_nodes_by_point(store: MMRagQdrantStore, uid: Callable[[int], str]) -> None:
    nodes = [TextNode(text=str(i), id_=uid(i)) for i in range(3)]
    store.add(nodes)
    found = store.nodes_by_point([uid(2), uid(0), uid(9)])
    assert list(found.items()) == [(uid(2), nodes[2]), (uid(0), nodes[0])]


# Deleting


def test_get_and_delete_nodes(store: MMRagQdrantStore) -> None:
    _fill(store)
    wanted = ["node-3", "node-0"]
    assert [n.node_id for n in store.get_nodes(wanted)] == wanted
    odd = _filters("n", [1, 3], FilterOperator.IN)
    assert [n.node_id for n in store.get_nodes(wanted, odd)] == ["node-3"]
    assert store.get_nodes([]) == []
    for nothing in (None, MetadataFilters(filters=[])):
        with pytest.raises(UnsafeDelete, match=r"clear\(\)"):
            store.delete_nodes(filters=nothing)
    store.delete_nodes([])
    store.delete_nodes(wanted, odd)  # both, not either
    assert {n.node_id for n in store.get_nodes()} == {"node-0", "node-1", "node-2"}
    store.delete_nodes(["node-1"])
    store.delete_nodes(filters=_filters("tags", "t2", FilterOperator.CONTAINS))
    assert [n.node_id for n in store.get_nodes()] == ["node-0"]


def test_delete_takes_the_marker_along(store: MMRagQdrantStore) -> None:
    _fill(store)
    node = _mmrag_node(Path("/x.png"))
    store.add([node])
    put_document(store.engine, DocumentRecord("a/hut.png", "0", 1, 1, 1, "image", "image/png", "1"))
    store.delete(document_id("a/hut.png"))
    assert get_document(store.engine, "a/hut.png") is None
    assert len(store.get_nodes()) == 4 and get_document(store.engine, "x") is not None
    store.delete("doc-0")
    assert {n.node_id for n in store.get_nodes()} == {"node-2", "node-3"}


def test_clear_keeps_schema_and_manifest(store: MMRagQdrantStore) -> None:
    _fill(store)
    store.clear()
    assert store.engine.count() == 1 and read_manifest(store.engine) == Manifest("1", "offline")
    _fill(store)
    assert _ids(store, query_str="barometer", mode=_Mode.SPARSE) == ["node-0"]


def test_async_twins(store: MMRagQdrantStore) -> None:
    async def scenario() -> None:
        await store.async_add([_node(i, n=i) for i in range(4)], vectors={"clip": [None] * 4})
        result = await store.aquery(VectorStoreQuery(_axis(2), similarity_top_k=1))
        assert result.ids == ["node-2"]
        both = [store.aquery(VectorStoreQuery(_axis(i), similarity_top_k=1)) for i in range(4)]
        assert [r.ids for r in await asyncio.gather(*both)] == [[f"node-{i}"] for i in range(4)]
        await store.adelete_nodes(["node-0"])
        await store.adelete("doc-1")
        assert [n.node_id for n in await store.aget_nodes()] == ["node-1"]
        with pytest.raises(UnsafeDelete):
            await store.adelete_nodes()
        await store.aclear()
        assert await store.aget_nodes() == []

    asyncio.run(scenario())


# In LlamaIndex


def test_in_a_vector_store_index(store: MMRagQdrantStore) -> None:
    index = VectorStoreIndex.from_vector_store(store, embed_model=MockEmbedding(embed_dim=8))
    for number, text in enumerate(("red barometer", "blue sea", "green hut")):
        index.insert(Document(text=text, id_=f"d{number}", metadata={"n": number}))
    assert len(index.as_retriever(similarity_top_k=5).retrieve("x")) == 3
    filtered = index.as_retriever(filters=_filters("n", 0, FilterOperator.GT), similarity_top_k=5)
    assert {hit.node.get_content() for hit in filtered.retrieve("x")} == {"blue sea", "green hut"}
    words = index.as_retriever(vector_store_query_mode=_Mode.SPARSE, similarity_top_k=1)
    assert [hit.node.get_content() for hit in words.retrieve("the sea")] == ["blue sea"]
    hybrid = index.as_retriever(vector_store_query_mode=_Mode.HYBRID, alpha=0.1, similarity_top_k=3)
    assert hybrid.retrieve("hut")[0].node.get_content() == "green hut"
    answer = index.as_query_engine(llm=MockLLM(), filters=_filters("n", 1)).query("what?")
    assert "blue sea" in str(answer) and "barometer" not in str(answer)
    index.delete_ref_doc("d1")
    assert {n.get_content() for n in store.get_nodes()} == {"red barometer", "green hut"}


def test_in_an_ingestion_pipeline(store: MMRagQdrantStore) -> None:
    pipeline = IngestionPipeline(
        transformations=[MockEmbedding(embed_dim=8)], vector_store=store, disable_cache=True
    )
    pipeline.run(nodes=[_node(0), _node(1)])
    assert {n.node_id for n in store.get_nodes()} == {"node-0", "node-1"}


def test_the_class(store: MMRagQdrantStore, engine: CheckedEngine) -> None:
    assert isinstance(store, BasePydanticVectorStore)
    assert store.class_name() == "MMRagQdrantStore"
    assert (store.stores_text, store.is_embedding_query, store.flat_metadata) == (True, True, False)
    assert store.client is store.engine is engine
    assert store.chunks_only == Match("kind", "chunk")


def test_from_path(tmp_path: Path, spaces: list[Space]) -> None:
    store = MMRagQdrantStore.from_path(tmp_path / "i", spaces)
    store.add([_node(0)])
    store.close()
    again = MMRagQdrantStore.from_path(tmp_path / "i")
    assert [n.node_id for n in again.get_nodes()] == ["node-0"]
    again.close()
    with pytest.raises(ConfigError):
        MMRagQdrantStore.from_path(tmp_path / "i", primary="nope")
    MMRagQdrantStore.from_path(tmp_path / "i", [SparseSpace("words"), *spaces]).close()
