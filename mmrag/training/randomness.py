"""States of every generator that training may draw from. Imports torch and NumPy."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


def states() -> dict[str, Any]:
    """Those of Python, NumPy and torch, as a checkpoint keeps them."""
    drawn = np.random.get_state(legacy=False)
    return {
        "python": random.getstate(),
        # a list, for torch reads no arrays of NumPy without running their code
        "numpy": {**drawn, "state": {**drawn["state"], "key": drawn["state"]["key"].tolist()}},
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore(known: dict[str, Any]) -> None:
    """Have all of them draw as they would have drawn after `states`."""
    random.setstate(known["python"])
    np.random.set_state(known["numpy"])
    torch.set_rng_state(known["torch"])
    for device, state in enumerate(known["cuda"]):
        torch.cuda.set_rng_state(state, device)
