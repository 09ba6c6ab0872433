"""Judging a search: groups, what is set aside, what could not be found or asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from mmrag import MMRagIndex
from mmrag.errors import CorruptFile, InputError
from mmrag.evaluation.comparison import compare
from mmrag.evaluation.intervals import paired
from mmrag.evaluation.measures import interval
from mmrag.evaluation.places import in_index
from mmrag.evaluation.questions import Gold, LabelledQuestion, Place
from mmrag.evaluation.retrieval import Rankings, ask, judge, of_run

Make = Callable[..., LabelledQuestion]


@dataclass(frozen=True)
class At:
    """A hit's place."""

    source: str
    page: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


MODALITIES = {"a": "text", "b#1": "image", "c": "audio", "gone": None}


@pytest.fixture
def asked(question: Make) -> list[LabelledQuestion]:
    return [
        question("q1", "a", kind="fact"),
        question("q2", "a", Gold("b", 1), kind="both"),
        question("q3", "gone", kind="fact"),
        question("q4", kind="none"),
        question("q5", "c", kind="sound"),
    ]


FOUND = Rankings({"q1": ["x", "a"], "q2": ["b#1", "y"], "q3": ["a"], "q5": []})


def test_every_group_holds_its_own_questions(asked: list[LabelledQuestion]) -> None:
    judged = judge(asked, FOUND, MODALITIES)
    assert judged.unanswerable == 1
    assert [row.id for row in judged.questions] == ["q1", "q2", "q3", "q5"]
    assert judged.overall.measures["mrr"] == interval([0.5, 1.0, 0.0, 0.0])
    assert judged.overall.measures["recall@10"] == interval([1.0, 0.5, 0.0, 0.0])
    assert {name: row.questions for name, row in judged.kinds.items()} == {
        "both": 1,
        "fact": 2,
        "sound": 1,
    }
    assert judged.kinds["fact"].measures["mrr"] == interval([0.5, 0.0])


def test_recall_by_modality_looks_for_the_places_of_that_modality(
    asked: list[LabelledQuestion],
) -> None:
    judged = judge(asked, FOUND, MODALITIES)
    rows = {name: (row.questions, row.measures) for name, row in judged.modalities.items()}
    assert set(rows) == {"text", "image", "audio"}
    # q1 found its text at rank 2, q2 did not find its text; q3's place is nowhere
    assert rows["text"] == (
        2,
        {
            "recall@1": interval([0.0, 0.0]),
            "recall@5": interval([1.0, 0.0]),
            "recall@10": interval([1.0, 0.0]),
        },
    )
    assert rows["image"][0] == 1
    assert rows["image"][1]["recall@1"].mean == 1.0
    assert rows["audio"][1]["recall@10"].mean == 0.0


def test_labels_that_are_nowhere_are_told_and_count_as_not_found(
    asked: list[LabelledQuestion],
) -> None:
    judged = judge(asked, FOUND, MODALITIES)
    assert judged.missing == {"gone": (3,)}
    assert judged.values["recall@10"]["q3"] == 0.0
    assert judged.as_dict()["missing"] == [{"place": "gone", "lines": [3]}]


def test_the_worst_come_first_and_the_perfect_not_at_all(asked: list[LabelledQuestion]) -> None:
    perfect = Rankings({**FOUND.labels, "q1": ["a"]})
    judged = judge(asked, perfect, MODALITIES)
    assert [row.id for row in judged.worst(9)] == ["q3", "q5", "q2"]
    assert [row.id for row in judged.worst(1)] == ["q3"]
    assert [judged.first_right(row) for row in judged.questions] == [1, 1, None, None]
    assert judged.answered == 2


def test_only_questions_with_an_answer_are_asked(asked: list[LabelledQuestion]) -> None:
    put: list[str] = []
    steps: list[None] = []

    def search(question: LabelledQuestion) -> Sequence[Place]:
        put.append(question.id)
        return [At("b", 1), At("b", 1), At("b", 2), At("a")]

    found = ask(asked, search, done=lambda: steps.append(None))
    assert put == ["q1", "q2", "q3", "q5"]
    assert len(steps) == 4
    assert found.labels["q2"] == ["b#1", "b#2", "a"]
    assert found.unranked == {}


def test_what_cannot_be_asked_is_told_and_what_cannot_be_read_stops(
    asked: list[LabelledQuestion],
) -> None:
    def refuse(question: LabelledQuestion) -> Sequence[Place]:
        raise InputError("nothing to search for")

    found = ask(asked[:1], refuse)
    assert (found.labels, found.unranked) == ({"q1": []}, {"q1": "nothing to search for"})

    def damaged(question: LabelledQuestion) -> Sequence[Place]:
        raise CorruptFile("fox.jpg", "is a damaged picture")

    with pytest.raises(InputError, match=r"line 1 of the questions: fox\.jpg: is a damaged"):
        ask(asked, damaged)


def test_nothing_but_questions_without_an_answer(question: Make) -> None:
    with pytest.raises(InputError, match="none of the 2 questions has an answer"):
        judge([question("q1"), question("q2")], Rankings({}), {})


def test_a_run_is_taken_to_its_depth(asked: list[LabelledQuestion]) -> None:
    found = of_run(asked, {"q1": ["x", "y", "a"], "q2": ["a"], "q3": [], "other": ["a"]}, depth=2)
    assert found.labels == {"q1": ["x", "y"], "q2": ["a"], "q3": [], "q5": []}
    assert found.unranked == {"q5": "no line in the run"}
    with pytest.raises(
        InputError, match=r"none of the 4 questions that have a label, but other …; .* such as q1"
    ):
        of_run(asked, {"other": ["a"]}, depth=2)


def test_two_rankings_are_paired_by_question(asked: list[LabelledQuestion]) -> None:
    ours = judge(asked, FOUND, MODALITIES)
    other = Rankings({"q5": ["c"], "q1": ["x", "a"], "q2": [], "q3": []})
    found = compare(ours, judge(asked, other, MODALITIES))
    assert found.differences["mrr"] == paired([0.5, 1.0, 0.0, 0.0], [0.5, 0.0, 0.0, 1.0])
    assert (found.better, found.worse, found.level) == (1, 1, 2)
    assert found.as_dict()["differences"]["mrr"]["mean"] == 0.0


def test_a_real_index(index: MMRagIndex, question: Make) -> None:
    asked = [
        question("q1", "notes.md", words="Who kept goats behind the hut?"),
        question("q2", Gold("poster.png", 1), words="lecture about clouds over the ridge"),
        question("q3", "gone.md", words="snow depth in July"),
    ]
    found = ask(asked, lambda row: index.search(row.words).hits)
    judged = judge(asked, found, in_index(index.vector_store.engine, asked))
    assert judged.values["mrr"] == {"q1": 1.0, "q2": 1.0, "q3": 0.0}
    assert set(judged.modalities) == {"text", "image"}
    assert judged.missing == {"gone.md": (3,)}
