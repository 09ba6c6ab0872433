"""The spaces of one index: what each holds, which model fills it, how it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from llama_index.core.schema import BaseNode, MetadataMode

from mmrag.config import OllamaSettings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.bm25 import Bm25
from mmrag.embeddings.catalogue import (
    ANY_OLLAMA,
    MODELS,
    describe,
    embedding_named,
    locate_any,
)
from mmrag.embeddings.media import modality_of
from mmrag.embeddings.trigrams import Trigrams
from mmrag.errors import LLMUnavailable, MmragError
from mmrag.modalities import Modality
from mmrag.profiles import BM25, NGRAM, TEXT, Profile
from mmrag.retrieval.channels import (
    Bm25Channel,
    Channel,
    DenseTextChannel,
    NgramChannel,
    SpaceChannel,
)
from mmrag.retrieval.names import Vocabulary
from mmrag.schema import PART, SURROGATE, VIA, text_of
from mmrag.store.manifest import SpaceModel
from mmrag.store.spec import DenseSpace, Searchable, Space, SparseSpace, Vector

BM25_MODEL = SpaceModel(BM25, "mmrag-bm25", "1", None, None)
NGRAM_MODEL = SpaceModel(NGRAM, "mmrag-trigrams", "1", None, None)

RECOGNISED = ("asr", "ocr")
"""Bridges whose text is a recogniser's guess and may be spelt otherwise than what was there."""

Columns: TypeAlias = dict[str, list[Vector | None]]
"""By space, one vector or None for each node."""


@dataclass(frozen=True)
class Encoded:
    """The vectors of a batch of nodes, and what went wrong by row."""

    columns: Columns
    faults: Mapping[int, MmragError] = field(default_factory=dict)


class Spaces:
    """The spaces that a manifest names. Models are loaded on first use, once each.

    Args:
        rows: the model of every space, as the manifest keeps them.
        passages: whether passages get vectors in the spaces of pictures and sounds too, where a
            question by picture or sound finds them.
        ollama: the server of models that are on one.
    """

    def __init__(
        self,
        rows: Sequence[SpaceModel],
        *,
        passages: bool = True,
        ollama: OllamaSettings = ANY_OLLAMA,
    ) -> None:
        self.rows = tuple(rows)
        self._ollama = ollama
        self._passages = passages
        self._models = {row.space: row.model for row in rows if row.size is not None}
        self._embeddings: dict[str, MediaEmbedding] = {}

    @property
    def media(self) -> tuple[str, ...]:
        """Names of the spaces of pictures and sounds."""
        return tuple(name for name in self._models if name != TEXT)

    def embedding(self, space: str) -> MediaEmbedding:
        """What fills a dense space. Spaces of the same model share one."""
        model = self._models[space]
        if model not in self._embeddings:
            self._embeddings[model] = embedding_named(model, self._ollama)
        return self._embeddings[model]

    def load(self) -> None:
        """Load every model now, so that missing weights are told of before anything is read.

        Raises:
            ModelUnavailable: weights are neither here nor within reach.
        """
        for name in self._models:
            _ = self.embedding(name).dimension

    def holds(self, space: str) -> frozenset[Modality]:
        """What gets a vector in a space of pictures and sounds.

        Passages do not where the model of the text space fills it too: that space can be asked by
        picture itself.
        """
        embeds = self.embedding(space).embeds
        twice = self._models[space] == self._models.get(TEXT)
        return embeds - {Modality.TEXT} if twice or not self._passages else embeds

    def takes(self, modality: Modality) -> bool:
        """Whether a picture or sound can be searched by as such, not only by its words."""
        return any(modality in self.embedding(name).takes for name in self._models)

    def channels(self, engine: Searchable) -> list[Channel]:
        """One channel a space; `engine` holds them."""
        channels: list[Channel] = []
        for name in self._models:
            embedding = self.embedding(name)
            words_only = embedding.takes == {Modality.TEXT}
            kind = DenseTextChannel if words_only else SpaceChannel
            channels.append(kind(embedding, name))
        channels.append(Bm25Channel(Bm25(), BM25))
        if any(row.space == NGRAM for row in self.rows):
            channels.append(NgramChannel(Trigrams(), Vocabulary(engine, space=BM25), NGRAM))
        return channels

    def encode(self, nodes: Sequence[BaseNode], spaces: Sequence[str] | None = None) -> Encoded:
        """The vectors of nodes: of their words in `text` and `bm25`, of the letters of recognised
        text in `ngram`, of their looks and sound in other spaces.

        Args:
            spaces: only these; None means all.
        """
        wanted = [row.space for row in self.rows if spaces is None or row.space in spaces]
        columns: Columns = {name: [None] * len(nodes) for name in wanted}
        faults: dict[int, MmragError] = {}
        for name in wanted:
            if name in (TEXT, BM25):
                self._encode_words(name, nodes, columns[name])
            elif name == NGRAM:
                _encode_letters(nodes, columns[name])
            else:
                self._encode_media(name, nodes, columns[name], faults)
        return Encoded(columns, faults)

    def _encode_words(self, name: str, nodes: Sequence[BaseNode], out: list[Vector | None]) -> None:
        contents = {row: words for row, node in enumerate(nodes) if (words := embed_text(node))}
        texts = list(contents.values())
        vectors: Sequence[Vector] = (
            Bm25().encode_documents(texts)
            if name == BM25
            else list(self.embedding(name).embed_texts(texts))
        )
        for row, vector in zip(contents, vectors, strict=True):
            out[row] = vector

    def _encode_media(
        self,
        name: str,
        nodes: Sequence[BaseNode],
        out: list[Vector | None],
        faults: dict[int, MmragError],
    ) -> None:
        embedding, holds = self.embedding(name), self.holds(name)
        rows = [row for row, node in enumerate(nodes) if shows(node) in holds]
        done = embedding.embed_nodes([nodes[row] for row in rows])
        for row, vector in zip(rows, done.vectors, strict=True):
            out[row] = vector
        faults.update({rows[place]: error for place, error in done.faults.items()})


