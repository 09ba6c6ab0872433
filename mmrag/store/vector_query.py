"""LlamaIndex's VectorStoreQuery as a query of the engine."""

from __future__ import annotations

import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode

from mmrag.errors import ConfigError, StoreError
from mmrag.store.spec import Condition, Prefetch, Query, Rrf, SparseEncoder

_Mode = VectorStoreQueryMode


def query_of(
    query: VectorStoreQuery,
    *,
    where: Condition,
    primary: str,
    sparse_space: str | None,
    encoder: SparseEncoder | None,
) -> Query:
    """The query of one channel, or of both fused.

    Args:
        where: every restriction, filters included.
        primary: the space of `query_embedding`, unless `embedding_field` names another.
        sparse_space, encoder: of the words; None if there is none.

    Raises:
        NotImplementedError: a mode other than default, sparse, text_search and hybrid.
        ConfigError: words are asked for and there is no sparse space or encoder.
        StoreError: the query lacks what its mode needs.
    """
    space = query.embedding_field or primary
    if query.mode == _Mode.DEFAULT:
        return _single(_by_meaning(query, where, space), query.similarity_top_k)
    if query.mode in (_Mode.SPARSE, _Mode.TEXT_SEARCH):
        limit = query.sparse_top_k or query.similarity_top_k
        return _single(_by_words(query, where, sparse_space, encoder), limit)
    if query.mode == _Mode.HYBRID:
        return _hybrid(query, where, space, sparse_space, encoder)
    raise NotImplementedError(
        f"query mode {query.mode.value!r} is not supported; there are default, sparse, "
        "text_search and hybrid"
    )


def _hybrid(
    query: VectorStoreQuery,
    where: Condition,
    space: str,
    sparse_space: str | None,
    encoder: SparseEncoder | None,
) -> Query:
    alpha = 0.5 if query.alpha is None else query.alpha
    if not 0 <= alpha <= 1:
        raise StoreError(f"hybrid query: alpha {alpha} is not in 0..1")
    limit = query.hybrid_top_k or query.similarity_top_k
    channels: list[Prefetch] = []
    weights: list[float] = []
    # Weights 1 : 1 at alpha 0.5, where it is plain reciprocal rank fusion.
    if alpha > 0 and query.query_embedding is not None:
        channels.append(_by_meaning(query, where, space))
        weights.append(2 * alpha)
    if alpha < 1 and query.query_str:
        channels.append(_by_words(query, where, sparse_space, encoder))
        weights.append(2 * (1 - alpha))
    if not channels:
        raise StoreError("hybrid query: it needs query_embedding or query_str")
    return Query(tuple(channels), limit, Rrf(weights=tuple(weights)))


def _single(channel: Prefetch, limit: int) -> Query:
    return Query((channel,), limit)


def _by_meaning(query: VectorStoreQuery, where: Condition, space: str) -> Prefetch:
    if query.query_embedding is None:
        raise StoreError(f"{query.mode.value} query: it needs query_embedding")
    vector = np.asarray(query.query_embedding, np.float32)
    return Prefetch(vector, space, query.similarity_top_k, where)


def _by_words(
    query: VectorStoreQuery,
    where: Condition,
    sparse_space: str | None,
    encoder: SparseEncoder | None,
) -> Prefetch:
    if encoder is None or sparse_space is None:
        lacking = "sparse space in the collection" if encoder else "sparse_encoder"
        raise ConfigError(f"{query.mode.value} query: the store has no {lacking}")
    if query.query_str is None:
        raise StoreError(f"{query.mode.value} query: it needs query_str")
    limit = query.sparse_top_k or query.similarity_top_k
    return Prefetch(encoder.encode_query(query.query_str), sparse_space, limit, where)
