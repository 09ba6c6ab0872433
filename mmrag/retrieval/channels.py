"""Channels: how questions become query vectors of one space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.bm25 import Bm25
from mmrag.embeddings.trigrams import Trigrams
from mmrag.modalities import SENSORS, Modality
from mmrag.retrieval.names import Vocabulary, names_in
from mmrag.retrieval.query import files_of
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


@runtime_checkable
class BatchChannel(Channel, Protocol):
    """A channel whose model takes many questions at once."""

    def encode_batch(self, queries: Sequence[QueryBundle]) -> list[Vector | None]:
        """What `encode` says of each question."""
        ...


def encode_all(channel: Channel, queries: Sequence[QueryBundle]) -> list[Vector | None]:
    """A channel's query vectors of several questions: in one pass of its model if it can."""
    if isinstance(channel, BatchChannel):
        return channel.encode_batch(queries)
    return [channel.encode(query) for query in queries]


@dataclass(frozen=True)
class DenseTextChannel:
    """Words in, nearest dense text vectors out."""

    embedding: BaseEmbedding
    space: str = "text"

    def encode(self, query: QueryBundle) -> Vector | None:
        """(dimension,) unit vector of the question's words."""
        return self.encode_batch([query])[0]

    def encode_batch(self, queries: Sequence[QueryBundle]) -> list[Vector | None]:
        """(dimension,) unit vectors of each question's words; one pass of the model for all."""
        found: list[Vector | None] = [
            None if query.embedding is None else np.asarray(query.embedding, dtype=np.float32)
            for query in queries
        ]
        rows = [n for n, q in enumerate(queries) if found[n] is None and q.query_str.strip()]
        for row, vector in zip(rows, self._of([queries[n].query_str for n in rows]), strict=True):
            found[row] = vector
        return found

    def _of(self, words: Sequence[str]) -> list[FloatArray]:
        if len(words) > 1 and isinstance(self.embedding, MediaEmbedding):
            return list(self.embedding.embed_queries(words))
        # LlamaIndex has no batch of questions; its method for one also tells its event handlers
        return [np.asarray(self.embedding.get_query_embedding(q), dtype=np.float32) for q in words]


@dataclass(frozen=True)
class SpaceChannel:
    """Words, a picture, a recording, or several of these in; what is nearest in the space out.

    A question of several parts is the mean of its unit vectors: in a shared space "this picture,
    but at night" lies between the two.
    """

    embedding: MediaEmbedding
    space: str

    def encode(self, query: QueryBundle) -> Vector | None:
        """(dimension,) unit vector of the parts that the model takes; None when it takes none.

        Raises:
            LoadError: a picture or recording that is asked with cannot be read.
        """
        return self.encode_batch([query])[0]

    def encode_batch(self, queries: Sequence[QueryBundle]) -> list[Vector | None]:
        """As `encode`, for each question; one pass of the model a modality for all.

        Raises:
            LoadError: a picture or recording that is asked with cannot be read.
        """
        parts: list[list[FloatArray]] = [[] for _ in queries]
        for modality, (part, embed) in self._parts().items():
            if modality not in self.embedding.takes:
                continue
            rows = [row for row, query in enumerate(queries) if part(query)]
            if rows:
                vectors = embed([part(queries[row]) for row in rows])
                for row, vector in zip(rows, vectors, strict=True):
                    parts[row].append(vector)
        return [_middle(vectors) if vectors else None for vectors in parts]

    def _parts(
        self,
    ) -> dict[Modality, tuple[Callable[[QueryBundle], str], Callable[[Sequence[str]], FloatArray]]]:
        """By modality: what a question has of it ("" is nothing), and what embeds it."""
        embedding = self.embedding
        files: dict[Modality, Callable[[Sequence[str]], FloatArray]] = {
            Modality.IMAGE: embedding.embed_images,
            Modality.AUDIO: embedding.embed_audios,
            **{sensor: partial(embedding.embed_measured, sensor) for sensor in SENSORS},
        }
        return {
            Modality.TEXT: (_words, embedding.embed_queries),
            **{modality: (partial(_file, modality), embed) for modality, embed in files.items()},
        }


def _words(query: QueryBundle) -> str:
    return query.query_str if query.query_str.strip() else ""


def _file(modality: Modality, query: QueryBundle) -> str:
    return files_of(query).get(modality, "")


def _middle(parts: Sequence[FloatArray]) -> FloatArray:
    """The direction of the mean; opposite vectors have none, then it is that of the first."""
    mean = np.mean(parts, axis=0)
    length = float(np.linalg.norm(mean))
    return (mean / length).astype(np.float32) if length else parts[0]


@dataclass(frozen=True)
class Bm25Channel:
    """Words in, passages that hold those words out."""

    encoder: Bm25
    space: str = "bm25"

    def encode(self, query: QueryBundle) -> Vector | None:
        """Sparse weights of the question's content words."""
        vector = self.encoder.encode_query(query.query_str)
        return vector if vector.indices else None


@dataclass(frozen=True)
class NgramChannel:
    """Names in, transcripts and OCR text that hold much of their letters out.

    Only names that no passage spells so are asked for. With all names, files in which a name was
    recognised less well would push down those where it stands as it is asked.
    """

    encoder: Trigrams
    vocabulary: Vocabulary
    space: str = "ngram"

    def encode(self, query: QueryBundle) -> Vector | None:
        """Sparse weights of the trigrams of unknown names; None where there are no such names."""
        return self.encode_batch([query])[0]

    def encode_batch(self, queries: Sequence[QueryBundle]) -> list[Vector | None]:
        """The same of several questions; the vocabulary is asked once, and not without a name."""
        rows = [names_in(query.query_str) for query in queries]
        named = list(dict.fromkeys(name for names in rows for name in names))
        unknown = set(self.vocabulary.lacks(named)) if named else set()
        vectors = [
            self.encoder.encode_query([name for name in names if name in unknown]) for names in rows
        ]
        return [vector if vector.indices else None for vector in vectors]
