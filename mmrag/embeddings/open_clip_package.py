"""The open_clip package, for OpenCLIP's models that transformers' CLIPModel cannot compute.

It needs torchvision, of which the package index has no build that runs beside the CPU-only torch.
The tests therefore run it with a stand-in for torchvision, and not with a published checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from mmrag.embeddings.open_clip_checkpoint import CONFIG
from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PackageTowers:
    """A model of the open_clip package with its own tokenizer and transform."""

    model: Any
    tokenizer: Any
    transform: Any
    dimension: int
    device: str
    shorter_side: int | None = None  # decode pictures whole: the transform may be any

    def texts(self, texts: list[str]) -> torch.Tensor:
        """(n, dimension); padded to the model's context, which some of its towers look at."""
        vectors: torch.Tensor = self.model.encode_text(self.tokenizer(texts).to(self.device))
        return vectors

    def pixels(self, image: Image.Image) -> FloatArray:
        """(3, height, width) of an RGB picture."""
        values: FloatArray = self.transform(image).numpy()
        return values

    def images(self, prepared: list[FloatArray]) -> torch.Tensor:
        """(n, dimension) of what `pixels` gave."""
        library = require("torch", extra="all", purpose="embed pictures")
        batch = library.from_numpy(np.stack(prepared)).to(self.device)
        vectors: torch.Tensor = self.model.encode_image(batch)
        return vectors


def package_towers(
    weights: Weights, reasons: Sequence[str], *, dimension: int, device: str
) -> PackageTowers:
    """The model as the open_clip package loads it.

    Args:
        reasons: what CLIPModel cannot compute, for the message.
        dimension: numbers in a vector.

    Raises:
        CheckpointMismatch: the package cannot be imported, or cannot load the checkpoint either.
    """
    unfit = f"{weights.model} is an OpenCLIP model that CLIPModel cannot compute, for "
    unfit += "; ".join(reasons)
    try:
        library = require("open_clip", extra="open_clip", purpose=f"embed with {weights.model}")
    except (ImportError, RuntimeError) as exc:  # RuntimeError: a torchvision for another torch
        raise CheckpointMismatch(
            f"{unfit}. The open_clip package could, and cannot be imported: {exc}; see "
            f"pip install 'mmrag[open_clip]'"
        ) from exc
    folder = Path(weights.path)
    if folder.is_file():
        raise CheckpointMismatch(f"{unfit}. The open_clip package can: name its folder, not a file")
    local = folder.is_dir() and (folder / CONFIG).is_file()
    name = f"local-dir:{folder}" if local else f"hf-hub:{weights.model}"
    try:
        model, transform = library.create_model_from_pretrained(
            name, device=device, weights_only=True
        )
        tokenizer = library.get_tokenizer(name)
    except (ValueError, TypeError, KeyError, RuntimeError, AssertionError, OSError) as exc:
        reason = " ".join(str(exc).split())
        raise CheckpointMismatch(
            f"{unfit}. The open_clip package failed as well: {reason}"
        ) from exc
    return PackageTowers(model.eval(), tokenizer, transform, dimension, device)
