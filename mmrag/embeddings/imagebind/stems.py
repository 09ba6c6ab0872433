"""From inputs to tokens, one stem a modality. This module imports torch; import it on use only.

Attribute names are those of the published checkpoint, whose keys they become.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmrag.embeddings.imagebind.config import FRAMES, TextTower, Tower
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.nn import functional as F
else:
    torch = require("torch", extra="all", purpose="run ImageBind")
    nn = torch.nn
    F = torch.nn.functional

START_STD = 0.02


def _learnt(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape) * START_STD)


class Projection(nn.Module):
    """Patches to tokens, (n, t, width), and their norm."""

    def __init__(self, proj: nn.Conv2d | nn.Linear, width: int) -> None:
        super().__init__()
        self.proj = proj
        self.norm_layer = nn.LayerNorm(width)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        tokens = self.proj(inputs.to(self.proj.weight.dtype))
        if tokens.ndim == 4:
            tokens = tokens.flatten(2).transpose(1, 2)
        out: torch.Tensor = self.norm_layer(tokens)
        return out


class Places(nn.Module):
    """What is added to each token for where it is; the class token has a place, too."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.pos_embed = _learnt(1, tokens + 1, width)


class VisionStem(nn.Module):
    """(n, 3, h, w) pictures or (n, 3, 2, h, w) clips to (n, t + 1, width) tokens.

    The published model sees a picture as a clip of equal frames. As the convolution takes all
    frames at once, the sum of its weights over the frames applied to one frame is the same.
    """

    def __init__(self, size: Tower) -> None:
        super().__init__()
        self.stride = size.stride
        self.cls_token = _learnt(1, 1, size.width)
        kernel = (FRAMES, size.kernel, size.kernel)
        conv = nn.Conv3d(size.shape[0], size.width, kernel, stride=kernel, bias=False)
        self.rgbt_stem = nn.ModuleDict({"proj": nn.Sequential(nn.Identity(), conv)})
        self.pos_embedding_helper = Places(size.tokens, size.width)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        weight = self.get_parameter("rgbt_stem.proj.1.weight")
        still = inputs.ndim == 4
        folded = weight.float().sum(2).to(weight.dtype) if still else weight.flatten(1, 2)
        flat = inputs if still else inputs.flatten(1, 2)
        grid = F.conv2d(flat.to(weight.dtype), folded, stride=self.stride)
        tokens = grid.flatten(2).transpose(1, 2)
        return _with_class_token(tokens, self.cls_token) + self.pos_embedding_helper.pos_embed


class GridStem(nn.Module):
    """(n, 1, h, w) spectrograms, depth or thermal pictures to (n, t + 1, width) tokens.

    `name` is that of the projection in the checkpoint.
    """

    def __init__(self, size: Tower, name: str) -> None:
        super().__init__()
        self.name = name
        self.cls_token = _learnt(1, 1, size.width)
        conv = nn.Conv2d(size.shape[0], size.width, size.kernel, stride=size.stride, bias=False)
        self.add_module(name, Projection(conv, size.width))
        self.pos_embedding_helper = Places(size.tokens, size.width)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        tokens = self.get_submodule(self.name)(inputs)
        return _with_class_token(tokens, self.cls_token) + self.pos_embedding_helper.pos_embed


class MotionStem(nn.Module):
    """(n, 6, samples) of an inertial measurement unit to (n, t + 1, width) tokens."""

    def __init__(self, size: Tower) -> None:
        super().__init__()
        self.kernel, self.stride = size.kernel, size.stride
        self.cls_token = _learnt(1, 1, size.width)
        linear = nn.Linear(size.shape[0] * size.kernel, size.width, bias=False)
        self.imu_stem = Projection(linear, size.width)
        self.pos_embed = _learnt(1, size.tokens + 1, size.width)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        stretches = inputs.unfold(-1, self.kernel, self.stride).transpose(1, 2).flatten(2)
        tokens = self.imu_stem(stretches)
        return _with_class_token(tokens, self.cls_token) + self.pos_embed


class TextStem(nn.Module):
    """(n, t) token ids to (n, t, width); t may be shorter than the context."""

    def __init__(self, size: TextTower) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(size.vocabulary, size.width)
        self.pos_embed = _learnt(1, size.context, size.width)
        # part of the checkpoint; attention is told that it is causal instead, which is faster
        mask = torch.full((size.context, size.context), float("-inf")).triu(1)
        self.register_buffer("mask", mask)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        tokens: torch.Tensor = self.token_embedding(ids)
        return tokens + self.pos_embed[:, : ids.shape[1]]


def _with_class_token(tokens: torch.Tensor, token: torch.Tensor) -> torch.Tensor:
    return torch.cat([token.to(tokens.dtype).expand(len(tokens), 1, -1), tokens], dim=1)
