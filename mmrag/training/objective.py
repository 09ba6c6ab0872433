"""The loss of a run with what is learnt of it: its temperature, and the bias of SigLIP.

Imports torch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mmrag.extras import require
from mmrag.training.losses import info_nce, sigmoid
from mmrag.training.options import TrainingOptions

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="all", purpose="train")
    nn = torch.nn

_HIGHEST_SCALE = 100.0  # as CLIP has it, for stability
_LOWEST_SCALE = 1e-3  # with which the loss tells nothing apart any more
_FIRST_BIAS = -10.0  # as SigLIP has it, so that the many wrong pairs weigh little at first


class Objective(nn.Module):
    """The loss that the options name; its own parameters are float32 whatever the model's are."""

    def __init__(self, options: TrainingOptions, device: torch.device) -> None:
        super().__init__()
        start = -math.log(options.temperature)
        self.log_scale = nn.Parameter(torch.tensor(start, dtype=torch.float32, device=device))
        self.bias: nn.Parameter | None = None
        if options.loss == "siglip":
            self.bias = nn.Parameter(torch.tensor(_FIRST_BIAS, device=device))

    def forward(
        self, left: torch.Tensor, right: torch.Tensor, groups: torch.Tensor | None
    ) -> torch.Tensor:
        """The loss of two (n, d) batches, in nats."""
        scale = self.log_scale.exp()
        if self.bias is None:
            return info_nce(left, right, scale, groups)
        return sigmoid(left, right, scale, self.bias, groups)

    def clamp(self) -> None:
        """Hold the temperature within 0.01 and 1,000."""
        with torch.no_grad():
            self.log_scale.clamp_(math.log(_LOWEST_SCALE), math.log(_HIGHEST_SCALE))

    @property
    def temperature(self) -> float:
        """The one that was learnt so far."""
        return math.exp(-self.log_scale.item())
