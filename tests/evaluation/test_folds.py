"""Folds: sources stay together, sizes are even, and the same questions give the same folds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.evaluation.folds import folds_of
from mmrag.evaluation.questions import Gold, LabelledQuestion


def asking(number: int, *sources: str) -> LabelledQuestion:
    return LabelledQuestion(f"q{number}", "?", tuple(Gold(source) for source in sources))


@given(
    st.lists(
        st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=2), min_size=12, max_size=40
    ),
    st.integers(2, 4),
)
def test_questions_with_a_source_in_common_are_never_in_two_folds(
    golds: list[list[str]], count: int
) -> None:
    questions = [asking(n, *sources) for n, sources in enumerate(golds)]
    folds = folds_of(questions, count)
    assert sorted(set(folds.numbers.tolist())) == list(range(count))
    assert folds.count == count
    assert folds_of(questions, count).numbers.tolist() == folds.numbers.tolist()
    places: dict[str, set[int]] = {}
    for question, number in zip(questions, folds.numbers.tolist(), strict=True):
        for gold in question.gold:
            places.setdefault(gold.source, set()).add(number)
    if folds.by_source:
        assert all(len(numbers) == 1 for numbers in places.values())
    else:
        sizes = Counter(folds.numbers.tolist()).values()
        assert max(sizes) - min(sizes) <= 1


def test_sources_are_tied_by_a_question_that_names_both() -> None:
    alone = [asking(n, source) for n, source in enumerate("abcdefgh")]
    folds = folds_of([*alone, asking(8, "a", "h"), asking(9, "h", "d")], 3)
    assert folds.by_source
    numbers = folds.numbers
    assert numbers[0] == numbers[7] == numbers[3] == numbers[8] == numbers[9]


@pytest.mark.parametrize("sources", ["aaaaaaaabbcc", "aaaaabbbbbbb"])
def test_too_few_sources_are_spread(sources: str) -> None:
    """One that answers more than half of the questions, or fewer sources than folds."""
    folds = folds_of([asking(n, source) for n, source in enumerate(sources)], 3)
    assert not folds.by_source
    assert sorted(Counter(folds.numbers.tolist()).values()) == [4, 4, 4]


@pytest.mark.parametrize("count", [1, 5])
def test_a_number_of_folds_that_does_not_fit(count: int) -> None:
    with pytest.raises(InputError, match=rf"{count} folds of 4 questions; take 2 to 4"):
        folds_of([asking(n, "a") for n in range(4)], count)
