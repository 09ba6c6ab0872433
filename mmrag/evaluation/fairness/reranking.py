"""Re-ranking that bounds how far each prefix of a ranking may be from a desired distribution.

Geyik, Ambler and Kenthapadi 2019, "Fairness-Aware Ranking in Search & Recommendation Systems with
Application to LinkedIn Talent Search" (KDD), algorithms DetGreedy and DetCons. Of the first k
items, each group g with the desired share p(g) gets at least floor(k p(g)) and at most
ceil(k p(g)). Not FA*IR (Zehlike et al. 2017), which knows one protected group and no upper bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mmrag.errors import ConfigError

_NEAR = 1e-9  # 0.29 * 100 is 28.999999999999996


@dataclass(frozen=True)
class Bounds:
    """The least and the largest share of a group in each prefix.

    Attributes:
        least, most: 0..1.
    """

    least: float
    most: float

    def at_least(self, k: int) -> int:
        """How many of the first k items the group must have."""
        return math.floor(k * self.least + _NEAR)

    def at_most(self, k: int) -> int:
        """How many of the first k items the group may have."""
        return math.ceil(k * self.most - _NEAR)


Choose = Callable[[str, int, int], float]
"""What the next group is picked by, the least first: of a group, its next row and its count."""


def bounds(desired: Mapping[str, float], tolerance: float = 0.0) -> dict[str, Bounds]:
    """The desired shares as bounds; with a tolerance of 0 they are the paper's.

    Args:
        desired: by group, shares above 0 that sum to 1.
        tolerance: by how much a share may be missed either way, 0..1; with 1 everything is allowed.

    Raises:
        ConfigError: shares or tolerance are no such numbers.
    """
    wrong = [f"{group}: {share}" for group, share in desired.items() if not 0 < share <= 1]
    if wrong or not math.isclose(sum(desired.values()), 1, abs_tol=1e-6):
        found = ", ".join(wrong) or f"a sum of {sum(desired.values()):g}"
        raise ConfigError(f"desired shares must be above 0 and sum to 1, found {found}")
    if not 0 <= tolerance <= 1:
        raise ConfigError(f"the tolerance must be a share from 0 to 1, found {tolerance}")
    return {
        group: Bounds(max(0.0, share - tolerance), min(1.0, share + tolerance))
        for group, share in desired.items()
    }


def detgreedy(groups: Sequence[str | None], limits: Mapping[str, Bounds]) -> list[int]:
    """The best item of all groups that may have one more.

    The paper proves that the lower bounds hold for up to three groups. With more, two groups may
    fall due at the same place, and one of them comes a place late.

    Args:
        groups: of the items, the best first; None for an item without a label, which keeps its
            place, since nothing can be said of it. The bounds are those of the others.
        limits: by group, from `bounds`.

    Returns:
        The rows in their new order. Items of one group stay in their order. A group without items
        left is no longer waited for; where no group may have more, the best item left comes next.

    Raises:
        ConfigError: an item is of a group that has no bounds.
    """
    return _ordered(groups, limits, lambda group, row, count: row)


def detcons(groups: Sequence[str | None], limits: Mapping[str, Bounds]) -> list[int]:
    """The next item of the group whose lower bound rises first, among those that may have one more.

    Earliest deadline first: with a tolerance of 0 the lower bounds hold for any number of groups
    (Tijdeman 1980, "The chairman assignment problem"). It moves more than `detgreedy` does.
    Arguments, result and errors are those of `detgreedy`.
    """

    def due(group: str, row: int, count: int) -> float:
        least = limits[group].least
        return (count + 1) / least if least else math.inf

    return _ordered(groups, limits, due)


METHODS: Mapping[str, Callable[[Sequence[str | None], Mapping[str, Bounds]], list[int]]] = {
    "detgreedy": detgreedy,
    "detcons": detcons,
}


def _ordered(
    groups: Sequence[str | None], limits: Mapping[str, Bounds], choose: Choose
) -> list[int]:
    waiting: dict[str, list[int]] = {group: [] for group in limits}
    for row in reversed(range(len(groups))):
        group = groups[row]
        if group is None:
            continue
        if group not in waiting:
            raise ConfigError(
                f"no share is desired for the group {group!r}; there are: {', '.join(limits)}"
            )
        waiting[group].append(row)
    counts = dict.fromkeys(limits, 0)
    chosen: list[int] = []
    for k in range(1, sum(map(len, waiting.values())) + 1):
        left = [group for group, rows in waiting.items() if rows]
        below = [group for group in left if counts[group] < limits[group].at_least(k)]
        allowed = [group for group in left if counts[group] < limits[group].at_most(k)]
        if below or not allowed:
            taken = min(below or left, key=lambda group: waiting[group][-1])
        else:
            taken = min(
                allowed,
                key=lambda group: (
                    choose(group, waiting[group][-1], counts[group]),
                    waiting[group][-1],
                ),
            )
        counts[taken] += 1
        chosen.append(waiting[taken].pop())
    labelled = iter(chosen)
    return [row if group is None else next(labelled) for row, group in enumerate(groups)]
