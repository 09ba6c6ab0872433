"""Tuning: planted weights are found, noise teaches nothing, and held out is held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import QueryBundle
from numpy.typing import NDArray

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.folds import folds_of
from mmrag.evaluation.intervals import Interval, paired
from mmrag.evaluation.measures import per_question
from mmrag.evaluation.places import Passage
from mmrag.evaluation.questions import Gold, LabelledQuestion, ranking
from mmrag.evaluation.tuning import (
    Contrast,
    Tuning,
    check_on,
    chosen,
    parts_of,
    proportional,
    tune,
)
from mmrag.evaluation.weightings import Case, grid, scores, search_once, unevenness
from mmrag.retrieval.fusion import Weights, weighted_sum
from mmrag.retrieval.hybrid import Weighing
from mmrag.store.spec import Ranked

PLACES = [f"s{n:02}.md" for n in range(12)]


def asking(number: int, gold: str) -> LabelledQuestion:
    return LabelledQuestion(f"q{number}", "?", (Gold(gold),), line=number + 1)


def case(question: LabelledQuestion, lists: Mapping[str, Mapping[str, float]]) -> Case:
    """A question with what each space scores, fused by the weighted sum."""
    ranked = {
        space: Ranked.of(sorted(found.items(), key=lambda row: (-row[1], row[0])))
        for space, found in lists.items()
    }

    def rank(weights: Weights) -> list[Passage]:
        fused = weighted_sum(ranked, weights=weights, limit=10)
        return [Passage(one.id, None, None, None, "text") for one in fused]

    return Case(question, frozenset(lists), rank)


def planted(count: int, *, good: float, seed: int = 0) -> list[Case]:
    """The gold place stands out in the space "text" by `good`; "bm25" is noise."""
    rng = np.random.default_rng(seed)
    cases = []
    for n in range(count):
        gold = PLACES[n % len(PLACES)]
        noise = {space: rng.random(len(PLACES)) for space in ("text", "bm25")}
        noise["text"][n % len(PLACES)] += good
        cases.append(
            case(
                asking(n, gold),
                {s: dict(zip(PLACES, row.tolist(), strict=True)) for s, row in noise.items()},
            )
        )
    return cases


def learnt(
    cases: Sequence[Case],
    in_use: Weights | None = None,
    *,
    folds: int = 5,
    done: Callable[[], None] = lambda: None,
) -> Tuning:
    parts = parts_of([case.question for case in cases], folds)
    return tune(cases, parts, in_use=in_use or {}, anchor="text", done=done)


def test_noise_is_turned_down_and_that_helps_on_questions_left_out() -> None:
    cases = planted(48, good=0.4)
    steps: list[None] = []
    tuning = learnt(cases, done=lambda: steps.append(None))
    assert tuning.changed
    assert tuning.weights["text"] == 1.0
    assert tuning.weights["bm25"] < 1.0
    assert tuning.in_use == {"text": 1.0, "bm25": 1.0}
    assert tuning.held_out.verdict == "helps"
    assert tuning.held_out.difference.low > 0
    assert (tuning.tried, len(tuning.by_fold), tuning.by_source) == (9, 5, True)
    assert len(steps) == 48
    tested = check_on(planted(24, good=0.4, seed=1), tuning)
    assert (tested.questions, tested.verdict) == (24, "helps")
    assert learnt(cases) == tuning
    assert tuning.helps
    assert not replace(tuning, changed=False).helps
    undecided = replace(tuning.held_out, difference=Interval(0.1, -0.1, 0.3))
    assert not replace(tuning, held_out=undecided).helps


def test_held_out_questions_are_scored_by_weights_learnt_without_them() -> None:
    cases = planted(24, good=0.1)
    tuning = learnt(cases, {"bm25": 4.0}, folds=4)
    weightings = grid(["bm25", "text"], "text")
    found = scores(cases, weightings)
    evenness = [unevenness(weights) for weights in weightings]
    numbers = folds_of([one.question for one in cases], 4).numbers
    expected = np.zeros(24)
    for fold, weights in enumerate(tuning.by_fold):
        row = chosen(found[:, numbers != fold], evenness)
        assert weightings[row] == weights
        expected[numbers == fold] = found[row, numbers == fold]
    assert len({weights["bm25"] for weights in tuning.by_fold}) > 1, "a fold must matter here"
    before = scores(cases, [{"text": 1.0, "bm25": 4.0}])[0]
    difference = paired(expected.tolist(), before.tolist())
    assert tuning.held_out == Contrast(24, before.mean(), expected.mean(), difference)
    best = found[weightings.index({space: tuning.weights[space] for space in ("text", "bm25")})]
    assert tuning.learnt_from.after == pytest.approx(best.mean())
    assert tuning.learnt_from.after != pytest.approx(tuning.held_out.after)


def test_where_nothing_is_better_by_more_than_chance_all_weigh_the_same() -> None:
    tuning = learnt(planted(40, good=0.0))
    assert not tuning.changed
    assert tuning.weights == {"text": 1.0, "bm25": 1.0}
    assert tuning.learnt_from.difference == Interval(0, 0, 0)
    assert tuning.held_out.verdict == "undecided"


def test_weights_in_use_that_are_the_same_but_for_a_factor_stay() -> None:
    in_use = {"text": 2.0, "bm25": 2.0, "clip": 0.3}
    tuning = learnt(planted(40, good=0.0), in_use)
    assert not tuning.changed
    assert tuning.weights == tuning.in_use == in_use


def test_a_space_that_is_off_comes_back_and_others_keep_their_weights() -> None:
    cases = planted(40, good=0.0)
    tuning = learnt(cases, {"bm25": 0.0, "clip": 0.3})
    assert tuning.changed
    assert tuning.weights == {"text": 1.0, "bm25": 1.0, "clip": 0.3}


def one(n: int) -> Case:
    return case(asking(n, "gold.md"), {"text": {"gold.md": 1.0}, "bm25": {"x.md": 1.0}})


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([one(n) for n in range(19)], "19 labelled questions teach nothing .* give 20 or more"),
        (
            [case(asking(n, "a.md"), {"text": {"a.md": 1.0}}) for n in range(20)],
            "nothing to weigh: only text answers",
        ),
        ([Case(asking(n, "a.md"), frozenset(), lambda _: ()) for n in range(20)], "only no space"),
        (
            [case(asking(n, "lost"), {"text": {"a": 1.0}, "b": {"c": 1.0}}) for n in range(20)],
            "no labelled place .* 20 questions, whatever the weights",
        ),
    ],
)
def test_questions_that_teach_nothing(cases: list[Case], message: str) -> None:
    with pytest.raises(InputError, match=message):
        learnt(cases)


@pytest.mark.parametrize(
    ("questions", "low", "high", "verdict"),
    [
        (10, 0.01, 0.1, "helps"),
        (10, -0.1, -0.01, "hurts"),
        (10, 0.0, 0.1, "undecided"),
        (10, -0.1, 0.1, "undecided"),
        (9, 0.01, 0.1, "undecided"),
        (9, -0.1, -0.01, "undecided"),
    ],
)
def test_verdicts(questions: int, low: float, high: float, verdict: str) -> None:
    assert Contrast(questions, 0.5, 0.6, Interval(0.1, low, high)).verdict == verdict


def table(*rows: Sequence[float]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)


def test_the_most_even_weights_within_one_standard_error_of_the_best() -> None:
    best = [1.0, 1.0, 1.0, 0.5]
    behind = [1.0, 1.0, 0.6, 0.5]  # by 0.1, standard error 0.1
    assert chosen(table(best, behind), [2.0, 1.0]) == 1
    assert chosen(table(best, behind), [1.0, 2.0]) == 0
    # by as much on average, and by the same everywhere: that is no chance
    assert chosen(table(best, [0.9, 0.9, 0.9, 0.4]), [2.0, 1.0]) == 0
    # equally even: the better one, then the first
    assert chosen(table(behind, best), [1.0, 1.0]) == 1
    assert chosen(table(best, best), [1.0, 1.0]) == 0


@pytest.mark.parametrize(("count", "tried"), [(1, 9), (2, 81), (3, 125), (4, 81), (5, 243)])
def test_the_grid_has_each_ratio_once_and_the_even_weights(count: int, tried: int) -> None:
    spaces = {"text", *["clip", "clap", "bm25", "ngrams", "imagebind"][:count]}
    weightings = grid(spaces, "text")
    assert len(weightings) == tried
    assert all(weights["text"] == 1.0 and set(weights) == spaces for weights in weightings)
    assert len({tuple(sorted(weights.items())) for weights in weightings}) == tried
    assert dict.fromkeys(spaces, 1.0) in weightings


def test_unevenness_counts_ratios() -> None:
    assert unevenness({"a": 3.0, "b": 3.0}) == 0.0
    assert unevenness({"a": 1.0, "b": 4.0}) == pytest.approx(unevenness({"a": 2.0, "b": 0.5}))
    assert unevenness({"a": 1.0, "b": 4.0}) > unevenness({"a": 1.0, "b": 2.0})
    assert unevenness({"a": 1.0, "b": 0.0}) == float("inf")


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.1, 10))
def test_a_factor_changes_nothing(one: float, other: float, factor: float) -> None:
    weights = {"a": one, "b": other}
    assert proportional(weights, {"a": one * factor, "b": other * factor})
    assert not proportional(weights, {"a": one * factor, "b": other * factor * 1.1})
    assert not proportional(weights, {"a": one, "b": 0.0})
    assert proportional({"a": one, "b": 0.0}, {"a": one, "b": 0.0})


def test_scores_are_those_of_the_library() -> None:
    cases = planted(12, good=0.2)
    weightings = grid(["bm25", "text"], "text")[::4]
    found = scores(cases, weightings)
    for row, weights in zip(found, weightings, strict=True):
        labels = {c.question.id: ranking(c.rank(weights), c.question.gold) for c in cases}
        expected = per_question(labels, {c.question.id: c.question.relevant for c in cases})
        assert row.tolist() == pytest.approx(list(expected["ndcg@10"].values()), abs=1e-9)


def test_a_search_of_every_question() -> None:
    def as_query(words: str, image: Path | None = None, audio: Path | None = None) -> QueryBundle:
        if image is not None:
            raise InputError("no words in the picture")
        if audio is not None:
            raise LoadError("x.ogg", "cut short")
        return QueryBundle(words)

    def weighing(query: QueryBundle) -> Weighing:
        assert query.query_str == "?"
        return Weighing(frozenset({"text"}), lambda weights: [])

    steps: list[None] = []
    picture = LabelledQuestion("p", "", (Gold("a.md"),), image=Path("x.png"), line=2)
    cases, unasked = search_once(
        [asking(0, "a.md"), picture], as_query, weighing, done=lambda: steps.append(None)
    )
    assert [c.question.id for c in cases] == ["q0", "p"]
    assert [c.spaces for c in cases] == [{"text"}, set()]
    assert unasked == {"p": "no words in the picture"}
    assert cases[1].score({}) == 0.0
    assert len(steps) == 2
    sound = LabelledQuestion("s", "", (Gold("a.md"),), audio=Path("x.ogg"), line=3)
    with pytest.raises(InputError, match=r"line 3 of the questions: .*x\.ogg.* cut short"):
        search_once([sound], as_query, weighing)
