"""ImageBind's six towers. This module imports torch; import it inside functions only.

An implementation of its own, after the paper (Girdhar et al. 2023, arXiv 2305.05665) and the keys
and shapes of the published checkpoint, whose state dict it shares: Meta's code may not be used
commercially, transformers has no ImageBind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmrag.embeddings.imagebind.config import FRAMES, ImageBindConfig
from mmrag.embeddings.imagebind.layers import TRUNK_EPS, FirstToken, Scale, Trunk, UnitLength
from mmrag.embeddings.imagebind.stems import (
    START_STD,
    GridStem,
    MotionStem,
    TextStem,
    VisionStem,
)
from mmrag.errors import InputError
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="all", purpose="run ImageBind")
    nn = torch.nn

MODALITIES = ("vision", "text", "audio", "depth", "thermal", "imu")
SCALES = {"text": 1 / 0.07, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}
"""Lengths of the vectors, as published; pictures have 1, and that of text is learnt."""


class TextHead(nn.Module):
    """The state of each text's end token, projected."""

    def __init__(self, width: int, dimension: int) -> None:
        super().__init__()
        norm = nn.LayerNorm(width, eps=TRUNK_EPS)
        self.proj = nn.Sequential(norm, nn.Linear(width, dimension, bias=False))

    def forward(self, states: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
        rows = torch.arange(len(states), device=states.device)
        out: torch.Tensor = self.proj(states[rows, ends])
        return out


class ImageBindModel(nn.Module):
    """Inputs of six modalities to vectors of one space.

    The constructor leaves torch's own random weights; `random` and `checkpoint.load` give others.
    """

    def __init__(self, config: ImageBindConfig) -> None:
        super().__init__()
        self.config = config
        self.modality_preprocessors = nn.ModuleDict(
            {
                "vision": VisionStem(config.vision),
                "text": TextStem(config.text),
                "audio": GridStem(config.audio, "rgbt_stem"),
                "depth": GridStem(config.depth, "depth_stem"),
                "thermal": GridStem(config.thermal, "rgbt_stem"),
                "imu": MotionStem(config.imu),
            }
        )
        self.modality_trunks = nn.ModuleDict()
        self.modality_heads = nn.ModuleDict()
        self.modality_postprocessors = nn.ModuleDict()
        for name in MODALITIES:
            tower = getattr(config, name)
            self.modality_trunks[name] = Trunk(
                tower.width,
                tower.layers,
                tower.heads,
                extra_token=name not in ("vision", "text"),
                norm_first=name == "vision",
            )
            self.modality_heads[name] = _head(name, tower.width, config.dimension)
            steps = nn.Sequential(UnitLength())
            if name in SCALES:
                steps.append(Scale(SCALES[name], learnable=name == "text"))
            self.modality_postprocessors[name] = steps

    @classmethod
    def random(
        cls, config: ImageBindConfig, *, dtype: torch.dtype | None = None, seed: int = 0
    ) -> ImageBindModel:
        """A model of random weights, made tensor by tensor in `dtype` (float32 when None)."""
        generator = torch.Generator().manual_seed(seed)
        with torch.device("meta"):
            model = cls(config)
        made = {
            key: _start_value(key, empty.shape, generator).to(dtype_kept(empty, dtype))
            for key, empty in model.state_dict().items()
        }
        model.load_state_dict(made, strict=True, assign=True)
        return model.eval()

    def forward(self, inputs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Vectors of each modality, by its name; see `encode`."""
        return {name: self.encode(name, values) for name, values in inputs.items()}

    def encode(self, modality: str, inputs: torch.Tensor) -> torch.Tensor:
        """(n, dimension) float32 vectors, scaled as published.

        Inputs of five or more axes hold several clips for each row, whose vectors are averaged and
        not normalised again.

        Args:
            modality: "vision", "text", "audio", "depth", "thermal" or "imu".
            inputs: (n, *shape), or (n, clips, *shape); a picture is (n, 3, h, w), film is
                (n, clips, 3, 2, h, w), text is (n, t) token ids with the end token, which has
                the highest id, in each row.

        Raises:
            InputError: another shape.
        """
        if modality == "text" or inputs.ndim < 5:
            return self.encode_clips(modality, inputs)
        rows, clips = inputs.shape[:2]
        vectors = self.encode_clips(modality, inputs.flatten(0, 1))
        return vectors.view(rows, clips, -1).mean(1)

    def encode_clips(self, modality: str, inputs: torch.Tensor) -> torch.Tensor:
        """(n, dimension) float32 vectors of (n, *shape), one a clip."""
        self._check(modality, inputs)
        if modality == "text":
            ends = inputs.argmax(1)
            # what follows the last end token is padding, and attention is causal
            inputs = inputs[:, : int(ends.max()) + 1]
        stem = self.modality_preprocessors[modality]
        states = self.modality_trunks[modality](stem(inputs), causal=modality == "text")
        head = self.modality_heads[modality]
        projected = head(states, ends) if modality == "text" else head(states)
        vectors: torch.Tensor = self.modality_postprocessors[modality](projected)
        return vectors

    def scale(self, modality: str) -> float:
        """Length of the vectors of one input of a modality; that of pictures is 1."""
        steps = self.modality_postprocessors[modality]
        return float(steps(torch.ones(1, 1)).detach().norm())

    def _check(self, modality: str, inputs: torch.Tensor) -> None:
        if modality not in MODALITIES:
            raise InputError(f"ImageBind has no modality {modality!r}; it has {MODALITIES}")
        found = tuple(inputs.shape[1:])
        if modality == "text":
            context = self.config.text.context
            if len(found) != 1 or not 1 <= found[0] <= context:
                raise InputError(f"text must be (n, 1..{context}) ids, found (n, *{found})")
            return
        shape: tuple[int, ...] = getattr(self.config, modality).shape
        wanted = [shape]
        if modality == "vision":
            wanted.append((shape[0], FRAMES, *shape[1:]))
        if found not in wanted:
            raise InputError(
                f"{modality} must be (n, *{' or '.join(map(str, wanted))}), with clips on the "
                f"second axis for film and sound, found (n, *{found})"
            )


def dtype_kept(tensor: torch.Tensor, dtype: torch.dtype | None) -> torch.dtype:
    """The type of a weight in a model of `dtype`: scales stay in float32, as they cost nothing."""
    return dtype or torch.float32 if tensor.ndim else torch.float32


def _head(name: str, width: int, dimension: int) -> nn.Module:
    if name == "text":
        return TextHead(width, dimension)
    steps = [nn.LayerNorm(width, eps=TRUNK_EPS), FirstToken()]
    if name == "imu":
        steps.append(nn.Dropout(0.5))
    return nn.Sequential(*steps, nn.Linear(width, dimension, bias=False))


def _start_value(key: str, shape: torch.Size, generator: torch.Generator) -> torch.Tensor:
    """Values that let a transformer of any depth start: small, norms neutral, masks in place."""
    parts = key.split(".")
    if parts[-1] == "mask":
        return torch.full(shape, float("-inf")).triu(1)
    if parts[-1] == "log_logit_scale":
        return torch.tensor(SCALES[parts[1]]).log()
    if len(shape) == 1:
        return torch.zeros(shape) if parts[-1].endswith("bias") else torch.ones(shape)
    return torch.empty(shape).normal_(0, START_STD, generator=generator)
