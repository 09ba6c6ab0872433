"""Channels: how a question becomes a query vector of one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.bm25 import Bm25
from mmrag.modalities import Modality
from mmrag.retrieval.query import MultiModalQuery
from mmrag.store.spec import FloatArray, Vector


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
class SpaceChannel:
    """Words, a picture, a recording, or several of these in; what is nearest in the space out.

    A question of several parts is the mean of its unit vectors: in a shared space "this picture,
    but at night" lies between the two.
    """

    embedding: MediaEmbedding
    space: str

    def encode(self, query: QueryBundle) -> Vector | None:
        """(dimension,) unit vector of the parts that the model takes; None when it takes none."""
        parts: list[FloatArray] = []
        takes = self.embedding.takes
        if query.query_str.strip() and Modality.TEXT in takes:
            parts.append(self.embedding.embed_queries([query.query_str])[0])
        if query.image_path and Modality.IMAGE in takes:
            parts.append(self.embedding.embed_images([query.image_path])[0])
        audio = query.audio_path if isinstance(query, MultiModalQuery) else None
        if audio and Modality.AUDIO in takes:
            parts.append(self.embedding.embed_audios([audio])[0])
        if not parts:
            return None
        mean = np.mean(parts, axis=0)
        length = float(np.linalg.norm(mean))
        unit: FloatArray = (mean / length).astype(np.float32) if length else parts[0]
        return unit


@dataclass(frozen=True)
class Bm25Channel:
    """Words in, passages that hold those words out."""

    encoder: Bm25
    space: str = "bm25"

    def encode(self, query: QueryBundle) -> Vector | None:
        """Sparse weights of the question's content words."""
        vector = self.encoder.encode_query(query.query_str)
        return vector if vector.indices else None
