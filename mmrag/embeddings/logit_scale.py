"""How models make logits of cosines: the temperature that they learnt, and SigLIP's bias."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LogitScale:
    """A logit is `scale` times the cosine, plus `bias`.

    Attributes:
        scale: one over the temperature of the training.
        bias: of models that were trained by a sigmoid for each pair (Zhai et al. 2023), whose
            logits stand alone; None for those trained by a softmax over a batch.
    """

    scale: float
    bias: float | None = None


def learnt(model: Any, scale: str = "logit_scale", bias: str = "logit_bias") -> LogitScale | None:  # noqa: ANN401
    """What a torch module learnt, kept as a logarithm; None where it has no such parameter.

    Args:
        scale, bias: names of the parameters.
    """
    logarithm, added = getattr(model, scale, None), getattr(model, bias, None)
    if logarithm is None:
        return None
    return LogitScale(
        math.exp(float(logarithm.detach().float())),
        None if added is None else float(added.detach().float()),
    )
