"""The layers of ImageBind. This module imports torch; import it inside functions only.

Attribute names are those of the published checkpoint, whose keys they become.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.nn import functional as F
else:
    torch = require("torch", extra="all", purpose="run ImageBind")
    nn = torch.nn
    F = torch.nn.functional

TRUNK_EPS = 1e-6
LARGEST_SCALE = 100.0


class Attention(nn.Module):
    """Multi-head self-attention with packed projections.

    With `extra_token` every query also sees one learnt key and value, which are not projected
    (`add_bias_kv` of torch.nn.MultiheadAttention).
    """

    def __init__(self, width: int, heads: int, *, extra_token: bool) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * width, width) * width**-0.5)
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.bias_k: nn.Parameter | None = None
        self.bias_v: nn.Parameter | None = None
        if extra_token:
            self.bias_k = nn.Parameter(torch.randn(1, 1, width) * width**-0.5)
            self.bias_v = nn.Parameter(torch.randn(1, 1, width) * width**-0.5)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, *, causal: bool) -> torch.Tensor:
        """(n, t, width) to the same."""
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        if self.bias_k is not None and self.bias_v is not None:
            k = torch.cat([k, self.bias_k.to(k.dtype).expand(len(x), 1, -1)], dim=1)
            v = torch.cat([v, self.bias_v.to(v.dtype).expand(len(x), 1, -1)], dim=1)
        seen = F.scaled_dot_product_attention(
            self._split(q), self._split(k), self._split(v), is_causal=causal
        )
        out: torch.Tensor = self.out_proj(seen.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class Mlp(nn.Module):
    """Two linear layers, four times as wide between them, with the exact GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.fc2(F.gelu(self.fc1(x)))
        return out


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width: int, heads: int, *, extra_token: bool) -> None:
        super().__init__()
        self.attn = Attention(width, heads, extra_token=extra_token)
        self.norm_1 = nn.LayerNorm(width, eps=TRUNK_EPS)
        self.mlp = Mlp(width)
        self.norm_2 = nn.LayerNorm(width, eps=TRUNK_EPS)

    def forward(self, x: torch.Tensor, *, causal: bool) -> torch.Tensor:
        x = x + self.attn(self.norm_1(x), causal=causal)
        out: torch.Tensor = x + self.mlp(self.norm_2(x))
        return out


class Trunk(nn.Module):
    """The transformer of one modality."""

    def __init__(
        self, width: int, layers: int, heads: int, *, extra_token: bool, norm_first: bool = False
    ) -> None:
        super().__init__()
        self.pre_transformer_layer = nn.Sequential()
        if norm_first:
            self.pre_transformer_layer.append(nn.LayerNorm(width, eps=TRUNK_EPS))
        blocks = [Block(width, heads, extra_token=extra_token) for _ in range(layers)]
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: torch.Tensor, *, causal: bool = False) -> torch.Tensor:
        x = self.pre_transformer_layer(x)
        for block in self.blocks:
            x = block(x, causal=causal)
        return x


class FirstToken(nn.Module):
    """(n, t, width) to (n, width): the class token."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, 0]


class UnitLength(nn.Module):
    """Rows of length 1, in float32."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.normalize(x.float(), dim=-1)


class Scale(nn.Module):
    """Rows of a length that belongs to the modality: exp(log_logit_scale), at most 100."""

    log_logit_scale: torch.Tensor

    def __init__(self, scale: float, *, learnable: bool) -> None:
        super().__init__()
        start = torch.tensor(scale).log()
        if learnable:
            self.log_logit_scale = nn.Parameter(start)
        else:
            self.register_buffer("log_logit_scale", start)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.log_logit_scale.float().exp().clamp(max=LARGEST_SCALE)
