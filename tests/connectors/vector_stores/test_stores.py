"""Opening, keeping and refusing: what people write with several vector stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import weaviate
from databases import TEXT, TINY, faiss_store, milvus_store
from llama_index.core.schema import BaseNode, QueryBundle
from llama_index.core.vector_stores.simple import SimpleVectorStore
from llama_index.core.vector_stores.utils import node_to_metadata_dict
from llama_index.vector_stores.faiss import FaissVectorStore
from llama_index.vector_stores.pinecone import PineconeVectorStore
from llama_index.vector_stores.weaviate import WeaviateVectorStore

from mmrag import MMRagIndex
from mmrag.config import RetrievalSettings
from mmrag.errors import ConfigError, IndexMismatch, InputError, LoadError, StoreError
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node, number_nodes
from mmrag.spaces import Columns
from mmrag_connectors.vector_stores import SpaceStores
from mmrag_connectors.vector_stores.space import carrier
from mmrag_connectors.vector_stores.state import NAME


def unit(seed: int, size: int = TEXT) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    drawn = np.random.default_rng(seed).normal(size=size)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def passages(count: int) -> list[BaseNode]:
    nodes = [
        build_node(
            f"Passage {page} of the storm",
            Provenance("storm.pdf", page=page),
            modality=Modality.TEXT,
            mimetype="application/pdf",
        )
        for page in range(1, count + 1)
    ]
    number_nodes(nodes, "0" * 64)
    return list(nodes)


def columns(count: int) -> Columns:
    """Vectors in place of those that models would make; none of words."""
    return {
        "text": [unit(row) for row in range(count)],
        "tiny": [unit(row, TINY) for row in range(count)],
        "bm25": [None] * count,
        "ngram": [None] * count,
    }


def asked(seed: int) -> QueryBundle:
    """A question whose vector is known, so that no model is needed."""
    return QueryBundle("", embedding=unit(seed).tolist())


def test_what_was_persisted_opens_again(tmp_path: Path) -> None:
    nodes, place = passages(30), tmp_path / "kept"
    with milvus_store(tmp_path / "tiny.db") as milvus:
        made = SpaceStores({"text": faiss_store(), "tiny": milvus}, profile="tiny")
        made.engine.contents.write(nodes, columns(30))
        made.delete_nodes([nodes[3].node_id, "nobody"])
        made.persist(place)
        expected = made.as_retriever(settings=RetrievalSettings(fusion="rrf")).retrieve(asked(5))
    with milvus_store(tmp_path / "tiny.db") as milvus:
        text = FaissVectorStore.from_persist_path(str(place / "text.vectors"))
        again = SpaceStores.load(place, {"text": text, "tiny": milvus})
        found = again.as_retriever(settings=RetrievalSettings(fusion="rrf")).retrieve(asked(5))
        assert [hit.node for hit in found] == [hit.node for hit in expected]
        assert [hit.score for hit in found] == [hit.score for hit in expected]
        assert found[0].node.node_id == nodes[5].node_id
        assert set(again.engine.contents.sample) == {n.node_id for n in nodes} - {nodes[3].node_id}
        words = again.engine.contents.lexical["bm25"]
        assert len(words) == 29  # made anew from the nodes
        again.delete(str(nodes[0].ref_doc_id))
        assert again.as_retriever().retrieve(asked(5)) == []
        assert again.nodes_by_point([nodes[5].node_id]) == {}
        again.delete("nothing")


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    place = tmp_path / "kept"
    with pytest.raises(InputError, match=r"has no stores\.json"):
        SpaceStores.load(place, {"text": faiss_store()})
    SpaceStores({"text": faiss_store()}).persist(place)
    with pytest.raises(InputError, match="is of stores for text, found stores for tiny"):
        SpaceStores.load(place, {"tiny": faiss_store(TINY)})
    content = json.loads((place / NAME).read_text(encoding="utf-8"))
    content["spaces"][0]["revision"] = "0.0.1"
    (place / NAME).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="put the weights back"):
        SpaceStores.load(place, {"text": faiss_store()})
    (place / NAME).write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="is damaged"):
        SpaceStores.load(place, {"text": faiss_store()})
    (place / NAME).write_text('{"format": 2, "mmrag_version": "9"}', encoding="utf-8")
    with pytest.raises(IndexMismatch, match="install mmrag 9"):
        SpaceStores.load(place, {"text": faiss_store()})


def test_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="no vector store was given"):
        SpaceStores({})
    with pytest.raises(ConfigError, match="no model is known that fills space 'clap'"):
        SpaceStores({"clap": faiss_store()})
    made = SpaceStores({"text": faiss_store()})
    for changed in ({"diversity": 0.5}, {"collapse_similar": 0.9}):
        with pytest.raises(ConfigError, match="do not give vectors back"):
            made.as_retriever(settings=RetrievalSettings(**changed))  # type: ignore[arg-type]


class Steep(SimpleVectorStore):
    """A store whose scores rise with likeness and are no cosines."""

    def query(self, query: Any, **kwargs: Any) -> Any:
        result = super().query(query, **kwargs)
        result.similarities = [score**3 for score in result.similarities or ()]
        return result


def test_scores_that_are_no_cosines_are_not_calibrated() -> None:
    made = SpaceStores({"text": SimpleVectorStore(), "tiny": Steep()}, profile="tiny", words=False)
    assert set(made.engine.spaces) == {"text", "tiny"}
    made.engine.contents.write(passages(30), columns(30))
    with pytest.raises(ConfigError, match="those of the store of tiny cannot; choose dbsf"):
        made.as_retriever(settings=RetrievalSettings(fusion="calibrated"))
    (hit,) = made.as_retriever(top_k=1).retrieve(asked(2))
    assert hit.node.metadata["channels"]["text"]["calibrated"] is None  # so it was dbsf
    assert hit.node.metadata["page"] == 3


def test_only_what_an_index_has_can_be_copied(archive: MMRagIndex, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no model is known that fills space 'clip'"):
        SpaceStores.copied(archive, {"text": faiss_store(), "clip": faiss_store()})
    made = SpaceStores({"text": faiss_store()})
    assert made.copy(archive) == len(made.engine.contents.sample) > 0
    of_tenant = SpaceStores.copied(archive.for_tenant("somebody"), {"text": faiss_store()})
    assert of_tenant.as_retriever().retrieve(asked(0)) == []


def test_a_picture_that_cannot_be_read_is_told_of_and_not_written(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    node = build_node(
        "", Provenance("broken.png"), modality=Modality.IMAGE, mimetype="image/png", path=broken
    )
    number_nodes([node], "1" * 64)
    made = SpaceStores({"tiny": faiss_store(TINY)}, profile="tiny")
    with pytest.raises(LoadError, match=r"broken\.png"):
        made.add([node])
    assert len(made.engine.contents.sample) == 0


class Recorder:
    """In place of a Pinecone index: keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def upsert(self, vectors: list[Any], **kwargs: Any) -> None:
        self.sent += vectors


