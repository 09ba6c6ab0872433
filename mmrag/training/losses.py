"""Contrastive losses of two batches of vectors, one function a loss. Imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


def info_nce(
    left: torch.Tensor,
    right: torch.Tensor,
    scale: torch.Tensor | float,
    groups: torch.Tensor | None = None,
) -> torch.Tensor:
    """Symmetric InfoNCE: each row has to find its partner, from the left and from the right.

    The mean of both directions' cross-entropy over cosines times `scale`, in nats; ln(n) when the
    vectors say nothing. Radford et al. 2021, "Learning Transferable Visual Models From Natural
    Language Supervision", figure 3.

    Args:
        left, right: (n, d), row i of one belongs to row i of the other; normalised here. Two rows
            that show the same thing work against each other, unless they are of one group.
        scale: inverse temperature.
        groups: (n,) integers; other rows of a row's group are left out of its denominator.

    Raises:
        ValueError: unequal shapes, or fewer than two rows, of which nothing can be learnt.
    """
    cosines = _cosines(left, right)
    there, back = scale * cosines, scale * cosines.T
    if groups is not None:
        there, back = (
            logits.masked_fill(companions(groups), -torch.inf) for logits in (there, back)
        )
    partners = torch.arange(len(left), device=left.device)
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(there, partners) + cross_entropy(back, partners)) / 2


def sigmoid(
    left: torch.Tensor,
    right: torch.Tensor,
    scale: torch.Tensor | float,
    bias: torch.Tensor | float,
    groups: torch.Tensor | None = None,
) -> torch.Tensor:
    """The loss of SigLIP: of each of the n x n pairs it is asked whether it is one, on its own.

    -1/n times the sum of log sigmoid(z (scale * cosine + bias)), z being 1 for partners and -1 for
    all others, in nats; the same from either side. Zhai et al. 2023, "Sigmoid Loss for Language
    Image Pre-Training", algorithm 1.

    Args:
        left, right, scale: as of `info_nce`.
        bias: below zero, since far more pairs are wrong than right.
        groups: (n,) integers; pairs of different rows of one group do not count.

    Raises:
        ValueError: as of `info_nce`.
    """
    logits = scale * _cosines(left, right) + bias
    signs = 2 * torch.eye(len(left), dtype=logits.dtype, device=logits.device) - 1
    found = torch.nn.functional.logsigmoid(signs * logits)
    if groups is not None:
        found = found.masked_fill(companions(groups), 0.0)
    return -found.sum() / len(left)


def _cosines(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    if left.shape != right.shape or left.ndim != 2 or len(left) < 2:
        raise ValueError(
            f"a contrastive loss takes two (n, d) batches with n > 1; "
            f"found {tuple(left.shape)} and {tuple(right.shape)}"
        )
    normalize = torch.nn.functional.normalize
    return normalize(left, dim=-1) @ normalize(right, dim=-1).T


def companions(groups: torch.Tensor) -> torch.Tensor:
    """(n, n): whether two different rows are of one group."""
    together = groups[:, None] == groups[None, :]
    return together.fill_diagonal_(False)
