"""What a reranker's checkpoint says it is, asked before its weights are loaded."""

from __future__ import annotations

from typing import Any

from mmrag.embeddings.checkpoints import reading
from mmrag.embeddings.weights import Weights
from mmrag.errors import ConfigError
from mmrag.extras import require


def config_of(weights: Weights, *, offline: bool) -> dict[str, Any]:
    """The content of config.json.

    Raises:
        ConfigError: the checkpoint is a Qwen3-VL-Reranker.
        CheckpointMismatch: a local folder without a sound config.json.
        OSError: the hub does not have it or cannot be reached.
    """
    base = require("transformers", extra="all", purpose="rerank").PreTrainedConfig
    with reading(weights):
        config: dict[str, Any] = base.get_config_dict(weights.path, local_files_only=offline)[0]
    if str(config.get("model_type", "")).startswith("qwen3_vl"):
        raise _vision(weights.model)
    return config


def architecture(config: dict[str, Any]) -> str:
    """The model class that saved the checkpoint; empty where it does not say."""
    return str((config.get("architectures") or [""])[0])


def refuse_vision(model_name: str) -> None:
    """Raise ConfigError for a Qwen3-VL-Reranker by its name, before gigabytes are fetched."""
    if "qwen3-vl" in model_name.lower():
        raise _vision(model_name)


def _vision(model_name: str) -> ConfigError:
    return ConfigError(
        f"{model_name} is a Qwen3-VL-Reranker, whose processor needs torchvision; the torchvision "
        f"of the package index does not work beside the CPU build of torch that mmrag is "
        f"installed with. Use Qwen/Qwen3-Reranker-0.6B, which reads the text of pictures"
    )
