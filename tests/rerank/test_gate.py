"""The gate: its measures by hand, its interval against the normal approximation, its verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import log2

import numpy as np
import pytest

from mmrag.errors import InputError
from mmrag.rerank.gate import Gate, compare

GOOD, BAD = ["a", "x", "y"], ["x", "y", "a"]
RELEVANT = {"a": 1}


def measured(metric: str, ranking: Sequence[str], relevant: dict[str, int]) -> float:
    return compare([[]], [ranking], [relevant], metric=metric).reranked


def test_ndcg_by_hand() -> None:
    gained = 3 / log2(3) + 1 / log2(5)
    best = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    found = measured("ndcg@10", ["x", "a", "y", "b"], {"a": 3, "b": 1, "c": 2})
    assert found == pytest.approx(gained / best, abs=1e-12)
    assert measured("ndcg@10", ["a", "b"], {"a": 1, "b": 1}) == 1.0
    assert measured("ndcg@10", [*map(str, range(10)), "a"], RELEVANT) == 0.0
    # eleven relevant ones: the best order has ten places as well
    many = dict.fromkeys("abcdefghijk", 1)
    assert measured("ndcg@10", [*"abcdefghij"], many) == pytest.approx(1.0, abs=1e-12)


def test_reciprocal_rank_by_hand() -> None:
    assert measured("mrr", ["x", "y", "a", "b"], {"a": 1, "b": 1}) == pytest.approx(1 / 3)
    assert measured("mrr", ["x"], RELEVANT) == 0.0
    assert measured("mrr", ["x", "a"], {"x": 0, "a": 1}) == 1 / 2


def test_many_passages_of_one_source_are_one_find() -> None:
    assert measured("ndcg@10", ["a", "a", "a", "b"], {"a": 1, "b": 1}) == 1.0
    assert measured("mrr", ["x", "x", "a"], RELEVANT) == 1 / 2


def test_the_interval_is_that_of_the_normal_approximation_for_many_questions() -> None:
    places = np.random.default_rng(4).integers(1, 6, (400, 2))
    plain, after = (
        [[*map(str, range(place - 1)), "a"] for place in column] for column in places.T.tolist()
    )
    found = compare(plain, after, [RELEVANT] * 400, metric="mrr")
    differences = 1 / places[:, 1] - 1 / places[:, 0]
    half = 1.959964 * differences.std() / 20
    assert found.difference == pytest.approx(differences.mean(), abs=1e-9)
    assert found.low == pytest.approx(differences.mean() - half, abs=0.002)
    assert found.high == pytest.approx(differences.mean() + half, abs=0.002)
    assert compare(plain, after, [RELEVANT] * 400, metric="mrr") == found


def gate(better: int, worse: int, same: int) -> Gate:
    """Questions where reranking moves the relevant one from third to first, or back, or not."""
    plain = [BAD] * better + [GOOD] * worse + [GOOD] * same
    after = [GOOD] * better + [BAD] * worse + [GOOD] * same
    return compare(plain, after, [RELEVANT] * len(plain), metric="mrr")


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((30, 2, 10), "helps"),
        ((2, 30, 10), "hurts"),
        ((9, 8, 20), "undecided"),
        ((0, 0, 20), "undecided"),
        ((9, 0, 0), "undecided"),  # all better, and too few to say so
        ((10, 0, 0), "helps"),
    ],
)
def test_verdicts(counts: tuple[int, int, int], verdict: str) -> None:
    found = gate(*counts)
    better, worse, _ = counts
    assert found.verdict == verdict
    assert found.questions == sum(counts)
    assert found.difference == pytest.approx((better - worse) * (2 / 3) / sum(counts), abs=1e-12)
    assert found.low <= found.difference + 1e-12
    assert found.high >= found.difference - 1e-12


def test_swapping_the_two_turns_the_verdict() -> None:
    plain, after = [BAD] * 20 + [GOOD] * 5, [GOOD] * 20 + [BAD] * 5
    there = compare(plain, after, [RELEVANT] * 25)
    back = compare(after, plain, [RELEVANT] * 25)
    assert (there.metric, there.verdict, back.verdict) == ("ndcg@10", "helps", "hurts")
    assert (there.plain, there.reranked) == (back.reranked, back.plain)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


def test_it_goes_through_json() -> None:
    found = gate(30, 2, 10)
    assert Gate(**json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.parametrize(
    ("plain", "after", "relevant", "message"),
    [
        ([], [], [], "nothing to compare: 0 plain"),
        ([GOOD], [GOOD, BAD], [RELEVANT], "1 plain and 2 reranked rankings of 1"),
        ([GOOD, GOOD], [GOOD, GOOD], [RELEVANT, {}], "question 2 has nothing relevant"),
        ([GOOD], [GOOD], [{"a": 0}], "question 1 has nothing relevant"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    plain: list[list[str]], after: list[list[str]], relevant: list[dict[str, int]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compare(plain, after, relevant)


def test_an_unknown_measure_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no measure 'ndcg@5'; there are: ndcg@10, recall@1"):
        compare([GOOD], [GOOD], [RELEVANT], metric="ndcg@5")
