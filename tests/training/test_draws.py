"""Batches by a generator alone: groups are mixed, and hard negatives are hard."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.training.draws import FURTHEST, NEAREST, HardNegatives, at_random


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=40), st.integers(1, 50))
def test_each_group_gives_a_row_before_any_gives_a_second(groups: list[int], size: int) -> None:
    rows = at_random(groups, size)(generator())
    assert len(rows) == len(set(rows)) == min(size, len(groups))
    seen: dict[int, int] = {}
    for row in rows:
        seen[groups[row]] = seen.get(groups[row], 0) + 1
    held = {group: groups.count(group) for group in set(groups)}
    most = max(seen.values())
    assert all(seen.get(group, 0) >= min(held[group], most - 1) for group in held)


def test_every_row_is_drawn_alike_and_a_seed_repeats_it() -> None:
    draw = at_random([0, 0, 1, 2, 3], 2)
    source = generator()
    counts = torch.bincount(torch.tensor([draw(source) for _ in range(4000)]).flatten())
    # four groups, two of which are in each batch; the first group has two rows
    torch.testing.assert_close(
        counts / 4000, torch.tensor([0.25, 0.25, 0.5, 0.5, 0.5]), atol=0.03, rtol=0
    )
    assert [draw(generator(7)) for _ in range(3)] == [draw(generator(7))] * 3


def angles(count: int) -> torch.Tensor:
    """Unit vectors along a quarter of a circle: the nearer two numbers, the nearer the vectors."""
    turn = torch.linspace(0, torch.pi / 2, count)
    return torch.stack([turn.cos(), turn.sin()], dim=1)


def test_hard_negatives_are_near_and_of_other_groups() -> None:
    groups = [row // 2 for row in range(60)]
    hard = HardNegatives(groups, every=5)
    searches: list[int] = []

    def vectors() -> tuple[torch.Tensor, torch.Tensor]:
        searches.append(int(hard.drawn))
        return angles(60), angles(60)

    draw = hard.draw_with(at_random(groups, 20), vectors, 20)
    source = generator()
    for _ in range(11):
        rows = draw(source)
        assert len(rows) == len(set(rows)) == 20
        assert rows[1] in hard.neighbours[rows[0]], "a seed is followed by what is hard for it"
    assert searches == [0, 5, 10]
    width = FURTHEST - NEAREST + 1
    assert hard.neighbours.shape == (60, width)
    for row, near in enumerate(hard.neighbours.tolist()):
        others = sorted(
            (o for o in range(60) if groups[o] != groups[row]), key=lambda o: abs(o - row)
        )
        distances = [abs(o - row) for o in others]
        assert sorted(abs(o - row) for o in near) == pytest.approx(
            distances[NEAREST - 1 : FURTHEST], abs=1
        )


def test_a_restored_run_draws_on_without_searching_again() -> None:
    groups = list(range(30))

    def run(hard: HardNegatives, source: torch.Generator, steps: int) -> list[list[int]]:
        draw = hard.draw_with(at_random(groups, 8), lambda: (angles(30), angles(30)), 8)
        return [draw(source) for _ in range(steps)]

    whole = run(HardNegatives(groups, every=100), generator(), 6)
    first, source = HardNegatives(groups, every=100), generator()
    begun = run(first, source, 3)
    second = HardNegatives(groups, every=100)
    second.load_state_dict(first.state_dict())
    draw = second.draw_with(at_random(groups, 8), lambda: pytest.fail("searched"), 8)
    again = torch.Generator().set_state(source.get_state())
    assert begun + [draw(again) for _ in range(3)] == whole


@pytest.mark.parametrize("groups", [[0, 1], [0, 0, 0, 1], [0, 1, 2]])
def test_few_groups_have_few_hard_negatives(groups: list[int]) -> None:
    hard = HardNegatives(groups, every=1)
    vectors = angles(len(groups))
    draw = hard.draw_with(at_random(groups, 8), lambda: (vectors, vectors), 8)
    assert sorted(draw(generator())) == list(range(len(groups)))
    for row, near in enumerate(hard.neighbours.tolist()):
        assert all(groups[other] != groups[row] for other in near)
