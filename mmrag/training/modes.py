"""Which parts of a model run as in training. Imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmrag.errors import ConfigError
from mmrag.extras import require
from mmrag.training.batches import Encoder

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


def training_mode(model: Encoder) -> None:
    """Training mode for what is trained; frozen parts are used as they are.

    Otherwise frozen towers would drop out, and their BatchNorm would forget its statistics.
    """
    model.train()
    for _, module in model.named_modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            module.train(False)


def refuse_batch_norm(model: Encoder, reason: str) -> None:
    """Refuse a model in training mode whose rows are normalised by the rows beside them.

    Raises:
        ConfigError: it has BatchNorm that is trained.
    """
    kinds = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)
    found = [n for n, m in model.named_modules() if isinstance(m, kinds) and m.training]
    if found:
        raise ConfigError(
            f"{reason}, which BatchNorm does not allow, since its rows depend on each other; "
            f"found {len(found)} layers that are trained, the first is {found[0]}: freeze them "
            "(requires_grad_(False)) so that they keep their statistics, or encode whole batches"
        )
