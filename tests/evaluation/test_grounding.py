"""What labels say of answers, and the measures at a threshold."""

from __future__ import annotations

import pytest

from mmrag import Answer, Citation
from mmrag.errors import InputError, LoadError
from mmrag.evaluation.grounding import Asked, ask_all, check_labels, judged, measure, says
from mmrag.evaluation.questions import Gold, LabelledQuestion


def question(
    name: str = "q", source: str | None = "a.md", accepted: tuple[str, ...] = ()
) -> LabelledQuestion:
    gold = (Gold(source, page=2),) if source else ()
    return LabelledQuestion(name, "How high?", gold, kind="fact", accepted=accepted, line=7)


def answer(text: str = "It is 12 m [1].", source: str = "a.md", page: int = 2) -> Answer:
    cited = Citation(1, source, page, None, None, None, None, "It is 12 m.", True, 1.0)
    return Answer(text, False, "extractive", None, (cited,), 0.6)


@pytest.mark.parametrize(
    ("text", "accepted", "said"),
    [
        ("It rose to 12 m.", ("12",), True),
        ("It rose to 112 m.", ("12",), False),
        ("It rose to 12.5 m.", ("12",), False),
        ("It rose to 3.12 m.", ("12",), False),
        ("She often came.", ("ten",), False),
        ("Ten came.", ("ten",), True),
        ("They used newspapers\nagain.", ("newspaper",), True),
        ("cost £2,400, they say", ("2400", "2,400"), True),
        ("anything", (), False),
    ],
)
def test_figures_and_short_words_are_said_whole(
    text: str, accepted: tuple[str, ...], said: bool
) -> None:
    assert says(text, accepted) is said


def test_right_is_what_says_an_accepted_text_or_without_one_what_cites_the_place() -> None:
    assert judged(question(), answer()) == Asked(question(), 0.6, True, True)
    elsewhere = judged(question(), answer(page=3))
    assert (elsewhere.correct, elsewhere.cited) == (False, False)
    said = judged(question(accepted=("12 m",)), answer(page=3))
    assert (said.correct, said.cited) == (True, False)
    assert not judged(question(accepted=("13 m",)), answer()).correct
    named = question(source="pictures/fox.png", accepted=("fox.png",))
    assert judged(named, answer("a picture [1]", "pictures/fox.png")).correct


def test_what_nothing_answers_is_never_right() -> None:
    row = judged(question(source=None, accepted=("12",)), answer())
    assert (row.answerable, row.correct, row.confidence) == (False, False, 0.6)


def test_what_abstains_at_every_threshold_is_refused_even_at_zero() -> None:
    silent = Answer("Not in your files", True, "extractive", None, (), 0.9)
    assert not judged(question(), silent).answered(0.0)
    assert judged(question(), answer()).answered(0.6)
    assert not judged(question(), answer()).answered(0.61)


def test_measures() -> None:
    rows = [
        Asked(question("1"), 0.9, True, True),
        Asked(question("2"), 0.8, False, True),
        Asked(question("3"), 0.3, True, True),
        Asked(question("4", None), 0.7, False, False),
        Asked(question("5", None), 0.2, False, False),
        Asked(question("6", None), 0.1, False, False),
    ]
    found = measure(rows, 0.5)
    assert {name: round(row.mean, 3) for name, row in found.measures.items()} == {
        "answer_correct": 0.333,
        "citation_hit": 0.667,
        "over_refusal": 0.333,
        "abstain_recall": 0.667,
        "abstain_precision": 0.667,
    }
    assert found.kinds == {"fact": (6, 3, 1)}
    assert found.measures["abstain_recall"].low < 0.667 < found.measures["abstain_recall"].high
    assert "abstain_precision" not in measure(rows, 0.0).measures
    assert measure(rows, 0.5).as_dict()["kinds"]["fact"] == {
        "questions": 6,
        "refused": 3,
        "correct": 1,
    }


def test_labels_that_tell_nothing_are_refused() -> None:
    with pytest.raises(InputError, match=r"none of the 1 questions has an answer"):
        check_labels([question(source=None)])
    with pytest.raises(InputError, match=r'all 2 questions have an answer.*"answerable": false'):
        check_labels([question("1"), question("2")])


def test_what_cannot_be_asked_counts_as_refused_and_a_broken_file_names_its_line() -> None:
    def refuses(_: LabelledQuestion) -> Answer:
        raise InputError("nothing was asked")

    rows, unasked = ask_all([question()], refuses)
    assert (rows[0].answered(0.0), unasked) == (False, {"q": "nothing was asked"})

    def breaks(_: LabelledQuestion) -> Answer:
        raise LoadError("fox.png", "no picture")

    with pytest.raises(InputError, match=r"line 7 of the questions: fox\.png"):
        ask_all([question()], breaks)
