"""Evaluations before, on the way and after; early stopping; the best weights at the end."""

from __future__ import annotations

import math

import pytest
import torch
from standins.linear_towers import Linear, held_out, sample

from mmrag.errors import ConfigError
from mmrag.training.contrastive import Evaluate, History, TrainingOptions, train


class Script:
    """Gives these numbers one after the other, and keeps what the model was at each."""

    def __init__(self, model: Linear, numbers: list[float]) -> None:
        self.model, self.numbers = model, iter(numbers)
        self.seen: list[torch.Tensor] = []

    def __call__(self) -> dict[str, float]:
        assert not self.model.training
        assert not torch.is_grad_enabled()
        self.seen.append(self.model.towers["sight"].weight.detach().clone())
        return {"recall": next(self.numbers), "other": 0.0}


def scripted(numbers: list[float], **options: int) -> tuple[Linear, History, Script]:
    model = Linear(dropout=0.1)
    script = Script(model, numbers)
    history = train(model, sample, TrainingOptions(log_every=1000, **options), evaluate=script)
    return model, history, script


def test_it_stops_when_evaluations_get_no_better_and_ends_with_the_best_weights() -> None:
    numbers = [0.1, 0.3, 0.6, 0.6, 0.5]
    model, history, script = scripted(numbers, steps=100, evaluate_every=3, patience=2)
    assert history.stopped == "early"
    assert [(e.step, e.evaluation["recall"]) for e in history.evaluated] == [
        *((0, 0.1), (3, 0.3), (6, 0.6)),
        *((9, 0.6), (12, 0.5)),
    ]
    assert history.best_step == 6
    assert torch.equal(model.towers["sight"].weight, script.seen[2])
    assert not torch.equal(model.towers["sight"].weight, script.seen[4])
    assert not model.training


def test_without_patience_it_goes_to_the_last_step() -> None:
    model, history, script = scripted([0.9, 0.3, 0.2, 0.1], steps=7, evaluate_every=3)
    assert history.stopped == "steps"
    assert [entry.step for entry in history.evaluated] == [0, 3, 6, 7]
    assert history.best_step == 0  # training did harm, and the model is as it was before
    assert torch.equal(model.towers["sight"].weight, script.seen[0])
    assert torch.equal(script.seen[0], Linear().towers["sight"].weight)


def test_before_and_after_alone() -> None:
    model, history, script = scripted([0.1, 0.2], steps=5)
    assert [entry.step for entry in history.entries] == [0, 1, 5]
    assert history.entries[0].losses == {}
    assert history.best_step == 5
    assert torch.equal(model.towers["sight"].weight, script.seen[1])


def test_evaluating_does_not_change_the_course() -> None:
    courses = []
    for every in (0, 4):
        model = Linear(dropout=0.2)
        options = TrainingOptions(steps=12, log_every=1, evaluate_every=every)
        evaluate: Evaluate | None = (lambda model=model: held_out(model)) if every else None
        history = train(model, sample, options, evaluate=evaluate)
        courses.append([entry.losses for entry in history.entries if entry.losses])
    assert courses[0] == courses[1]


@pytest.mark.parametrize("found", [{}, {"recall": math.nan}, {"recall": 0.5, "other": math.inf}])
def test_an_evaluation_must_give_finite_numbers(found: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"evaluate gave \{.* after step 0; .* finite numbers"):
        train(Linear(), sample, TrainingOptions(steps=2), evaluate=lambda: found)


def test_an_evaluation_that_nothing_can_make_is_refused() -> None:
    with pytest.raises(ConfigError, match="evaluate_every is 3 without"):
        train(Linear(), sample, TrainingOptions(steps=9, evaluate_every=3))
