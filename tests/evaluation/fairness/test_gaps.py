"""Gaps and their tests: real ones are told, chance ones are not, ten out of ten is no proof."""

from __future__ import annotations

import numpy as np
import pytest

from mmrag.evaluation.fairness.gaps import UNLABELLED, Kind, Measure, called, count_tested, find
from mmrag.evaluation.fairness.resampling import Sums, ends, resampled
from mmrag.evaluation.fairness.testing import bootstrap_p, holm, pooled_p, unseen_p


def measure(groups: dict[str, list[float]], kind: Kind = "rest", name: str = "recall") -> Measure:
    """Each unit in one group, with a value."""
    names, sizes = tuple(groups), [len(values) for values in groups.values()]
    above, below = np.zeros((sum(sizes), len(names))), np.zeros((sum(sizes), len(names)))
    start = 0
    for at, values in enumerate(groups.values()):
        above[start : start + len(values), at] = values
        below[start : start + len(values), at] = 1
        start += len(values)
    return Measure(name, kind, "a share", Sums(names, above, below))


def test_a_real_gap_is_told_of_the_group_that_has_it_alone() -> None:
    groups = {"a": [1.0] * 10, "b": [1.0] * 9 + [0.0], "c": [0.0] * 9 + [1.0], "d": [1.0] * 10}
    found = find([measure(groups)])
    assert [(one.name, row.group) for one, row in called(found)] == [("recall", "c")]
    row = found[0].rows[2]
    assert row.value is not None and row.gap is not None
    assert row.value.mean == pytest.approx(0.1)
    assert row.gap.mean == pytest.approx(0.1 - 29 / 30)
    spread = found[0].spread
    assert spread is not None
    assert (spread.highest, spread.lowest, spread.pairs) == ("a", "c", 6)
    assert spread.found.mean == pytest.approx(0.9)


def test_ten_out_of_ten_is_no_gap_though_the_bootstrap_sees_no_variance_in_it() -> None:
    found = find([measure({"a": [1.0] * 10, "b": [1.0] * 70 + [0.0] * 10})])
    gap = found[0].rows[0].gap
    assert gap is not None and gap.low > 0  # alone it would be called
    assert called(found) == []


def test_what_is_told_has_an_interval_without_none() -> None:
    random = np.random.default_rng(6)
    for _ in range(10):
        groups = {
            name: list(random.uniform(0, 1, 20) ** power)
            for name, power in (("a", 1.0), ("b", 1.4), ("c", 2.0))
        }
        for _, row in called(find([measure(groups)])):
            assert row.gap is not None
            assert row.gap.low > 0 or row.gap.high < 0


def test_a_group_that_is_too_small_is_never_called() -> None:
    found = find([measure({"a": [0.0] * 9, "b": [1.0] * 50, "c": [1.0] * 50})])
    assert [row.small for row in found[0].rows] == [True, False, False]
    assert found[0].rows[0].adjusted is None
    assert "a" not in {row.group for _, row in called(found)}
    assert find([measure({"a": [0.0] * 9, "b": [1.0] * 50})], least=9)[0].rows[0].called


def test_a_group_whose_rest_is_too_small_is_not_called_either() -> None:
    found = find([measure({"a": [0.0] * 3, "b": [1.0] * 50})])
    assert [row.small for row in found[0].rows] == [True, True]
    assert found[0].spread is None
    assert count_tested(found) == 0


def test_the_largest_difference_is_widened_for_the_pairs_that_it_was_picked_from() -> None:
    random = np.random.default_rng(4)
    groups = {name: list(random.uniform(0, 1, 40)) for name in "abcdef"}

    def width(names: str) -> float:
        spread = find([measure({name: groups[name] for name in names})])[0].spread
        assert spread is not None
        return spread.found.high - spread.found.low

    spread = find([measure(groups)])[0].spread
    assert spread is not None
    # at 1 - 0.05 / 15 instead of 0.95, a normal interval is half as wide again
    assert width("abcdef") > 1.3 * width(spread.highest + spread.lowest)


def test_chance_alone_is_seldom_told_as_a_gap() -> None:
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(30):
        groups = {name: list(random.binomial(1, 0.8, 25) * 1.0) for name in "abcd"}
        second = {name: list(random.uniform(0, 1, 25)) for name in "abcd"}
        wrong += bool(called(find([measure(groups), measure(second, name="ndcg")])))
    assert wrong <= 4  # 1.5 are expected of a family-wise 5 %


