"""Contrastive losses of two batches of vectors, one function a loss. Imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


def info_nce(left: torch.Tensor, right: torch.Tensor, scale: torch.Tensor | float) -> torch.Tensor:
    """Symmetric InfoNCE: each row has to find its partner, from the left and from the right.

    The mean of both directions' cross-entropy over cosines times `scale`, in nats; ln(n) when the
    vectors say nothing. Radford et al. 2021, "Learning Transferable Visual Models From Natural
    Language Supervision", figure 3.

    Args:
        left, right: (n, d), row i of one belongs to row i of the other; normalised here. Two rows
            that show the same thing work against each other, so a batch should hold it once.
        scale: inverse temperature.

    Raises:
        ValueError: unequal shapes, or fewer than two rows, of which nothing can be learnt.
    """
    if left.shape != right.shape or left.ndim != 2 or len(left) < 2:
        raise ValueError(
            f"InfoNCE takes two (n, d) batches with n > 1; "
            f"found {tuple(left.shape)} and {tuple(right.shape)}"
        )
    functional = torch.nn.functional
    cosines = functional.normalize(left, dim=-1) @ functional.normalize(right, dim=-1).T
    partners = torch.arange(len(left), device=left.device)
    there = functional.cross_entropy(scale * cosines, partners)
    back = functional.cross_entropy(scale * cosines.T, partners)
    return (there + back) / 2
