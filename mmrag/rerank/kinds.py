"""Kinds of rerankers as rows: whose models they are and how one is made from the settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.config import OllamaSettings, RerankSettings
from mmrag.ollama import SERVED
from mmrag.rerank.base import Reranker
from mmrag.rerank.checkpoints import architecture
from mmrag.rerank.cross_encoder import CrossEncoderReranker
from mmrag.rerank.qwen3 import Qwen3Reranker
from mmrag.rerank.qwen3_ollama import Qwen3OllamaReranker


@dataclass(frozen=True)
class Kind:
    """A way to rerank.

    Attributes:
        name: as `rerank.backend` has it.
        claims: whether a model is one of these, by its name or folder; the first row that claims
            it has it.
        make: the reranker of a model; its weights are loaded on first use.
    """

    name: str
    claims: Callable[[str], bool]
    make: Callable[[str, RerankSettings, OllamaSettings], Reranker]


def kind_of(model: str, settings: RerankSettings) -> Kind:
    """The row that the settings name, or else the one that claims the model."""
    if settings.backend != "auto":
        return KINDS[settings.backend]
    return next(kind for kind in KINDS.values() if kind.claims(model))


def _is_qwen3(model: str) -> bool:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return architecture(_config(folder)) == "Qwen3ForCausalLM"
    name = model.lower()
    # converted to sequence classification it is a cross-encoder, and those say so in their names
    return "qwen3-reranker" in name and "seq-cls" not in name


def _config(folder: Path) -> dict[str, Any]:
    """Of a model's folder; empty where it has none, which is complained of on loading."""
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _told(settings: RerankSettings) -> dict[str, Any]:
    return {} if settings.instruction is None else {"instruction": settings.instruction}


def _ollama(model: str, settings: RerankSettings, ollama: OllamaSettings) -> Reranker:
    return Qwen3OllamaReranker(
        model.removeprefix(SERVED),
        url=ollama.url,
        context_window=ollama.context_window,
        connect_timeout_s=ollama.connect_timeout_s,
        timeout_s=ollama.timeout_s,
        retries=ollama.retries,
        keep_alive=ollama.keep_alive,
        **_told(settings),
    )


_ROWS = (
    Kind("ollama", lambda model: model.startswith(SERVED), _ollama),
    Kind("qwen3", _is_qwen3, lambda model, settings, _: Qwen3Reranker(model, **_told(settings))),
    Kind(
        "cross-encoder",
        lambda _: True,
        lambda model, settings, _: CrossEncoderReranker(model, **_told(settings)),
    ),
)
KINDS: dict[str, Kind] = {row.name: row for row in _ROWS}
