"""The losses against their formulas in numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from mmrag.training.losses import info_nce, sigmoid


def reference(left: np.ndarray, right: np.ndarray, scale: float) -> float:
    """-log of each partner's softmax share, over rows and over columns, averaged."""
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    right = right / np.linalg.norm(right, axis=1, keepdims=True)
    logits = scale * left @ right.T
    n = len(left)
    there = -sum(logits[i, i] - np.log(np.exp(logits[i]).sum()) for i in range(n)) / n
    back = -sum(logits[i, i] - np.log(np.exp(logits[:, i]).sum()) for i in range(n)) / n
    return float((there + back) / 2)


@pytest.mark.parametrize("scale", [1.0, 14.3, 100.0])
def test_the_loss_is_that_of_the_formula(scale: float) -> None:
    random = np.random.default_rng(3)
    left, right = random.normal(size=(2, 7, 5))
    found = info_nce(torch.from_numpy(left), torch.from_numpy(right), scale)
    assert found.item() == pytest.approx(reference(left, right, scale), rel=1e-9)
    swapped = info_nce(torch.from_numpy(right), torch.from_numpy(left), scale)
    assert swapped.item() == pytest.approx(found.item(), rel=1e-9)


def test_vectors_that_say_nothing_cost_the_logarithm_of_their_number() -> None:
    same = torch.ones(9, 4)
    assert info_nce(same, same, 20.0).item() == pytest.approx(math.log(9), abs=1e-5)


def test_partners_are_drawn_together_and_others_apart() -> None:
    left = torch.tensor([[1.0, 0.2], [0.2, 1.0]], requires_grad=True)
    right = torch.eye(2)
    gradient = torch.autograd.grad(info_nce(left, right, 5.0), left)[0]
    better = left.detach() - 0.1 * gradient
    before, after = (torch.nn.functional.normalize(x) @ right.T for x in (left.detach(), better))
    assert (after.diag() > before.diag()).all()
    assert after[0, 1] < before[0, 1]
    assert after[1, 0] < before[1, 0]


@pytest.mark.parametrize("shapes", [((3, 4), (2, 4)), ((1, 4), (1, 4)), ((4,), (4,))])
def test_what_cannot_be_compared_is_refused(shapes: tuple[tuple[int, ...], ...]) -> None:
    left, right = (torch.ones(*shape) for shape in shapes)
    with pytest.raises(ValueError, match="n > 1"):
        info_nce(left, right, 1.0)


def sigmoid_reference(
    left: np.ndarray, right: np.ndarray, scale: float, bias: float, groups: list[int]
) -> float:
    """-log of the odds of each pair being judged rightly, summed up and divided by the rows."""
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    right = right / np.linalg.norm(right, axis=1, keepdims=True)
    total = 0.0
    for i, row in enumerate(scale * left @ right.T + bias):
        for j, logit in enumerate(row):
            if i == j or groups[i] != groups[j]:
                total += np.log1p(np.exp(-logit if i == j else logit))
    return float(total / len(left))


@pytest.mark.parametrize("groups", [[0, 1, 2, 3, 4, 5, 6], [0, 1, 0, 2, 1, 0, 3]])
def test_the_sigmoid_loss_is_that_of_the_formula(groups: list[int]) -> None:
    random = np.random.default_rng(4)
    left, right = random.normal(size=(2, 7, 5))
    tensors = torch.from_numpy(left), torch.from_numpy(right)
    expected = sigmoid_reference(left, right, 10.0, -3.0, groups)
    found = sigmoid(*tensors, 10.0, -3.0, torch.tensor(groups))
    assert found.item() == pytest.approx(expected, rel=1e-9)
    swapped = sigmoid(*reversed(tensors), 10.0, -3.0, torch.tensor(groups))
    assert swapped.item() == pytest.approx(expected, rel=1e-9)
    if len(set(groups)) == len(groups):
        assert sigmoid(*tensors, 10.0, -3.0).item() == pytest.approx(expected, rel=1e-9)


def test_rows_of_one_group_are_no_wrong_answers_to_each_other() -> None:
    random = np.random.default_rng(5)
    left, right = (torch.from_numpy(x) for x in random.normal(size=(2, 5, 4)))
    groups = torch.tensor([7, 7, 1, 2, 7])
    scale = torch.tensor(9.0, dtype=torch.float64, requires_grad=True)
    left.requires_grad_()
    found = info_nce(left, right, scale, groups)
    normalise = torch.nn.functional.normalize
    logits = 9.0 * normalise(left, dim=1) @ normalise(right, dim=1).T
    shares = []
    for i in range(5):
        kept = [j for j in range(5) if j == i or groups[j] != groups[i]]
        shares.append(logits[i, i] - logits[i, kept].logsumexp(0))
        shares.append(logits[i, i] - logits[kept, i].logsumexp(0))
    assert found.item() == pytest.approx(-sum(shares).item() / 10, rel=1e-9)
    gradients = torch.autograd.grad(found, [left, scale])
    assert all(gradient.isfinite().all() for gradient in gradients)
    alone = info_nce(left, right, 9.0, torch.arange(5))
    assert alone.item() == pytest.approx(info_nce(left, right, 9.0).item(), rel=1e-12)
