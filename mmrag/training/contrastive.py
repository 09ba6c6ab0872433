"""A small trainer that brings the vectors of paired inputs together; any modalities, any pairs.

Used for the tiny model, and meant for fine-tuning as well: parameters that do not require gradients
stay as they are, so towers can be frozen (as ImageBind binds each modality to a frozen image tower,
Girdhar et al. 2023). Imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mmrag.errors import ConfigError
from mmrag.extras import require
from mmrag.training.losses import info_nce

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

_HIGHEST_SCALE = 100.0  # as CLIP has it, for stability


@dataclass(frozen=True)
class PairBatch:
    """Inputs of two modalities; row i of one side belongs to row i of the other."""

    left: str
    right: str
    lefts: Any
    rights: Any

    @property
    def name(self) -> str:
        """As in "image-text"."""
        return f"{self.left}-{self.right}"


class Encoder(Protocol):
    """What can be trained: a torch module that turns a side of a PairBatch into (n, d) vectors."""

    def encode(self, modality: str, values: Any, /) -> torch.Tensor: ...  # noqa: ANN401

    def parameters(self) -> Iterator[torch.nn.Parameter]: ...

    def train(self, mode: bool = True) -> Any: ...  # noqa: ANN401  (itself)


Sampler = Callable[["torch.Generator"], Sequence[PairBatch]]
"""Gives the batches of one step; all randomness comes from the generator."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        learning_rate: of AdamW at its highest, after `warm_up` (a share of the steps); it then
            falls to zero along a cosine.
        weight_decay: for matrices; biases and norms have none.
        temperature: where the learnt temperature of InfoNCE starts.
        clip_norm: longest gradient.
        log_every: steps between two entries of the history; the last step is always in it.
    """

    steps: int
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warm_up: float = 0.05
    temperature: float = 0.07
    clip_norm: float = 1.0
    log_every: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.log_every < 1 or self.temperature <= 0:
            raise ConfigError(
                f"steps and log_every must be at least 1 and temperature above 0; found {self}"
            )


@dataclass(frozen=True)
class Progress:
    """State of a step: `losses` in nats and `recalls` (recall@1 within the batch) by pair."""

    step: int
    losses: dict[str, float]
    recalls: dict[str, float]
    learning_rate: float
    temperature: float


@dataclass
class History:
    """What was logged, first to last."""

    entries: list[Progress] = field(default_factory=list)

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs that were trained."""
        return tuple(dict.fromkeys(name for entry in self.entries for name in entry.losses))


def train(
    model: Encoder,
    sampler: Sampler,
    options: TrainingOptions,
    progress: Callable[[Progress], None] | None = None,
) -> History:
    """Train `model` in place; it is in evaluation mode afterwards.

    A step minimises the mean of InfoNCE over the batches that `sampler` gives. The same seed,
    model, machine and number of threads give the same weights.

    Raises:
        ConfigError: no parameter of the model requires gradients.
        ArithmeticError: the loss is not finite.
    """
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not trained:
        raise ConfigError("every parameter of the model is frozen; there is nothing to train")
    generator = torch.Generator().manual_seed(options.seed)
    start = torch.tensor(-math.log(options.temperature), device=trained[0].device)
    scale = torch.nn.Parameter(start)
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in trained if p.ndim > 1], "weight_decay": options.weight_decay},
            {"params": [scale, *(p for p in trained if p.ndim <= 1)], "weight_decay": 0.0},
        ],
        lr=options.learning_rate,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: _share_of_rate(n, options))
    history = History()
    model.train()
    for step in range(1, options.steps + 1):
        losses, recalls = {}, {}
        for batch in sampler(generator):
            left = model.encode(batch.left, batch.lefts)
            right = model.encode(batch.right, batch.rights)
            losses[batch.name] = info_nce(left, right, scale.exp())
            recalls[batch.name] = _recall(left, right)
        loss = torch.stack(list(losses.values())).mean()
        if not torch.isfinite(loss):
            raise ArithmeticError(f"the loss of step {step} is {loss.item()}; lower learning_rate")
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(trained, options.clip_norm)
        rate = float(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            scale.clamp_(max=math.log(_HIGHEST_SCALE))
        if step % options.log_every == 0 or step in {1, options.steps}:
            found = {name: value.item() for name, value in losses.items()}
            entry = Progress(step, found, recalls, rate, math.exp(-scale.item()))
            history.entries.append(entry)
            if progress is not None:
                progress(entry)
    model.train(False)
    return history


def _share_of_rate(step: int, options: TrainingOptions) -> float:
    """Of the highest learning rate: linear warm-up, then half a cosine to zero."""
    warm = round(options.warm_up * options.steps)
    if step < warm:
        return (step + 1) / warm
    return 0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, options.steps - warm))


def _recall(left: torch.Tensor, right: torch.Tensor) -> float:
    """Share of the rows whose partner is nearest; both directions."""
    with torch.no_grad():
        normalise = torch.nn.functional.normalize
        cosines = normalise(left, dim=-1) @ normalise(right, dim=-1).T
        right_ones = torch.arange(len(cosines), device=cosines.device)
        hits = (cosines.argmax(1) == right_ones).float() + (cosines.argmax(0) == right_ones).float()
        return float(hits.mean() / 2)
