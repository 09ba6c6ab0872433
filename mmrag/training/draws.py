"""Which rows make up a batch: at random, or with the answers that are most easily mistaken.

Every draw follows from the generator and from what the towers keep in a checkpoint, so that a run
that was interrupted goes on with the batches that it would have had. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mmrag.extras import require
from mmrag.training.contrastive import PairBatch, Sampler
from mmrag.training.inputs import Inputs, Key
from mmrag.training.pairs import Pairs

if TYPE_CHECKING:
    import torch
    from torch import nn
else:
    torch = require("torch", extra="train", purpose="train")
    nn = torch.nn

Draw: TypeAlias = "Callable[[torch.Generator], list[int]]"

NEAREST, FURTHEST = 2, 20
"""Ranks of the wrong answers that count as hard. The nearest of all is often a right answer that
nobody has marked, which is why it is passed over: Qu et al. 2021, "RocketQA", found most of the
nearest to be such; Moreira et al. 2024, "NV-Retriever", call it "top-k shifted by N"."""
_BLOCK = 1024  # rows that are compared with all others at once


def at_random(groups: Sequence[int], size: int) -> Draw:
    """Draws rows of as many groups as there are, each time anew; without replacement.

    Where there are fewer groups than `size`, each gives a second row before any gives a third.
    """
    numbers = torch.tensor(groups)

    def draw(generator: torch.Generator) -> list[int]:
        order = torch.randperm(len(numbers), generator=generator)
        by_group = torch.argsort(numbers[order], stable=True)
        found = numbers[order][by_group]
        places = torch.arange(len(order))
        first = torch.ones(len(order), dtype=torch.bool)
        first[1:] = found[1:] != found[:-1]
        begins = torch.where(first, places, 0).cummax(0).values
        turns = torch.empty_like(places)
        turns[by_group] = places - begins  # how many rows of its group come before
        # in another order: a large group's first row comes early in the one above
        again = torch.randperm(len(numbers), generator=generator)
        chosen = order[again][torch.argsort(turns[again], stable=True)][:size]
        return [int(row) for row in chosen]

    return draw


class HardNegatives(nn.Module):
    """For each row, rows of other groups whose right side is near its left side.

    They are found anew every `every` steps by the vectors that the towers give then, as in ANCE
    (Xiong et al. 2021). Both are kept as buffers, so that they are part of checkpoints; make it a
    part of the module that is trained.

    Args:
        groups: of the rows.
        every: steps between two searches.
    """

    neighbours: torch.Tensor
    drawn: torch.Tensor

    def __init__(self, groups: Sequence[int], every: int) -> None:
        super().__init__()
        self.groups, self.every = torch.tensor(groups), every
        counts = torch.bincount(self.groups)
        # as many as the row has that is of the largest group
        others = len(groups) - int(counts.max())
        first = min(NEAREST - 1, others - 1)
        self.band = (first, min(FURTHEST, others))
        wide = self.band[1] - first
        self.register_buffer("neighbours", torch.zeros(len(groups), wide, dtype=torch.long))
        self.register_buffer("drawn", torch.zeros((), dtype=torch.long))

    def draw_with(
        self, seeds: Draw, vectors: Callable[[], tuple[torch.Tensor, torch.Tensor]], size: int
    ) -> Draw:
        """Draws half a batch by `seeds`, and for each of these rows one that is hard for it.

        Args:
            vectors: (n, d) and (n, d) unit vectors of all rows, as they are now.
            size: of the batch; what is drawn twice is made up for by further rows of `seeds`.
        """

        def draw(generator: torch.Generator) -> list[int]:
            if int(self.drawn) % self.every == 0:
                self._find(*vectors())
            self.drawn += 1
            rows = seeds(generator)
            picks = torch.randint(self.neighbours.shape[1], (len(rows),), generator=generator)
            half = len(rows[:size]) // 2
            hard = [int(self.neighbours[row, picks[n]]) for n, row in enumerate(rows[:half])]
            both = [row for pair in zip(rows, hard, strict=False) for row in pair]
            return list(dict.fromkeys((*both, *rows[half:])))[:size]

        return draw

    def _find(self, left: torch.Tensor, right: torch.Tensor) -> None:
        for start in range(0, len(left), _BLOCK):
            rows = slice(start, start + _BLOCK)
            cosines = left[rows] @ right.T
            own = self.groups[rows, None] == self.groups[None, :]
            cosines = cosines.cpu().masked_fill(own, -torch.inf)
            nearest = cosines.topk(self.band[1], dim=1).indices
            self.neighbours[rows] = nearest[:, self.band[0] :].to(self.neighbours.device)


def sampler(pairs: Pairs, inputs: Inputs, draw: Draw, *, foresee: bool) -> Sampler:
    """One batch a step of the rows that `draw` names.

    Args:
        foresee: begin with the media of the next batch, which a copy of the generator tells; for
            draws that follow from the generator alone.
    """

    def sample(generator: torch.Generator) -> list[PairBatch]:
        numbers = draw(generator)
        rows = [pairs.rows[number] for number in numbers]
        lefts: list[Any] = inputs.of(pairs.left, [row.left for row in rows])
        rights: list[Any] = inputs.of(pairs.right, [row.right for row in rows])
        if foresee:
            copy = torch.Generator().set_state(generator.get_state())
            inputs.ahead(_keys(pairs, draw(copy)))
        groups = [pairs.groups[number] for number in numbers]
        ids = [row.place for row in rows]
        return [PairBatch(pairs.left.value, pairs.right.value, lefts, rights, ids, groups)]

    return sample


def _keys(pairs: Pairs, numbers: Sequence[int]) -> list[Key]:
    rows = [pairs.rows[number] for number in numbers]
    return [(pairs.left, row.left) for row in rows] + [(pairs.right, row.right) for row in rows]
