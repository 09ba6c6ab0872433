"""Vectors in the form of OpenAI's API."""

from __future__ import annotations

import struct
from base64 import b64encode

from mmrag.words import tokens
from mmrag_connectors.hosting.calls import Vectors
from mmrag_connectors.http.openai.requests import EmbeddingsRequest
from mmrag_connectors.http.openai.responses import Embedding, EmbeddingList, EmbeddingUsage
from mmrag_connectors.http.problems import Problem


def embedded(asked: EmbeddingsRequest, vectors: Vectors) -> EmbeddingList:
    """The vectors of a request.

    Raises:
        Problem: they are wanted in another dimension than they have.
    """
    if asked.dimensions not in (None, vectors.dimension):
        raise Problem(
            400,
            f"{asked.model} has {vectors.dimension} dimensions, not {asked.dimensions}; "
            "leave `dimensions` out",
            "unsupported_dimensions",
            param="dimensions",
        )
    packed = asked.encoding_format == "base64"
    words = sum(len(tokens(text)) for text in asked.texts)
    return EmbeddingList(
        data=[
            Embedding(index=n, embedding=_base64(row) if packed else row)
            for n, row in enumerate(vectors.rows)
        ],
        model=asked.model,
        usage=EmbeddingUsage(prompt_tokens=words, total_tokens=words),
    )


def _base64(row: list[float]) -> str:
    return b64encode(struct.pack(f"<{len(row)}f", *row)).decode()
