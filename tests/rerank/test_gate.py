"""The gate: its metrics by hand, its interval against scipy-free formulae, its verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import log2

import numpy as np
import pytest
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from standins.tiny_reranker import hit

from mmrag.errors import InputError
from mmrag.rerank.gate import (
    Gate,
    Question,
    bootstrap_interval,
    compare,
    ndcg_at_10,
    reciprocal_rank,
    run_gate,
)


def test_ndcg_by_hand() -> None:
    ranking = ["x", "a", "y", "b"]
    gained = 3 / log2(3) + 1 / log2(5)
    best = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert ndcg_at_10(ranking, {"a": 3, "b": 1, "c": 2}) == pytest.approx(gained / best, abs=1e-12)
    assert ndcg_at_10(["a", "b"], {"a": 1, "b": 1}) == 1.0
    assert ndcg_at_10([*map(str, range(10)), "a"], {"a": 1}) == 0.0
    # eleven relevant ones: the best order has ten places as well
    assert ndcg_at_10([*"abcdefghij"], dict.fromkeys("abcdefghijk", 1.0)) == 1.0


def test_reciprocal_rank_by_hand() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1, "b": 1}) == 1 / 3
    assert reciprocal_rank(["x"], {"a": 1}) == 0.0
    assert reciprocal_rank(["x", "a"], {"x": 0.0, "a": 1}) == 1 / 2


def test_many_passages_of_one_source_are_one_find() -> None:
    assert ndcg_at_10(["a", "a", "a", "b"], {"a": 1, "b": 1}) == 1.0
    assert reciprocal_rank(["x", "x", "a"], {"a": 1}) == 1 / 2


def test_the_interval_is_that_of_the_normal_approximation_for_many_questions() -> None:
    rng = np.random.default_rng(4)
    differences = rng.normal(0.03, 0.2, 400)
    low, high = bootstrap_interval(differences, seed=1)
    half = 1.959964 * differences.std() / 20
    assert low == pytest.approx(differences.mean() - half, abs=0.002)
    assert high == pytest.approx(differences.mean() + half, abs=0.002)
    assert bootstrap_interval(differences, seed=1) == (low, high)
    assert bootstrap_interval(differences, seed=2) != (low, high)


GOOD, BAD = ["a", "x", "y"], ["x", "y", "a"]
RELEVANT = {"a": 1.0}


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
    assert (there.verdict, back.verdict) == ("helps", "hurts")
    assert (there.plain, there.reranked) == (back.reranked, back.plain)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


def test_it_goes_through_json() -> None:
    found = gate(30, 2, 10)
    assert Gate(**json.loads(json.dumps(found.as_dict()))) == found


@pytest.mark.parametrize(
    ("plain", "after", "relevant", "message"),
    [
        ([], [], [], "nothing to compare: 0 plain"),
        ([GOOD], [GOOD, BAD], [RELEVANT], "1 plain and 2 reranked rankings of 1"),
        ([GOOD, GOOD], [GOOD, GOOD], [RELEVANT, {}], "question 2 has nothing relevant"),
        ([GOOD], [GOOD], [{"a": 0.0}], "question 1 has nothing relevant"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    plain: list[list[str]], after: list[list[str]], relevant: list[dict[str, float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compare(plain, after, relevant)


class Reverse(BaseNodePostprocessor):
    """Turns the ranking round, and keeps the first of it if told to."""

    top_n: int | None = None

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        assert query_bundle is not None
        assert query_bundle.query_str.startswith("question")
        return nodes[::-1][: self.top_n]


def retrieve(question: str) -> Sequence[NodeWithScore]:
    return [hit("text", name=name) for name in ("x.md", "y.md", f"{question[-1]}.md")]


def test_it_runs_a_retriever_with_and_without() -> None:
    questions = [Question(f"question {n}", {f"{n % 10}.md": 1.0}) for n in range(12)]
    found = run_gate(
        retrieve, Reverse(), questions, label=lambda n: n.metadata["source"], metric="mrr"
    )
    assert (found.plain, found.reranked, found.verdict) == (pytest.approx(1 / 3), 1.0, "helps")
    best = run_gate(retrieve, Reverse(top_n=1), questions, metric="mrr")
    assert (best.plain, best.reranked) == (0.0, 1.0)