def _encode_letters(nodes: Sequence[BaseNode], out: list[Vector | None]) -> None:
    rows = [row for row, node in enumerate(nodes) if node.metadata.get(VIA) in RECOGNISED]
    vectors = Trigrams().encode_documents([text_of(nodes[row]) for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        if vector.indices:
            out[row] = vector


def shows(node: BaseNode) -> Modality | None:
    """What a node is in a space of pictures and sounds; None for what is not to be found there.

    A picture with much text has several nodes; the first one carries the picture's vectors, the
    others are parts. A passage without words of its own is nothing to be found.
    """
    modality = modality_of(node)
    if modality is Modality.TEXT and (node.metadata.get(SURROGATE) or not text_of(node).strip()):
        return None
    return None if node.metadata.get(PART) else modality


def embed_text(node: BaseNode) -> str:
    """What is embedded of a node: title, heading path and text; empty for a wordless node."""
    return node.get_content(MetadataMode.EMBED) if text_of(node).strip() else ""


def space_models(
    profile: Profile,
    models: Mapping[str, str] | None = None,
    *,
    ollama: OllamaSettings = ANY_OLLAMA,
    known: Sequence[SpaceModel] = (),
) -> list[SpaceModel]:
    """The rows of a profile's spaces, with `models` (space to model) in place of its own.

    Args:
        ollama: the server of models that are on one.
        known: rows that need not be looked up again where space and model agree.

    Raises:
        MmragError: a model is unknown or not within reach, or its package is not installed.
    """
    chosen = {**profile.spaces, **(models or {})}
    found = {(row.space, row.model): row for row in known}
    rows = [
        found.get((space, placed(model))) or space_model(space, model, ollama)
        for space, model in chosen.items()
    ]
    return [*rows, BM25_MODEL]


def space_model(space: str, model: str, ollama: OllamaSettings = ANY_OLLAMA) -> SpaceModel:
    """The row of a dense space that `model` fills."""
    model = placed(model)
    revision = locate_any(model, ollama, purpose=f"fill the space {space}").revision
    return SpaceModel(space, model, revision, describe(model, ollama).dimension, "cosine")


def placed(model: str) -> str:
    """A model's name as an index keeps it: a local folder by its whole path, others as they are."""
    path = Path(model).expanduser()
    return model if model in MODELS or not path.exists() else str(path.resolve())


def as_they_are_now(
    rows: Sequence[SpaceModel], ollama: OllamaSettings = ANY_OLLAMA
) -> list[SpaceModel]:
    """The same spaces with the revisions of this mmrag and of the weights on this machine.

    An Ollama server that is down is not asked for them: an index opens without it, and much can be
    done with that.

    Raises:
        ModelUnavailable: a local folder or package with weights is gone.
        LLMModelMissing: the Ollama server lacks a model.
    """
    own = {BM25: BM25_MODEL, NGRAM: NGRAM_MODEL}

    def now(row: SpaceModel) -> SpaceModel:
        try:
            weights = locate_any(row.model, ollama, purpose=f"ask the space {row.space}")
        except LLMUnavailable:
            return replace(row, revision=None)
        return replace(row, revision=weights.revision)

    return [own.get(row.space) or now(row) for row in rows]


def engine_space(row: SpaceModel) -> Space:
    """A row as the store knows it."""
    return SparseSpace(row.space) if row.size is None else DenseSpace(row.space, row.size)
