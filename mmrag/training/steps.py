"""One step of training: vectors, loss, gradients, weights. Imports torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mmrag.errors import ConfigError
from mmrag.extras import require
from mmrag.training.batches import Encoder, PairBatch
from mmrag.training.caching import CachedSide, Side, WholeSide
from mmrag.training.losses import companions
from mmrag.training.modes import refuse_batch_norm, training_mode
from mmrag.training.objective import Objective
from mmrag.training.options import TrainingOptions
from mmrag.training.several import Processes

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


@dataclass(frozen=True)
class Pair:
    """A batch of all processes with its vectors (n, d), its loss, and its recall@1 both ways."""

    batch: PairBatch
    left: torch.Tensor
    right: torch.Tensor
    loss: float
    recall: float


@dataclass(frozen=True)
class Outcome:
    """What a step came to.

    Attributes:
        gradient: length of the gradient before it was clipped; not finite if the loss was not,
            and then no weight was changed.
    """

    pairs: Sequence[Pair]
    gradient: float

    @property
    def finite(self) -> bool:
        """Whether the weights were changed."""
        return math.isfinite(self.gradient)

    @property
    def losses(self) -> dict[str, float]:
        """By pair of modalities."""
        return self._means(lambda pair: pair.loss)

    @property
    def recalls(self) -> dict[str, float]:
        """By pair of modalities."""
        return self._means(lambda pair: pair.recall)

    def _means(self, measure: Callable[[Pair], float]) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for pair in self.pairs:
            found.setdefault(pair.batch.name, []).append(measure(pair))
        return {name: sum(values) / len(values) for name, values in found.items()}


class Learner:
    """A model with its loss and its optimizer.

    Raises:
        ConfigError: no parameter of the model requires gradients, or BatchNorm is to be trained
            on parts of batches.
    """

    def __init__(self, model: Encoder, options: TrainingOptions, processes: Processes) -> None:
        self.model, self.options, self.processes = model, options, processes
        if processes.device is not None:
            model.to(processes.device)
        self.trained = [p for p in model.parameters() if p.requires_grad]
        if not self.trained:
            raise ConfigError("every parameter of the model is frozen; there is nothing to train")
        training_mode(model)
        if options.micro_batch is not None:
            refuse_batch_norm(model, "micro_batch encodes parts of a batch")
        if processes.count > 1:
            refuse_batch_norm(model, "each process encodes a part of a batch")
        self.device = self.trained[0].device
        self.objective = Objective(options, self.device)
        decaying = [p for p in self.trained if p.ndim > 1]
        others = [*self.objective.parameters(), *(p for p in self.trained if p.ndim <= 1)]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decaying, "weight_decay": options.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=options.learning_rate,
        )
        processes.alike(model.state_dict().values())

    def weights(self) -> dict[str, torch.Tensor]:
        """What training changes, by name: trained parameters, and what else the model keeps."""
        return {
            name: value.detach()
            for name, value in self.model.state_dict(keep_vars=True).items()
            if isinstance(value, torch.Tensor)
            and (value.requires_grad or not isinstance(value, torch.nn.Parameter))
        }

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Put back what `weights` gave.

        Raises:
            ConfigError: they are those of another model.
        """
        own = self.weights()
        shapes = {name: tuple(value.shape) for name, value in own.items()}
        found = {name: tuple(value.shape) for name, value in weights.items()}
        if wrong := sorted(n for n in shapes | found if shapes.get(n) != found.get(n)):
            raise ConfigError(
                f"the checkpoint is of another model, or of one with other parts frozen: "
                f"{len(wrong)} weights differ, the first is {wrong[0]}"
            )
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(weights[name])

    def step(self, number: int, batches: Sequence[PairBatch]) -> Outcome:
        """Step `number`, the first being 1, on these batches of all processes."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate(number)
        self.optimizer.zero_grad()
        ways: list[tuple[Side, torch.Tensor]] = []
        pairs, losses = [], []
        for batch in batches:
            sides = (
                self._side(batch.left, batch.lefts),
                self._side(batch.right, batch.rights),
            )
            left, right = (self._gathered(side, len(batch)) for side in sides)
            groups = torch.tensor(batch.groups, device=self.device) if len(batch.groups) else None
            losses.append(self.objective(left, right, groups))
            ways += zip(sides, (left, right), strict=True)
            recall = _recall(left.detach(), right.detach(), groups)
            pairs.append(Pair(batch, left.detach(), right.detach(), losses[-1].item(), recall))
        if not all(math.isfinite(pair.loss) for pair in pairs):
            return Outcome(pairs, math.nan)
        torch.autograd.backward(torch.stack(losses).mean())
        for side, vectors in ways:
            if vectors.grad is not None:
                side.backward(vectors.grad[self.processes.rows(len(vectors))])
        self.processes.sum_gradients(self.trained)
        length = torch.nn.utils.clip_grad_norm_(self.trained, self.options.clip_norm).item()
        if math.isfinite(length):
            self.optimizer.step()
            self.objective.clamp()
        return Outcome(pairs, length)

    def _side(self, modality: str, values: Any) -> Side:  # noqa: ANN401  (what can be sliced)
        encode = partial(self._encode, modality)
        if self.processes.count > 1:
            values = values[self.processes.rows(len(values))]
        if self.options.micro_batch is None:
            return WholeSide(encode, values)
        return CachedSide(encode, values, self.options.micro_batch, self.device)

    def _encode(self, modality: str, values: Any) -> torch.Tensor:  # noqa: ANN401
        if isinstance(values, torch.Tensor):
            values = values.to(self.device, non_blocking=True)
        half = self.options.precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            vectors = self.model.encode(modality, values)
        return vectors.to(self.device, torch.promote_types(vectors.dtype, torch.float32))

    def _gathered(self, side: Side, total: int) -> torch.Tensor:
        """Vectors of all processes, as a leaf that the loss leaves its gradient at."""
        return self.processes.gathered(side.vectors, total).requires_grad_()


def _recall(left: torch.Tensor, right: torch.Tensor, groups: torch.Tensor | None) -> float:
    """Share of the rows whose partner is nearest of all wrong answers; both directions."""
    normalise = torch.nn.functional.normalize
    cosines = normalise(left, dim=-1) @ normalise(right, dim=-1).T
    if groups is not None:
        cosines = cosines.masked_fill(companions(groups), -torch.inf)
    right_ones = torch.arange(len(cosines), device=cosines.device)
    hits = (cosines.argmax(1) == right_ones).float() + (cosines.argmax(0) == right_ones).float()
    return float(hits.mean() / 2)
