"""Fair re-ranking: bounds of prefixes, order within groups, nothing lost, nothing moved in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import ConfigError
from mmrag.evaluation.fairness.reranking import METHODS, bounds, detcons, detgreedy

METHOD = st.sampled_from(sorted(METHODS))
SLACK = st.sampled_from([0.0, 0.05, 0.2, 0.5])


@st.composite
def shares(draw: st.DrawFn, most: int) -> dict[str, float]:
    weights = draw(st.lists(st.integers(1, 20), min_size=2, max_size=most))
    return {str(at): weight / sum(weights) for at, weight in enumerate(weights)}


@st.composite
def rankings(draw: st.DrawFn, most: int = 6) -> tuple[list[str | None], dict[str, float]]:
    desired = draw(shares(most))
    groups = st.sampled_from([*desired, None])
    return draw(st.lists(groups, max_size=25)), desired


def full(desired: dict[str, float], places: int, seed: Sequence[int]) -> list[str | None]:
    """A ranking with as many items of each group as there are places, so that none runs out."""
    rows: list[str | None] = [group for group in desired for _ in range(places)]
    return [rows[at] for at in sorted(range(len(rows)), key=lambda at: (seed[at % len(seed)], at))]


@given(rankings(), METHOD, SLACK)
def test_nothing_is_lost_and_each_group_keeps_its_order(
    made: tuple[list[str | None], dict[str, float]], method: str, slack: float
) -> None:
    groups, desired = made
    order = METHODS[method](groups, bounds(desired, slack))
    assert sorted(order) == list(range(len(groups)))
    for group in desired:
        own = [row for row in order if groups[row] == group]
        assert own == sorted(own)
    # what has no label stays where it stood
    assert all(order[row] == row for row, group in enumerate(groups) if group is None)


@given(rankings(), METHOD)
def test_bounds_that_allow_everything_move_nothing(
    made: tuple[list[str | None], dict[str, float]], method: str
) -> None:
    groups, desired = made
    assert METHODS[method](groups, bounds(desired, 1.0)) == list(range(len(groups)))


@pytest.mark.parametrize(("method", "most"), [("detgreedy", 3), ("detcons", 6)])
@given(st.data())
def test_each_prefix_keeps_the_bounds_while_no_group_runs_out(
    method: str, most: int, data: st.DataObject
) -> None:
    desired, slack = data.draw(shares(most)), data.draw(SLACK)
    limits, places = bounds(desired, slack), 20
    groups = full(desired, places, data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=40)))
    counts: Counter[str | None] = Counter()
    for k, row in enumerate(METHODS[method](groups, limits)[:places], 1):
        counts[groups[row]] += 1
        for group, limit in limits.items():
            assert limit.at_least(k) <= counts[group] <= limit.at_most(k)


@given(rankings(), METHOD)
def test_a_group_is_short_only_when_it_has_run_out_or_another_was_due_as_well(
    made: tuple[list[str | None], dict[str, float]], method: str
) -> None:
    groups, desired = made
    limits = bounds(desired)
    labelled = [group for group in groups if group is not None]
    order = [groups[row] for row in METHODS[method](groups, limits) if groups[row] is not None]
    counts: Counter[str | None] = Counter()
    for k, chosen in enumerate(order, 1):
        due = [
            group
            for group, limit in limits.items()
            if counts[group] < min(limit.at_least(k), labelled.count(group))
        ]
        assert not due or chosen in due
        counts[chosen] += 1


def test_detgreedy_takes_the_best_that_may_come_and_what_is_due_first() -> None:
    desired = {"a": 0.5, "b": 0.5}
    # at 2, b is due (floor(2 * 0.5) = 1 of it); at 3 the best of both may come; at 4, b again
    assert detgreedy(["a", "a", "a", "b", "b"], bounds(desired)) == [0, 3, 1, 4, 2]


def test_detcons_looks_ahead_to_what_falls_due_first() -> None:
    desired = {"a": 0.2, "b": 0.8}
    assert detgreedy(["a", "b", "b", "b", "b"], bounds(desired))[0] == 0
    assert detcons(["a", "b", "b", "b", "b"], bounds(desired)) == [1, 2, 3, 0, 4]


def test_rounding_errors_move_no_bound() -> None:
    limit = bounds({"a": 0.29, "b": 0.71})["a"]
    assert (limit.at_least(100), limit.at_most(100)) == (29, 29)


@pytest.mark.parametrize(
    ("desired", "tolerance", "told"),
    [
        ({"a": 0.5, "b": 0.4}, 0.0, "a sum of 0.9"),
        ({"a": 1.0, "b": 0.0}, 0.0, "b: 0.0"),
        ({"a": 0.5, "b": 0.5}, 1.5, "tolerance must be a share from 0 to 1, found 1.5"),
        ({"a": float("nan"), "b": 0.5}, 0.0, "a: nan"),
    ],
)
def test_what_is_no_distribution_is_refused(
    desired: dict[str, float], tolerance: float, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        bounds(desired, tolerance)


def test_a_group_without_bounds_is_refused() -> None:
    with pytest.raises(ConfigError, match="no share is desired for the group 'c'; there are: a, b"):
        detgreedy(["c"], bounds({"a": 0.5, "b": 0.5}))
