"""The candidates of several channels as numbers, so that they can be fused in columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.store.spec import Ranked


class Pool:
    """Everything that some channel found, numbered in the order of ids.

    Attributes:
        ids: of the n candidates, by number.
        numbers: by channel, the numbers of what it found, from best to worst.

    Raises:
        InputError: a score is not a finite number, or a channel has a candidate twice.
    """

    def __init__(self, channels: Mapping[str, Ranked]) -> None:
        for name, found in channels.items():
            _check(name, found)
        self.ids = sorted(set[str]().union(*(found.ids for found in channels.values())))
        number = dict(zip(self.ids, range(len(self.ids)), strict=True))
        self.numbers: dict[str, NDArray[np.intp]] = {
            name: np.fromiter(map(number.__getitem__, found.ids), np.intp, len(found))
            for name, found in channels.items()
        }

    def __len__(self) -> int:
        return len(self.ids)

    def best(self, scores: NDArray[np.float64], limit: int | None) -> NDArray[np.intp]:
        """Numbers of the first `limit` candidates (None: of all) by falling score, ties by id."""
        return np.argsort(-scores, kind="stable")[:limit]

    def places(self, name: str) -> NDArray[np.intp]:
        """(n,) 1-based ranks that a channel gives the candidates; 0 where it did not find one."""
        ranks = np.zeros(len(self.ids), np.intp)
        ranks[self.numbers[name]] = np.arange(1, len(self.numbers[name]) + 1)
        return ranks


def _check(name: str, found: Ranked) -> None:
    odd = np.flatnonzero(~np.isfinite(found.scores))
    if len(odd):
        raise InputError(
            f"channel {name!r}: {len(odd)} of {len(found)} scores are not finite numbers, the "
            f"first is {found.scores[odd[0]]} of {found.ids[odd[0]]}; leave such candidates out"
        )
    if len(set(found.ids)) < len(found):
        twice = next(one for one in found.ids if found.ids.count(one) > 1)
        raise InputError(f"channel {name!r} has candidate {twice} twice; give each one once")
