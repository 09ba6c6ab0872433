"""What the trainer is given: pairs of inputs, what draws them, what encodes and judges them.

Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from mmrag.errors import ConfigError
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")


@dataclass(frozen=True)
class PairBatch:
    """Inputs of two modalities; row i of one side belongs to row i of the other.

    Attributes:
        lefts, rights: anything with a length that can be sliced by rows: tensors, lists.
        ids: names of the rows, for the report of a batch that broke the training.
        groups: rows of one group are no wrong answers to each other, as two pictures of one
            caption; without groups each row is a wrong answer to all others.
    """

    left: str
    right: str
    lefts: Any
    rights: Any
    ids: Sequence[str] = ()
    groups: Sequence[int] = ()

    @property
    def name(self) -> str:
        """As in "image-text"."""
        return f"{self.left}-{self.right}"

    def __len__(self) -> int:
        return len(self.lefts)

    def named(self, row: int) -> str:
        """What a message calls a row."""
        return str(self.ids[row]) if len(self.ids) else f"row {row}"


class Encoder(Protocol):
    """What can be trained: a torch module that turns a side of a PairBatch into (n, d) vectors."""

    def encode(self, modality: str, values: Any, /) -> torch.Tensor: ...  # noqa: ANN401

    def parameters(self) -> Iterator[torch.nn.Parameter]: ...

    def named_modules(self) -> Iterator[tuple[str, torch.nn.Module]]: ...

    def state_dict(self, *args: Any, **kwargs: Any) -> Any: ...  # noqa: ANN401  (overloaded)

    def train(self, mode: bool = True) -> Any: ...  # noqa: ANN401  (itself)

    def to(self, *args: Any, **kwargs: Any) -> Any: ...  # noqa: ANN401  (itself)


Sampler = Callable[["torch.Generator"], Sequence[PairBatch]]
"""Gives the batches of one step; all randomness comes from the generator, which is all that a
checkpoint keeps of it."""

Evaluate = Callable[[], Mapping[str, float]]
"""Judges the model, which is in evaluation mode, without gradients; the first number is the one
that early stopping watches, and higher is better."""


def checked(batches: Sequence[PairBatch], processes: int = 1) -> Sequence[PairBatch]:
    """The batches, each of which something can be learnt from.

    Raises:
        ConfigError: none, sides of unequal length, ids or groups for other rows, fewer than two
            rows, or fewer rows than processes.
    """
    if not batches:
        raise ConfigError("the sampler gave no batch; each step needs at least one")
    for batch in batches:
        _check(batch, max(2, processes))
    return batches


def _check(batch: PairBatch, least: int) -> None:
    rows = len(batch)
    for name in ("rights", "ids", "groups"):
        found = len(getattr(batch, name))
        if found != rows and (found or name == "rights"):
            raise ConfigError(f"{batch.name}: {rows} lefts and {found} {name}; both must be equal")
    if rows < least:
        raise ConfigError(
            f"{batch.name}: a batch of {rows} where at least {least} pairs are needed, for a pair "
            "is learnt against the others of its batch; give more pairs or a larger batch"
        )
