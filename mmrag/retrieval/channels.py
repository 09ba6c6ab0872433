"""Channels: how a question becomes a query vector of one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.bm25 import Bm25
from mmrag.store.spec import Vector


class Channel(Protocol):
    """One space, asked in the modalities it understands."""

    @property
    def space(self) -> str: ...

    def encode(self, query: QueryBundle) -> Vector | None:
        """The query vector, or None when the question has nothing in this channel's modality.

        A channel without a query must be left out: an empty string still has a vector, and its
        neighbours would be ranked as if they had been asked for.
        """
        ...


@dataclass(frozen=True)
class DenseTextChannel:
    """Words in, nearest dense text vectors out."""

    embedding: BaseEmbedding
    space: str = "text"

    def encode(self, query: QueryBundle) -> Vector | None:
        """(dimension,) unit vector of the question's words."""
        if query.embedding is not None:
            return np.asarray(query.embedding, dtype=np.float32)
        if not query.query_str.strip():
            return None
        return np.asarray(self.embedding.get_query_embedding(query.query_str), dtype=np.float32)


@dataclass(frozen=True)
class Bm25Channel:
    """Words in, passages that hold those words out."""

    encoder: Bm25
    space: str = "bm25"

    def encode(self, query: QueryBundle) -> Vector | None:
        """Sparse weights of the question's content words."""
        vector = self.encoder.encode_query(query.query_str)
        return vector if vector.indices else None
