"""Any search as a LlamaIndex retriever, narrowed for every query that it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.errors import InputError
from mmrag.retrieval.query import MultiModalQuery, parts_of


class HitsRetriever(BaseRetriever):
    """Asks a search.

    Args:
        hits: the search, which may rerank.
        narrowed: whose modalities and filters hold for every query.
        top_k: of queries that do not say how many they want.
    """

    def __init__(
        self,
        hits: Callable[[MultiModalQuery], list[NodeWithScore]],
        narrowed: MultiModalQuery,
        top_k: int,
    ) -> None:
        super().__init__()
        self._hits, self._narrowed, self._top_k = hits, narrowed, top_k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        if not parts_of(query_bundle):
            raise InputError("nothing was asked: the query is empty")
        if isinstance(query_bundle, MultiModalQuery):
            asked = query_bundle
        else:
            asked = MultiModalQuery(
                query_bundle.query_str,
                image_path=query_bundle.image_path,
                custom_embedding_strs=query_bundle.custom_embedding_strs,
                embedding=query_bundle.embedding,
            )
        own, given = self._narrowed, asked.filters
        filters = MetadataFilters(filters=[f for f in (own.filters, given) if f is not None])
        return self._hits(
            replace(
                asked,
                top_k=asked.top_k or self._top_k,
                modalities=asked.modalities or own.modalities,
                filters=filters if filters.filters else None,
            )
        )

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
