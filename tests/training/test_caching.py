"""Gradients by micro-batches are those of the whole batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from standins.linear_towers import Linear, sample
from torch import nn

from mmrag.errors import ConfigError
from mmrag.training.caching import CachedSide, Side, WholeSide
from mmrag.training.contrastive import TrainingOptions, train
from mmrag.training.losses import info_nce

CPU = torch.device("cpu")
INPUTS = torch.randn(10, 6, generator=torch.Generator().manual_seed(2))
TARGETS = torch.randn(10, 3, generator=torch.Generator().manual_seed(3))


class Deep(nn.Module):
    """Two layers with dropout between; counts the rows of each pass with a graph."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        self.dropout = nn.Dropout(dropout)
        self.rows: list[int] = []

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            self.rows.append(len(values))
        vectors: torch.Tensor = self.last(self.dropout(self.first(values).tanh()))
        return vectors


def gradients(model: nn.Module, side: Callable[[], Side]) -> list[torch.Tensor]:
    torch.manual_seed(5)
    model.zero_grad()
    made = side()
    vectors = made.vectors.requires_grad_()
    torch.autograd.backward(info_nce(vectors, TARGETS, 10.0))
    assert vectors.grad is not None
    made.backward(vectors.grad)
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


def by_hand(model: Deep, size: int) -> list[torch.Tensor]:
    """One graph over all parts, no cache."""
    torch.manual_seed(5)
    model.zero_grad()
    vectors = torch.cat([model(INPUTS[start : start + size]) for start in range(0, 10, size)])
    torch.autograd.backward(info_nce(vectors, TARGETS, 10.0))
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("size", [1, 3, 5, 10, 64])
def test_gradients_are_those_of_the_whole_batch(size: int) -> None:
    model = Deep(dropout=0.0)
    expected = by_hand(model, 10)
    model.rows.clear()
    found = gradients(model, lambda: CachedSide(model, INPUTS, size, CPU))
    assert max(model.rows) <= size  # no more than these are held for the way back
    assert sum(model.rows) == 10
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-7, rtol=1e-5)
    whole = gradients(model, lambda: WholeSide(model, INPUTS))
    assert all(map(torch.equal, whole, expected))


def test_the_second_pass_drops_out_what_the_first_did_and_draws_nothing_more() -> None:
    model = Deep(dropout=0.5)
    expected = by_hand(model, 4)
    after = torch.get_rng_state()
    found = gradients(model, lambda: CachedSide(model, INPUTS, 4, CPU))
    assert torch.equal(torch.get_rng_state(), after)
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-7, rtol=1e-5)


def test_lists_are_sliced_like_tensors() -> None:
    model = Deep(dropout=0.0)

    def encode(values: list[torch.Tensor]) -> torch.Tensor:
        assert isinstance(values, list)
        encoded: torch.Tensor = model(torch.stack(values))
        return encoded

    found = gradients(model, lambda: CachedSide(encode, list(INPUTS), 4, CPU))
    for one, other in zip(found, by_hand(model, 10), strict=True):
        assert torch.allclose(one, other, atol=1e-7, rtol=1e-5)


def test_a_frozen_tower_is_left_alone() -> None:
    model = Deep(dropout=0.0).requires_grad_(False)
    assert gradients(model, lambda: CachedSide(model, INPUTS, 4, CPU)) == []
    assert model.rows == [4]
    assert gradients(model, lambda: WholeSide(model, INPUTS)) == []


def test_training_by_micro_batches_takes_the_same_course() -> None:
    courses = []
    for size in (None, 5):
        options = TrainingOptions(steps=30, learning_rate=0.01, log_every=1, micro_batch=size)
        courses.append(train(Linear(), sample, options))
    for one, other in zip(*(course.entries for course in courses), strict=True):
        assert one.losses["sight-sound"] == pytest.approx(other.losses["sight-sound"], abs=1e-5)


class Normed(Linear):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(6)

    def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
        return super().encode(modality, self.norm(values))


def test_batch_norm_is_refused_by_name_unless_it_is_frozen() -> None:
    options = TrainingOptions(steps=2, micro_batch=4)
    with pytest.raises(ConfigError, match="1 layers that are trained, the first is norm: freeze"):
        train(Normed(), sample, options)
    model = Normed()
    model.norm.requires_grad_(False)
    train(model, sample, options)
    assert model.norm.running_mean is not None
    assert not model.norm.running_mean.any()  # a frozen part keeps its statistics
    train(model, sample, TrainingOptions(steps=2))
    assert not model.norm.running_mean.any()