def test_the_gaps_of_two_groups_are_one_test() -> None:
    found = find([measure({"a": [0.0, 1.0] * 10, "b": [1.0, 0.0, 0.0, 0.0] * 5})])
    assert count_tested(found) == 1
    first, second = found[0].rows
    assert first.adjusted == second.adjusted
    assert count_tested(find([measure({name: [0.0, 1.0] * 10 for name in "abc"})])) == 3


def test_what_has_no_label_is_shown_and_is_no_part_of_the_rest() -> None:
    groups = {"a": [1.0, 0.0] * 10, "b": [1.0, 0.0] * 10, UNLABELLED: [0.0] * 20}
    found = find([measure(groups)])
    a, _, none = found[0].rows
    assert a.gap is not None and a.gap.mean == 0
    assert none.value is not None and none.value.mean == 0
    assert none.gap is None and not none.called


def test_questions_with_answers_in_two_groups_are_drawn_whole() -> None:
    """The same values in both groups, by question: then no draw has a gap."""
    values = np.random.default_rng(1).uniform(0, 1, (30, 1)).repeat(2, axis=1)
    found = find([Measure("recall", "rest", "", Sums(("a", "b"), values, np.ones((30, 2))))])
    gap, value = found[0].rows[0].gap, found[0].rows[0].value
    assert gap is not None and value is not None
    assert (gap.low, gap.high) == pytest.approx((0, 0))
    assert value.high - value.low > 0.1


def test_the_treatment_ratio_is_that_of_exposure_per_merit() -> None:
    above, below = np.array([[2.0, 1.0]] * 20), np.array([[1.0, 1.0]] * 20)
    one = Measure("treatment", "treatment", "", Sums(("a", "b"), above, below))
    gaps = [row.gap for row in find([one])[0].rows]
    assert [gap.mean for gap in gaps if gap] == [2, 0.5]
    assert one.distance(np.array([2, 0.5])) == pytest.approx([np.log(2)] * 2)


def test_a_group_that_is_never_shown_is_told_only_if_chance_would_have_shown_it() -> None:
    def share(desired: float) -> list[str]:
        above, below = np.array([[0.0, 1.0]] * 30), np.ones((30, 2))
        shares = {"rare": desired, "other": 1 - desired}
        one = Measure("exposure", "desired", "", Sums(("rare", "other"), above, below), shares)
        return [row.group for _, row in called(find([one]))]

    assert share(0.01) == []
    assert share(0.3) == ["rare", "other"]
    assert unseen_p(0, 0.01, 30) == pytest.approx(0.99**30)
    assert unseen_p(0.5, 0.01, 30) == 0


def test_holm_is_that_of_a_worked_example() -> None:
    # Holm 1979 on 0.01, 0.04, 0.03, 0.005: times 4, 3, 2, 1 from the smallest, never falling
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_the_pooled_test_is_near_the_permutation_test() -> None:
    random = np.random.default_rng(0)
    values = np.concatenate([random.uniform(0, 1, 30), random.uniform(0.1, 1, 60)])
    own = np.arange(90) < 30
    observed = values[own].mean() - values[~own].mean()
    dealt = [values[p][own].mean() - values[p][~own].mean() for p in _permutations(random)]
    expected = np.mean(np.abs(dealt) >= abs(observed))
    below = np.stack([own, ~own], axis=1).astype(np.float64)
    assert pooled_p(below * values[:, None], below, 0) == pytest.approx(expected, abs=0.02)


def _permutations(random: np.random.Generator) -> list[np.ndarray[tuple[int], np.dtype[np.int_]]]:
    return [random.permutation(90) for _ in range(4000)]


def test_bootstrap_p_counts_the_draws_beyond_and_goes_on_where_there_are_none() -> None:
    draws = np.concatenate([[0.5], np.linspace(-0.05, 0.95, 1001)])
    beyond = int((draws[1:] <= 0).sum())
    assert bootstrap_p(draws, 0) == pytest.approx(2 * (beyond + 1) / 1002)
    far = np.concatenate([[5.0], np.random.default_rng(0).normal(5, 0.5, 1000)])
    assert bootstrap_p(far, 0) < 1e-9


def test_intervals_are_those_of_the_bootstrap_of_means() -> None:
    values = np.random.default_rng(5).uniform(0, 1, (200, 1))
    table = resampled(values) / 200
    found = ends(table[:, 0])
    assert found is not None
    error = values.std() / np.sqrt(200)
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.005)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.005)
    assert ends(np.array([np.nan, 1.0])) is None
