"""LlamaIndex's own way of indexing a folder: SimpleDirectoryReader and IngestionPipeline.

Readers are those of llama-index-readers-file. The store is LlamaIndex's dictionary in memory, which
is the fastest it has and keeps nothing. The model is the packaged MiniLM, driven as
llama-index-embeddings-huggingface drives one.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from llama_index.core import SimpleDirectoryReader
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import MetadataMode
from llama_index.core.vector_stores import SimpleVectorStore
from pydantic import PrivateAttr

from mmrag.embeddings.weights import locate, without_progress_bars
from mmrag.profiles import MINILM

CHUNK_TOKENS = 144
"""With this, passages are about as long as mmrag's."""


@dataclass(frozen=True)
class Made:
    """What an index was made of."""

    passages: int
    characters: int
    documents: int


class _MiniLm(BaseEmbedding):
    _model: Any = PrivateAttr()

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401
        super().__init__(model_name=MINILM, **fields)
        self._model = _sentence_transformer()

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._model.encode(
            texts,
            batch_size=self.embed_batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
        ).tolist()
        return found

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def llama_index(folder: Path, batch: int | None) -> Made:
    """Index a folder.

    Args:
        batch: texts embedded at once; None leaves LlamaIndex's own number.
    """
    sizes = {} if batch is None else {"embed_batch_size": batch}
    # metadata is left out of the length, for a path alone is longer than a passage
    splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=0, include_metadata=False)
    pipeline = IngestionPipeline(
        transformations=[splitter, _MiniLm(**sizes)], vector_store=SimpleVectorStore()
    )
    with contextlib.redirect_stdout(io.StringIO()):  # of files that it cannot read
        documents = SimpleDirectoryReader(str(folder), recursive=True).load_data()
    nodes = pipeline.run(documents=documents)
    return Made(
        len(nodes),
        sum(len(node.get_content(MetadataMode.NONE)) for node in nodes),
        len({document.metadata["file_path"] for document in documents}),
    )


@cache
def _sentence_transformer() -> Any:  # noqa: ANN401
    from sentence_transformers import SentenceTransformer

    weights = locate(MINILM, purpose="be LlamaIndex's model")
    with without_progress_bars():
        return SentenceTransformer(str(weights.path))
