"""The methods by which LlamaIndex, and the threads of a server, ask an embedding."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from llama_index.core.embeddings.multi_modal_base import MultiModalEmbedding
from llama_index.core.schema import BaseNode, ImageType
from pydantic import PrivateAttr

from mmrag.embeddings.ahead import Fault
from mmrag.embeddings.gathering import Gathering
from mmrag.embeddings.media import AudioInput, ImageInput
from mmrag.errors import MmragError
from mmrag.store.spec import FloatArray

LOG = logging.getLogger("mmrag")


@dataclass(frozen=True)
class EmbeddedNodes:
    """One vector a node, None where there is none, and why for those that should have had one."""

    vectors: list[FloatArray | None]
    faults: dict[int, MmragError] = field(default_factory=dict)


class LlamaEmbedding(MultiModalEmbedding):
    """LlamaIndex's methods over batch methods; queries of several threads are embedded together."""

    _queries: Any = PrivateAttr(default=None)

    # --- what is asked ---------------------------------------------------------------------------

    @abstractmethod
    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """One row a text."""

    @abstractmethod
    def embed_queries(self, queries: Sequence[str]) -> FloatArray:
        """One row a query."""

    @abstractmethod
    def embed_images(
        self, images: Sequence[ImageInput], *, on_fault: Fault | None = None
    ) -> FloatArray:
        """One row a picture."""

    @abstractmethod
    def embed_audios(
        self, sounds: Sequence[AudioInput], *, on_fault: Fault | None = None
    ) -> FloatArray:
        """One row a recording."""

    @abstractmethod
    def embed_nodes(self, nodes: Sequence[BaseNode]) -> EmbeddedNodes:
        """One vector a node, of what it shows."""

    # --- LlamaIndex ------------------------------------------------------------------------------

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Set each node's embedding by what it shows; LlamaIndex's own embeds pictures as text.

        A node that cannot be embedded keeps None, which an ingestion pipeline leaves out, and is
        named in a warning.
        """
        done = self.embed_nodes(nodes)
        for row, (node, vector) in enumerate(zip(nodes, done.vectors, strict=True)):
            node.embedding = None if vector is None else vector.tolist()
            if vector is None:
                reason = done.faults.get(row) or f"{self.class_name()} does not embed its modality"
                LOG.warning("node %s is left without a vector: %s", node.node_id, reason)
        return nodes

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """`__call__` in a thread."""
        return await asyncio.to_thread(self.__call__, nodes, **kwargs)

    def get_audio_embedding(self, audio: AudioInput) -> list[float]:
        """The vector of a recording; LlamaIndex has no hook for sounds."""
        return _floats(self.embed_audios([audio]))[0]

    def get_audio_embeddings(self, audios: Sequence[AudioInput]) -> list[list[float]]:
        """The vectors of recordings."""
        return _floats(self.embed_audios(audios))

    async def aget_audio_embedding(self, audio: AudioInput) -> list[float]:
        """`get_audio_embedding` in a thread."""
        return await asyncio.to_thread(self.get_audio_embedding, audio)

    async def aget_audio_embeddings(self, audios: Sequence[AudioInput]) -> list[list[float]]:
        """`get_audio_embeddings` in a thread."""
        return await asyncio.to_thread(self.get_audio_embeddings, audios)

    def _get_query_embedding(self, query: str) -> list[float]:
        if self._queries is None:  # two threads may each make one at first, which does no harm
            self._queries = Gathering(lambda queries: _floats(self.embed_queries(queries)))
        return cast(list[float], self._queries(query))

    def _get_text_embedding(self, text: str) -> list[float]:
        return _floats(self.embed_texts([text]))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return _floats(self.embed_texts(texts))

    def _get_image_embedding(self, img_file_path: ImageType) -> list[float]:
        return _floats(self.embed_images([img_file_path]))[0]

    def _get_image_embeddings(self, img_file_paths: list[ImageType]) -> list[list[float]]:
        return _floats(self.embed_images(img_file_paths))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    async def _aget_image_embedding(self, img_file_path: ImageType) -> list[float]:
        return await asyncio.to_thread(self._get_image_embedding, img_file_path)

    async def _aget_image_embeddings(self, img_file_paths: list[ImageType]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_image_embeddings, img_file_paths)


def _floats(vectors: FloatArray) -> list[list[float]]:
    rows: list[list[float]] = vectors.tolist()
    return rows
