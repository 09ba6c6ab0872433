"""LlamaIndex's vector store over either engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)

from mmrag.errors import ConfigError, InvalidPoint, UnsafeDelete
from mmrag.server_sections import ServerSettings
from mmrag.store.documents import scroll_all
from mmrag.store.filters import condition_of
from mmrag.store.kinds import ALL_CHUNKS, CHUNK, CHUNKS, DOCUMENT, DOCUMENTS, HIDDEN, KIND
from mmrag.store.manifest import check_finished
from mmrag.store.nodes import DOC_ID, NODE_ID, node_to_payload, payload_to_node, point_id
from mmrag.store.sidecar import is_index
from mmrag.store.spec import (
    All,
    Condition,
    Engine,
    HasId,
    Hit,
    Match,
    MatchAny,
    Point,
    Space,
    SparseEncoder,
    SparseSpace,
    Vector,
)
from mmrag.store.vector_query import query_of

NodeEncoder: TypeAlias = Callable[[Sequence[BaseNode]], Sequence[Vector | None]]
"""Nodes to vectors of one space; None where the space does not apply."""


class MMRagQdrantStore(BasePydanticVectorStore):
    """Nodes in a Qdrant collection with several named vectors.

    The primary space takes `node.embedding` and answers plain queries. Other spaces are filled by
    `add(nodes, vectors={space: [...]})`, by an encoder of that space, or later by
    `update_vectors`. With a `sparse_encoder`, nodes that a plain `VectorStoreIndex` inserts can
    also be found by their words. Marker points and the manifest never come out.

    Args:
        engine: an open engine; `close` of the store closes it.
        primary: the space that `node.embedding` goes to.
        sparse_encoder: fills `sparse_space`, if the collection has it, and encodes queries.
        encoders: for each further space, what fills it when `add` gets no vectors for it.

    Raises:
        ConfigError: a space that the collection does not have.
    """

    stores_text: bool = True
    is_embedding_query: bool = True
    flat_metadata: bool = False
    primary: str = Field(default="text", description="Space that takes node.embedding.")
    sparse_space: str = Field(default="bm25", description="Sparse space of the keyword search.")

    _engine: Engine = PrivateAttr()
    _sparse: SparseEncoder | None = PrivateAttr(default=None)
    _encoders: dict[str, NodeEncoder] = PrivateAttr(default_factory=dict)

    def __init__(
        self,
        engine: Engine,
        *,
        primary: str = "text",
        sparse_space: str = "bm25",
        sparse_encoder: SparseEncoder | None = None,
        encoders: Mapping[str, NodeEncoder] | None = None,
    ) -> None:
        super().__init__(stores_text=True, primary=primary, sparse_space=sparse_space)
        for name in (primary, *(encoders or {})):
            if name not in engine.spaces:
                raise ConfigError(
                    f"{engine.location} has no space {name!r}, it has: "
                    f"{', '.join(engine.spaces)}; choose one of these or add it with add_space"
                )
        if isinstance(engine.spaces[primary], SparseSpace):
            raise ConfigError(f"space {primary!r} is sparse; node.embedding needs a dense one")
        self._engine = engine
        self._sparse = sparse_encoder
        self._encoders = dict(encoders or {})
        if sparse_encoder is not None and isinstance(engine.spaces.get(sparse_space), SparseSpace):
            self._encoders.setdefault(sparse_space, self._encode_words)

    @classmethod
    def class_name(cls) -> str:
        """Name of the class for LlamaIndex's serialisation."""
        return "MMRagQdrantStore"

    @classmethod
    def from_engine(
        cls,
        engine: Engine,
        *,
        primary: str = "text",
        sparse_encoder: SparseEncoder | None = None,
        encoders: Mapping[str, NodeEncoder] | None = None,
    ) -> MMRagQdrantStore:
        """A store over an open engine."""
        return cls(engine, primary=primary, sparse_encoder=sparse_encoder, encoders=encoders)

    @classmethod
    def from_path(
        cls,
        directory: str | Path,
        spaces: Iterable[Space] | None = None,
        *,
        primary: str = "text",
        sparse_encoder: SparseEncoder | None = None,
        encoders: Mapping[str, NodeEncoder] | None = None,
    ) -> MMRagQdrantStore:
        """A store in a directory; with `spaces` it is made if there is none.

        Raises:
            StoreError: it cannot be opened, or is an unfinished copy.
            ConfigError: as of the class.
        """
        from mmrag.store.edge import EdgeEngine

        wanted = list(spaces or ())
        if spaces is None or is_index(Path(directory)):
            engine = EdgeEngine.open(directory)
        else:
            engine = EdgeEngine.create(directory, wanted)
        return cls._finished(engine, wanted, primary, sparse_encoder, encoders)

    @classmethod
    def from_url(
        cls,
        url: str,
        spaces: Iterable[Space] | None = None,
        *,
        collection: str = "mmrag",
        api_key: str | None = None,
        prefer_grpc: bool = False,
        primary: str = "text",
        sparse_encoder: SparseEncoder | None = None,
        encoders: Mapping[str, NodeEncoder] | None = None,
    ) -> MMRagQdrantStore:
        """A store on a Qdrant server; with `spaces` the collection is made if there is none.

        Raises:
            StoreError, ConfigError: as of `from_path`.
        """
        from mmrag.store.server import ServerEngine  # qdrant-client takes long to import

        wanted, server = list(spaces or ()), ServerSettings(prefer_grpc=prefer_grpc)
        there = spaces is None or ServerEngine.exists(
            url, collection=collection, api_key=api_key, server=server
        )
        engine = ServerEngine.connect(
            url,
            None if there else wanted,
            collection=collection,
            api_key=api_key,
            server=server,
        )
        return cls._finished(engine, wanted, primary, sparse_encoder, encoders)

    @classmethod
    def _finished(
        cls,
        engine: Engine,
        spaces: Iterable[Space],
        primary: str,
        sparse_encoder: SparseEncoder | None,
        encoders: Mapping[str, NodeEncoder] | None,
    ) -> MMRagQdrantStore:
        """A store over an engine that was just opened, which is closed where it cannot be."""
        try:
            check_finished(engine)  # before spaces: a copy has those of its source
            for space in spaces:
                engine.add_space(space)
            return cls(engine, primary=primary, sparse_encoder=sparse_encoder, encoders=encoders)
        except BaseException:
            engine.close()
            raise

    @property
    def client(self) -> Engine:
        """The engine, under LlamaIndex's name."""
        return self._engine

    @property
    def engine(self) -> Engine:
        """The engine."""
        return self._engine

    @property
    def chunks_only(self) -> Condition:
        """Holds for nodes; queries that go to the engine directly need it."""
        return CHUNKS

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def add(
        self,
        nodes: Sequence[BaseNode],
        vectors: Mapping[str, Sequence[Vector | None]] | None = None,
        **add_kwargs: object,
    ) -> list[str]:
        """Write nodes durably, replacing those with the same ids.

        Args:
            vectors: for further spaces one vector or None per node.
            add_kwargs: ignored; LlamaIndex passes what its callers give.

        Returns:
            The nodes' ids.

        Raises:
            InvalidPoint: a node or vector that must not be written; nothing was.
        """
        payloads = [node_to_payload(node) for node in nodes]  # first: it refuses bad nodes
        columns = self._columns(nodes, vectors or {})
        points = []
        for row, (node, payload) in enumerate(zip(nodes, payloads, strict=True)):
            named = {name: column[row] for name, column in columns.items()}
            present = {name: vector for name, vector in named.items() if vector is not None}
            points.append(Point(point_id(node.node_id), present, payload))
        if points:
            self._engine.upsert(points)
            self._engine.flush()
        return [node.node_id for node in nodes]

    def update_vectors(self, vectors: Mapping[str, Mapping[str, Vector]]) -> None:
        """Fill named vectors of nodes that are there: {node id: {space: vector}}."""
        self._engine.update_vectors(
            [Point(point_id(node_id), named) for node_id, named in vectors.items()]
        )
        self._engine.flush()

    def query(self, query: VectorStoreQuery, **kwargs: object) -> VectorStoreQueryResult:
        """The best nodes.

        DEFAULT asks the primary space (or `embedding_field`), SPARSE and TEXT_SEARCH the words,
        HYBRID both by reciprocal rank fusion: `alpha` 1 is all meaning, 0 all words, and the hits
        mix in proportion alpha : 1 - alpha.

        Raises:
            NotImplementedError: another mode.
            ConfigError: words are asked for and there is no sparse space or encoder.
            StoreError: the query lacks what its mode needs.
        """
        # A retriever over a store that holds the texts passes empty lists for "any".
        where = self._where(query.node_ids or None, query.filters)
        if query.doc_ids:
            where = All((where, MatchAny(DOC_ID, tuple(query.doc_ids))))
        asked = query_of(
            query,
            where=where,
            primary=self.primary,
            sparse_space=self.sparse_space if self.sparse_space in self._engine.spaces else None,
            encoder=self._sparse,
        )
        return _result(self._engine.query(asked))

    def get_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """The nodes with these ids (in that order) that meet the filters; all without either."""
        points = list(scroll_all(self._engine, self._where(node_ids, filters)))
        if node_ids is not None:
            place = {point_id(node_id): row for row, node_id in enumerate(node_ids)}
            points.sort(key=lambda point: place[point.id])
        return [payload_to_node(point.payload) for point in points]

    def nodes_by_point(self, point_ids: Sequence[str]) -> dict[str, BaseNode]:
        """The nodes of these points (ids of engine hits) that can be found, in the order given."""
        points = self._engine.retrieve(point_ids)
        return {p.id: payload_to_node(p.payload) for p in points if p.payload.get(KIND) == CHUNK}

    def delete(self, ref_doc_id: str, **delete_kwargs: object) -> None:
        """Delete the nodes of a document, and its marker last."""
        self._engine.delete(where=All((ALL_CHUNKS, Match(DOC_ID, ref_doc_id))))
        self._engine.delete(where=All((DOCUMENTS, HasId((point_id(ref_doc_id),)))))
        self._engine.flush()

    def delete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **delete_kwargs: object,
    ) -> None:
        """Delete the nodes that have these ids and meet the filters.

        Raises:
            UnsafeDelete: neither is given; `clear` empties the store.
        """
        if node_ids is None and (filters is None or not filters.filters):
            raise UnsafeDelete("delete_nodes without ids and filters; to delete all use clear()")
        self._engine.delete(where=self._where(node_ids, filters))
        self._engine.flush()

    def clear(self) -> None:
        """Delete all nodes and markers; the spaces and the manifest stay."""
        self._engine.delete(where=MatchAny(KIND, (CHUNK, HIDDEN, DOCUMENT)))
        self._engine.flush()

    async def async_add(
        self,
        nodes: Sequence[BaseNode],
        vectors: Mapping[str, Sequence[Vector | None]] | None = None,
        **add_kwargs: object,
    ) -> list[str]:
        """`add` in a thread."""
        return await asyncio.to_thread(self.add, nodes, vectors)

    async def aquery(self, query: VectorStoreQuery, **kwargs: object) -> VectorStoreQueryResult:
        """`query` in a thread."""
        return await asyncio.to_thread(self.query, query)

    async def aget_nodes(
        self, node_ids: list[str] | None = None, filters: MetadataFilters | None = None
    ) -> list[BaseNode]:
        """`get_nodes` in a thread."""
        return await asyncio.to_thread(self.get_nodes, node_ids, filters)

    async def adelete(self, ref_doc_id: str, **delete_kwargs: object) -> None:
        """`delete` in a thread."""
        await asyncio.to_thread(self.delete, ref_doc_id)

    async def adelete_nodes(
        self,
        node_ids: list[str] | None = None,
        filters: MetadataFilters | None = None,
        **delete_kwargs: object,
    ) -> None:
        """`delete_nodes` in a thread."""
        await asyncio.to_thread(self.delete_nodes, node_ids, filters)

    async def aclear(self) -> None:
        """`clear` in a thread."""
        await asyncio.to_thread(self.clear)

    def _columns(
        self, nodes: Sequence[BaseNode], given: Mapping[str, Sequence[Vector | None]]
    ) -> dict[str, Sequence[Vector | None]]:
        columns: dict[str, Sequence[Vector | None]] = {
            name: encode(nodes)
            for name, encode in self._encoders.items()
            if name not in given and nodes
        }
        columns.update(given)
        columns.setdefault(
            self.primary,
            [None if n.embedding is None else np.asarray(n.embedding, np.float32) for n in nodes],
        )
        for name, column in columns.items():
            if len(column) != len(nodes):
                raise InvalidPoint(
                    f"space {name!r}: {len(column)} vectors for {len(nodes)} nodes; give one or "
                    "None per node"
                )
        return columns

    def _encode_words(self, nodes: Sequence[BaseNode]) -> Sequence[Vector | None]:
        texts = [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
        return self._sparse.encode_documents(texts) if self._sparse else []

    def _where(self, node_ids: list[str] | None, filters: MetadataFilters | None) -> Condition:
        parts: list[Condition] = [CHUNKS]
        if node_ids is not None:
            parts.append(HasId(tuple(point_id(node_id) for node_id in node_ids)))
        if filters is not None:
            parts.append(condition_of(filters))
        return All(tuple(parts))


def _result(hits: Sequence[Hit]) -> VectorStoreQueryResult:
    return VectorStoreQueryResult(
        nodes=[payload_to_node(hit.payload) for hit in hits],
        similarities=[hit.score for hit in hits],
        ids=[str(hit.payload[NODE_ID]) for hit in hits],
    )
