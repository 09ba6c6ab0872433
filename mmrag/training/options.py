"""How to train: the options of a run, and the learning rate of each of its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from mmrag.errors import ConfigError

Precision = Literal["fp32", "bf16"]
LossName = Literal["infonce", "siglip"]

_AT_LEAST_ONE = ("steps", "log_every")
_NOT_NEGATIVE = ("evaluate_every", "patience", "save_every", "weight_decay", "warm_up")
_ABOVE_ZERO = ("learning_rate", "temperature", "clip_norm")


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        learning_rate: of AdamW at its highest, after `warm_up` (a share of the steps); it then
            falls to zero along a cosine.
        weight_decay: for matrices; biases and norms have none.
        temperature: where the learnt temperature starts.
        clip_norm: longest gradient.
        log_every: steps between two entries of the history; the last step is always in it.
        seed: of what is drawn, and of torch's own generator, which dropout draws from.
        micro_batch: rows that are encoded with gradients at a time, all by default. The gradients
            are those of the whole batch all the same (see caching.py), for a second forward pass.
        precision: "bf16" encodes under autocast; weights, temperature and loss stay in float32.
        loss: "infonce" (CLIP) or "siglip", whose pairs are judged each on its own.
        evaluate_every: steps between evaluations; 0 evaluates before and after only.
        patience: evaluations in a row without a better one that end the training; 0 for never.
        save_every: steps between checkpoints; 0 saves at the end and when interrupted only.
    """

    steps: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warm_up: float = 0.05
    temperature: float = 0.07
    clip_norm: float = 1.0
    log_every: int = 20
    seed: int = 0
    micro_batch: int | None = None
    precision: Precision = "fp32"
    loss: LossName = "infonce"
    evaluate_every: int = 0
    patience: int = 0
    save_every: int = 0

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            self._demand(name, getattr(self, name) >= 1, "at least 1")
        for name in _NOT_NEGATIVE:
            self._demand(name, getattr(self, name) >= 0, "at least 0")
        for name in _ABOVE_ZERO:
            self._demand(name, getattr(self, name) > 0, "above 0")
        self._demand("warm_up", self.warm_up <= 1, "a share of the steps, at most 1")
        self._demand("micro_batch", self.micro_batch is None or self.micro_batch >= 1, "at least 1")
        for name, known in (("precision", Precision), ("loss", LossName)):
            names = get_args(known)
            self._demand(name, getattr(self, name) in names, f"one of {', '.join(names)}")
        if self.patience and not self.evaluate_every:
            raise ConfigError(
                f"patience counts evaluations: {self.patience} needs evaluate_every, found 0"
            )

    def _demand(self, name: str, met: bool, rule: str) -> None:
        if not met:
            raise ConfigError(f"{name} must be {rule}; found {getattr(self, name)}")

    def rate(self, step: int) -> float:
        """The learning rate of a step, the first being 1: linear warm-up, then half a cosine."""
        done, warm = step - 1, round(self.warm_up * self.steps)
        if done < warm:
            return self.learning_rate * ((done + 1) / warm)
        share = 0.5 + 0.5 * math.cos(math.pi * (done - warm) / max(1, self.steps - warm))
        return self.learning_rate * share