class Unconnected(weaviate.WeaviateClient):
    """A Weaviate client without a server, which takes the collection to be there."""

    def __init__(self) -> None:
        super().__init__(
            weaviate.connect.ConnectionParams.from_url("http://127.0.0.1:9", grpc_port=10)
        )
        self.collections.exists = lambda name: True  # type: ignore[method-assign]


@pytest.fixture
def unconnected() -> Iterator[Unconnected]:
    client = Unconnected()
    yield client
    client.close()


def test_hosted_databases_are_constructed_as_the_readme_has_it(unconnected: Unconnected) -> None:
    """No server runs here: this says that their classes fit, not that the databases do."""
    (node,) = passages(1)
    index = Recorder()
    pinecone = SpaceStores({"text": PineconeVectorStore(pinecone_index=index)})
    pinecone.engine.contents.write([node], {**columns(1), "tiny": [None]})
    (sent,) = index.sent
    assert sent["id"].endswith(node.node_id)
    assert sent["metadata"]["page"] == 1
    store = WeaviateVectorStore(weaviate_client=unconnected, index_name="Passages")
    with pytest.raises(StoreError, match=r"'text'.*WeaviateVectorStore did not take 1 vectors"):
        SpaceStores({"text": store}).engine.contents.write([node], {**columns(1), "tiny": [None]})


def test_what_databases_get_is_flat() -> None:
    (node,) = passages(1)
    node.metadata |= {"bbox": [0, 0, 1, 1], "text": "mine", "latitude": 46.5, "longitude": 7.9}
    sent = node_to_metadata_dict(carrier(node, unit(0)), flat_metadata=True)
    assert sent["source"] == "storm.pdf"
    assert sent["doc_id"] == node.ref_doc_id
    assert {"bbox", "text", "geo"}.isdisjoint(sent)
