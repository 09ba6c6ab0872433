"""Options that make no sense are refused, by name and with what was found."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import ConfigError
from mmrag.training.options import TrainingOptions


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"steps": 0}, "steps must be at least 1; found 0"),
        ({"log_every": 0}, "log_every must be at least 1; found 0"),
        ({"temperature": 0.0}, "temperature must be above 0; found 0.0"),
        ({"learning_rate": math.nan}, "learning_rate must be above 0; found nan"),
        ({"clip_norm": -1.0}, "clip_norm must be above 0"),
        ({"warm_up": 1.5}, "warm_up must be a share of the steps, at most 1; found 1.5"),
        ({"micro_batch": 0}, "micro_batch must be at least 1; found 0"),
        ({"precision": "fp16"}, "precision must be one of fp32, bf16; found fp16"),
        ({"loss": "triplet"}, "loss must be one of infonce, siglip; found triplet"),
        ({"save_every": -1}, "save_every must be at least 0; found -1"),
        ({"patience": 2}, "2 needs evaluate_every"),
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainingOptions(**{"steps": 1, **wrong})


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_rate_rises_once_to_its_highest_and_falls_towards_zero(steps: int, warm: float) -> None:
    options = TrainingOptions(steps=steps, learning_rate=0.5, warm_up=warm)
    rates = [options.rate(step) for step in range(1, steps + 1)]
    assert max(rates) == pytest.approx(0.5)
    assert min(rates) > 0
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
