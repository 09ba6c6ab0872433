"""A trial: each question searched with and without, and what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmrag.errors import InputError
from mmrag.evaluation.questions import Gold, LabelledQuestion
from mmrag.rerank.trial import Setup, Trial, answerable, run_trial
from mmrag.retrieval.results import SearchHit, SearchResult

SETUP = Setup("some/model", "qwen3", 20, None)


def found(source: str) -> SearchHit:
    return SearchHit(source, 0.5, "text", source, None, None, None, None, None, "text", {})


class Searching:
    """Finds the answer third, and first when reranked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, query: str, **how: Any) -> SearchResult:
        self.asked.append({"query": query, **how})
        names = ["x.md", "y.md", f"{query or how['image'].stem}.md"]
        on = how["rerank"] == "on"
        hits = [found(name) for name in (names[::-1] if on else names)]
        return SearchResult(query, 30.0 if on else 2.0, tuple(hits))


def question(name: str, **more: Any) -> LabelledQuestion:
    return LabelledQuestion(name, name, (Gold(f"{name}.md"),), **more)


def test_each_question_is_searched_for_with_and_without() -> None:
    search = Searching()
    by_picture = LabelledQuestion("p", "", (Gold("fox.md"),), image=Path("fox.png"))
    trial = run_trial(search, [*(question(name) for name in "abcdefghijk"), by_picture], SETUP)
    assert trial.setup == SETUP
    assert (trial.gate.questions, trial.gate.metric, trial.gate.verdict) == (12, "ndcg@10", "helps")
    assert (trial.gate.plain, trial.gate.reranked) == (pytest.approx(1 / 2), 1.0)
    assert (trial.plain_ms, trial.reranked_ms) == (2.0, 30.0)
    assert [row["rerank"] for row in search.asked] == ["off", "on"] * 12
    assert {row["k"] for row in search.asked} == {20}
    assert search.asked[-1]["image"] == Path("fox.png")
    assert Trial.of(json.loads(json.dumps(trial.as_dict()))) == trial


@pytest.mark.parametrize(
    "kept",
    [{}, {"setup": {"model": "x"}}, {"setup": {}, "gate": {}}, {"gate": None}, {"setup": 3}],
)
def test_what_another_version_kept_is_as_good_as_nothing(kept: dict[str, Any]) -> None:
    assert Trial.of(kept) is None


def test_questions_without_a_label_are_left_out() -> None:
    silent = LabelledQuestion("s", "who?", ())
    assert answerable([silent, question("a")]) == [question("a")]
    with pytest.raises(InputError, match="none of the questions has a label"):
        answerable([silent])
    with pytest.raises(InputError, match="question 1 has nothing relevant"):
        run_trial(Searching(), [silent], SETUP)
