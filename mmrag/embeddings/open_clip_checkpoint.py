"""OpenCLIP's checkpoints: where their files are, and what is in them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require

if TYPE_CHECKING:
    import torch

CONFIG = "open_clip_config.json"
FILES = (
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.safetensors",
    "open_clip_pytorch_model.bin",
)
"""The names under which OpenCLIP saves weights, the first that is there is read."""


@dataclass(frozen=True)
class OpenClipConfig:
    """What open_clip_config.json says."""

    model_cfg: Mapping[str, Any]
    preprocess_cfg: Mapping[str, Any]


def found(weights: Weights, names: Sequence[str], *, offline: bool) -> Path | None:
    """The first of these files that the checkpoint has; None if it has none of them.

    Args:
        offline: never ask the hub.

    Raises:
        OSError: the hub is needed and out of reach.
    """
    here = Path(weights.path)
    here = here.parent if here.is_file() else here
    for name in names:
        if (here / name).is_file():
            return here / name
    if Path(weights.model).expanduser().exists():
        return None
    hub = require("huggingface_hub", extra="all", purpose="download model weights")
    absent: Exception | None = None
    for name in names:
        try:
            return Path(hub.hf_hub_download(weights.model, name, local_files_only=offline))
        except hub.errors.EntryNotFoundError as exc:
            absent = exc
    if isinstance(absent, hub.errors.LocalEntryNotFoundError):
        raise absent
    return None


def read_config(weights: Weights, *, offline: bool) -> OpenClipConfig:
    """The configuration of a checkpoint.

    Raises:
        CheckpointMismatch: it has none, or one that cannot be read.
        OSError: the hub is needed and out of reach.
    """
    path = found(weights, (CONFIG,), offline=offline)
    if path is None:
        raise CheckpointMismatch(
            f"{weights.model} is no OpenCLIP checkpoint, it has no {CONFIG}; checkpoints in the "
            f"format of transformers are read by ClipEmbedding"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as exc:
        raise CheckpointMismatch(f"{path} cannot be read: {exc}") from exc
    model = config.get("model_cfg") if isinstance(config, dict) else None
    steps = (config.get("preprocess_cfg") or {}) if isinstance(config, dict) else None
    if not isinstance(model, dict) or not isinstance(steps, dict):
        raise CheckpointMismatch(f"{path} has no model_cfg, or a preprocess_cfg that is no object")
    return OpenClipConfig(model, steps)


def read_weights(weights: Weights, *, offline: bool) -> dict[str, torch.Tensor]:
    """OpenCLIP's tensors by name, in memory that is mapped from the file where that can be.

    Raises:
        CheckpointMismatch: there is no file, it is damaged, or it holds more than tensors.
        OSError: the hub is needed and out of reach.
    """
    given = Path(weights.path)
    path = given if given.is_file() else found(weights, FILES, offline=offline)
    if path is None:
        raise CheckpointMismatch(f"{weights.model} has none of {', '.join(FILES)}")
    torch = require("torch", extra="all", purpose="load models")
    safetensors = require("safetensors.torch", extra="all", purpose="load models")
    try:
        if path.suffix == ".safetensors":
            state = safetensors.load_file(path)
        else:
            mapped = zipfile.is_zipfile(path)  # as torch writes since 1.6
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as exc:  # torch has no narrower one: a damaged pickle may raise anything
        reason = str(exc).partition("\n")[0]
        raise CheckpointMismatch(
            f"{path} is cut off, damaged, or not only weights: {reason}"
        ) from exc
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]  # as training saves it, beside the optimiser
    if not isinstance(state, dict) or not state:
        raise CheckpointMismatch(f"{path} holds no weights by name")
    if strange := [name for name, value in state.items() if not torch.is_tensor(value)]:
        raise CheckpointMismatch(f"{path} holds something else than weights: {strange[0]!r}")
    if all(name.startswith("module.") for name in state):  # as training on several GPUs saves it
        state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    return state
