"""A model of linear towers, small enough to train many times, and pairs that it can learn."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mmrag.training.contrastive import PairBatch

HIDDEN = torch.randn(6, 6, generator=torch.Generator().manual_seed(1))


class Linear(nn.Module):
    """A linear tower for each of three modalities, always with the same weights.

    Args:
        dropout: on the inputs of all towers.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.towers = nn.ModuleDict({name: nn.Linear(6, 4) for name in ("sight", "sound", "smell")})
        self.dropout = nn.Dropout(dropout)

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.towers[modality](self.dropout(values))
        return vectors


def sample(generator: torch.Generator) -> Sequence[PairBatch]:
    """The sound of a thing is a fixed turn of its sight."""
    sights = torch.randn(16, 6, generator=generator)
    return [PairBatch("sight", "sound", sights, sights @ HIDDEN)]


def held_out(model: Linear) -> dict[str, float]:
    """Cosine of partners that are never trained on, as a measure that moves at every step."""
    (batch,) = sample(torch.Generator().manual_seed(99))
    left, right = model.encode("sight", batch.lefts), model.encode("sound", batch.rights)
    return {"cosine": nn.functional.cosine_similarity(left, right).mean().item()}
