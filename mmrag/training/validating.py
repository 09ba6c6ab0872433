"""How often pairs that were kept out of training find each other, both ways, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmrag.evaluation.intervals import Interval, interval, paired
from mmrag.evaluation.ranks import ranks
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.training.contrastive import Encoder
from mmrag.training.inputs import Inputs
from mmrag.training.pairs import Pairs, Value

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="train", purpose="train")

DEPTHS = (1, 5)
_AT_ONCE = 32
"""Rows that are encoded at once without gradients."""


@dataclass(frozen=True)
class Recalls:
    """Ranks of the right answers, by direction such as "text to image"; 0 is found first.

    A question that shares its text or file with others has several right answers, and the nearest
    counts. Ties count against it.
    """

    ranks: Mapping[str, NDArray[np.int64]]

    @property
    def watched(self) -> dict[str, float]:
        """The mean recall@1 of both directions, and what it is made of."""
        found = {
            f"{direction} recall@{depth}": float((row < depth).mean())
            for direction, row in self.ranks.items()
            for depth in DEPTHS
        }
        firsts = [value for name, value in found.items() if name.endswith("@1")]
        return {"recall@1": sum(firsts) / len(firsts), **found}

    def intervals(self) -> dict[str, dict[str, Interval]]:
        """By direction and measure ("recall@1"), bootstrapped over the questions."""
        return {
            direction: {f"recall@{depth}": interval(_found(row, depth)) for depth in DEPTHS}
            for direction, row in self.ranks.items()
        }

    def gained_on(self, before: Recalls) -> dict[str, dict[str, Interval]]:
        """By direction and measure, how much higher it is than `before`, paired by question."""
        return {
            direction: {
                f"recall@{depth}": paired(
                    _found(row, depth), _found(before.ranks[direction], depth)
                )
                for depth in DEPTHS
            }
            for direction, row in self.ranks.items()
        }


def _found(found: NDArray[np.int64], depth: int) -> list[float]:
    """1 for each question whose right answer is among the first `depth`, 0 for others."""
    return [float(rank < depth) for rank in found]


def recalls(model: Encoder, pairs: Pairs, inputs: Inputs) -> Recalls:
    """Search for each pair's one side among all other sides, both ways."""
    sides = [row.cpu().numpy() for row in both_sides(model, pairs, inputs)]
    names = [pairs.left.value, pairs.right.value]
    found = {}
    for asked, held in ((1, 0), (0, 1)):
        # a text that many rows share is one answer, and the like of a file
        once = list({row.sides[held]: number for number, row in enumerate(pairs.rows)}.values())
        groups = [pairs.groups[number] for number in once]
        place = ranks(sides[asked], sides[held][once], pairs.groups, groups)
        found[f"{names[asked]} to {names[held]}"] = place
    return Recalls(found)


def both_sides(model: Encoder, pairs: Pairs, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, d) and (n, d) unit vectors of the rows, in float32, without gradients."""
    lefts = _vectors(model, pairs.left, [row.left for row in pairs.rows], inputs)
    rights = _vectors(model, pairs.right, [row.right for row in pairs.rows], inputs)
    return lefts, rights


def _vectors(model: Encoder, modality: Modality, values: list[Value], inputs: Inputs) -> Any:  # noqa: ANN401
    # equal values once: a class name may be the text of thousands of rows; texts of about one
    # length together, for they are padded to the longest
    once = list(dict.fromkeys(values))
    if modality is Modality.TEXT:
        once.sort(key=lambda value: len(str(value)))
    parts = []
    with torch.no_grad():
        for start in range(0, len(once), _AT_ONCE):
            rows = once[start : start + _AT_ONCE]
            inputs.ahead((modality, value) for value in once[start : start + 2 * _AT_ONCE])
            parts.append(model.encode(modality.value, inputs.of(modality, rows)).float())
        vectors = torch.nn.functional.normalize(torch.cat(parts), dim=-1)
    places = {value: place for place, value in enumerate(once)}
    return vectors[[places[value] for value in values]]
