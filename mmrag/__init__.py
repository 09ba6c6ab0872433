"""Multimodal RAG for LlamaIndex. Public names are loaded when they are first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from mmrag.version import __version__

if TYPE_CHECKING:
    from mmrag.bridges.asr import AsrBridge
    from mmrag.bridges.ocr import OcrBridge
    from mmrag.config import Settings, load_settings
    from mmrag.embeddings.bm25 import Bm25
    from mmrag.embeddings.sentence_transformer import SentenceTransformerEmbedding
    from mmrag.engine import MMRagIndex
    from mmrag.errors import MmragError
    from mmrag.generation.answer import Answer
    from mmrag.generation.citations import Citation
    from mmrag.ingest.report import Report
    from mmrag.loaders.registry import read_file, reader_for
    from mmrag.migrating import migrate
    from mmrag.modalities import Modality
    from mmrag.retrieval.hybrid import HybridRetriever
    from mmrag.retrieval.query import MultiModalQuery
    from mmrag.retrieval.results import SearchHit, SearchResult
    from mmrag.schema import Provenance
    from mmrag.store.qdrant import MMRagQdrantStore
    from mmrag.tasks.moderation.moderator import Moderator
    from mmrag.tasks.zero_shot import ZeroShotClassifier
    from mmrag.training.fine_tuning import fine_tune

_HOMES = {
    "Answer": "mmrag.generation.answer",
    "AsrBridge": "mmrag.bridges.asr",
    "Bm25": "mmrag.embeddings.bm25",
    "Citation": "mmrag.generation.citations",
    "HybridRetriever": "mmrag.retrieval.hybrid",
    "MMRagIndex": "mmrag.engine",
    "MMRagQdrantStore": "mmrag.store.qdrant",
    "MmragError": "mmrag.errors",
    "Modality": "mmrag.modalities",
    "Moderator": "mmrag.tasks.moderation.moderator",
    "MultiModalQuery": "mmrag.retrieval.query",
    "OcrBridge": "mmrag.bridges.ocr",
    "Provenance": "mmrag.schema",
    "Report": "mmrag.ingest.report",
    "SearchHit": "mmrag.retrieval.results",
    "SearchResult": "mmrag.retrieval.results",
    "SentenceTransformerEmbedding": "mmrag.embeddings.sentence_transformer",
    "Settings": "mmrag.config",
    "fine_tune": "mmrag.training.fine_tuning",
    "ZeroShotClassifier": "mmrag.tasks.zero_shot",
    "load_settings": "mmrag.config",
    "migrate": "mmrag.migrating",
    "read_file": "mmrag.loaders.registry",
    "reader_for": "mmrag.loaders.registry",
}

__all__ = [
    "Answer",
    "AsrBridge",
    "Bm25",
    "Citation",
    "HybridRetriever",
    "MMRagIndex",
    "MMRagQdrantStore",
    "MmragError",
    "Modality",
    "Moderator",
    "MultiModalQuery",
    "OcrBridge",
    "Provenance",
    "Report",
    "SearchHit",
    "SearchResult",
    "SentenceTransformerEmbedding",
    "Settings",
    "ZeroShotClassifier",
    "__version__",
    "fine_tune",
    "load_settings",
    "migrate",
    "read_file",
    "reader_for",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'mmrag' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
