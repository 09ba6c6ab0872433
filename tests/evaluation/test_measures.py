"""Measures: by hand, and against formulae in numpy for any ranking."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.evaluation.measures import MEASURES, group, interval, ndcg, per_question

LABELS = [f"d{n}" for n in range(16)]


def test_by_hand() -> None:
    found = per_question(
        {"q": ["x", "a", "y", "b", "z", "c"]},
        {"q": {"a": 3, "b": 1, "c": 2}},
    )
    gained = 3 / log2(3) + 1 / log2(5) + 2 / log2(7)
    best = 3 / log2(2) + 2 / log2(3) + 1 / log2(4)
    assert {name: row["q"] for name, row in found.items()} == pytest.approx(
        {
            "ndcg@10": gained / best,
            "recall@1": 0.0,
            "recall@5": 2 / 3,
            "recall@10": 1.0,
            "mrr": 0.5,
        },
        abs=1e-12,
    )


def by_formula(ranking: list[str], relevant: dict[str, int]) -> dict[str, float]:
    """The definitions, on arrays."""
    once = list(dict.fromkeys(ranking))
    gains = np.array([relevant.get(label, 0) for label in once], dtype=float)
    ideal = np.sort(np.array(list(relevant.values()), dtype=float))[::-1][:10]

    def discounted(row: np.ndarray) -> float:
        return float((row[:10] / np.log2(np.arange(2, len(row[:10]) + 2))).sum())

    right = np.flatnonzero(gains)
    recall = {f"recall@{k}": np.count_nonzero(gains[:k]) / len(relevant) for k in (1, 5, 10)}
    mrr = 1 / (right[0] + 1) if len(right) else 0.0
    return {"ndcg@10": discounted(gains) / discounted(ideal), **recall, "mrr": mrr}


@given(
    st.lists(st.sampled_from(LABELS), max_size=20),
    st.dictionaries(st.sampled_from(LABELS), st.integers(1, 5), min_size=1),
)
def test_any_ranking_is_measured_by_the_formulae(
    ranking: list[str], relevant: dict[str, int]
) -> None:
    found = per_question({"q": ranking}, {"q": relevant})
    assert {name: row["q"] for name, row in found.items()} == pytest.approx(
        by_formula(ranking, relevant), abs=1e-9
    )
    assert ndcg(list(dict.fromkeys(ranking)), relevant) == pytest.approx(
        found["ndcg@10"]["q"], abs=1e-9
    )


def test_the_order_of_a_ranking_counts_not_the_names_in_it() -> None:
    # the library breaks ties by id; places must never tie, however long the ranking
    long = [f"x{n}" for n in range(3000)]
    found = per_question({"q": [*long[:2000], "a", *long[2000:]]}, {"q": {"a": 1}})
    assert found["mrr"]["q"] == pytest.approx(1 / 2001)


def test_questions_without_hits_count_zero_and_unlabelled_ones_not_at_all() -> None:
    relevant = {"none": {"a": 1}, "empty": {"a": 1}, "first": {"a": 1}}
    found = per_question({"empty": [], "first": ["a"], "stranger": ["a"]}, relevant)
    for name in MEASURES:
        assert found[name] == {"none": 0.0, "empty": 0.0, "first": 1.0}
    assert list(found["mrr"]) == list(relevant)


def test_a_group_has_the_means_of_its_questions() -> None:
    values = {"mrr": {"a": 1.0, "b": 0.5, "c": 0.0}}
    found = group(values, ["a", "b"], ["mrr"])
    assert (found.questions, found.measures["mrr"]) == (2, interval([1.0, 0.5]))
    assert found.as_dict() == {
        "questions": 2,
        "measures": {"mrr": {"mean": 0.75, "low": 0.5, "high": 1.0}},
    }
    with pytest.raises(InputError, match="no questions"):
        group(values, [], ["mrr"])
