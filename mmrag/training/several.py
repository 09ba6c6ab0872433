"""One run of training in several processes, each of which encodes its part of every batch.

Every process holds all vectors of a batch and computes the whole loss, so the gradient of its own
rows is exact without a way back between processes (the idea of open_clip's `gather_with_grad`);
only the gradients of the weights are summed. Imports torch.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
    from torch import distributed
else:
    torch = require("torch", extra="all", purpose="train")
    distributed = torch.distributed

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process among those of the run; alone by default.

    Attributes:
        device: where the model of this process belongs; None leaves it where it is.
    """

    rank: int = 0
    count: int = 1
    device: torch.device | None = None

    @property
    def main(self) -> bool:
        """Whether this process is the one that evaluates and writes."""
        return self.rank == 0

    def rows(self, total: int, rank: int | None = None) -> slice:
        """Which rows of a batch are this process's, or another's."""
        rank = self.rank if rank is None else rank
        return slice(total * rank // self.count, total * (rank + 1) // self.count)

    def gathered(self, own: torch.Tensor, total: int) -> torch.Tensor:
        """(total, d): the vectors of all processes in the order of the batch."""
        if self.count == 1:
            return own
        parts = [self.rows(total, rank) for rank in range(self.count)]
        sizes = [part.stop - part.start for part in parts]
        padded = own.new_zeros(max(sizes), own.shape[1])
        padded[: len(own)] = own
        found = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(found, padded)
        return torch.cat([rows[:size] for rows, size in zip(found, sizes, strict=True)])

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Make the gradients of the parameters those of the whole batch."""
        if self.count > 1:
            for parameter in parameters:
                if parameter.grad is not None:
                    distributed.all_reduce(parameter.grad)

    def alike(self, tensors: Iterable[torch.Tensor]) -> None:
        """Have all processes begin with the tensors of the main one."""
        if self.count > 1:
            for tensor in tensors:
                distributed.broadcast(tensor.detach(), src=0)

    def any(self, flag: bool) -> bool:
        """Whether the flag is up in any process."""
        if self.count == 1:
            return flag
        found = torch.tensor(int(flag), device=self.device)
        distributed.all_reduce(found, distributed.ReduceOp.MAX)
        return bool(found.item())

    def all(self, value: T) -> list[T]:
        """The values of all processes, by rank."""
        if self.count == 1:
            return [value]
        found: list[T] = [value] * self.count
        distributed.all_gather_object(found, value)
        return found

    def by_main(self, compute: Callable[[], T]) -> T:
        """What the main process computes, told to all."""
        if self.count == 1:
            return compute()
        told: list[T | None] = [compute() if self.main else None]
        distributed.broadcast_object_list(told, src=0)
        found: T = told[0]  # type: ignore[assignment]  # every process has it now
        return found


def joined() -> Processes:
    """The processes that `accelerate launch` or `torchrun` started, joined; else this one alone.

    Raises:
        MissingExtra: there are several, and accelerate is not installed.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        return Processes()
    accelerate = require("accelerate", extra="train", purpose="train in several processes")
    state = accelerate.PartialState(cpu=not torch.cuda.is_available())
    return Processes(state.process_index, state.num_processes, state.device)
