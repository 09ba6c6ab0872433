"""Who entails what in the grounding benchmark: files, labels, the rule, and ALCE's measures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mmrag import Answer, Citation
from pipelines.benchmarks.grounding_files import Archive
from pipelines.benchmarks.grounding_judges import Fact, labelled, stands_at, verbatim, worded
from pipelines.benchmarks.grounding_measures import Grounding, answering, statements
from pipelines.benchmarks.grounding_models import sampled

NOTE = (
    "# Trams\n\nCar 4 cost 615 pounds. It was built in\n1904 by Hallam & Pike.\n\nCar 5 is red.\n"
)
TABLE = "car,seats,price\n4,42,615\n12,46,688\n"


def cited(n: int = 1, source: str = "note.md", quote: str = "Car 4 cost 615 pounds.") -> Citation:
    return Citation(n, source, None, None, None, None, None, quote, True, 1.0)


def answered(text: str, *citations: Citation) -> Answer:
    return Answer(text, False, "llm", "a model", citations, 0.9)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    (tmp_path / "note.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "cars.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "sign.png").write_bytes(b"")
    spoken = [{"source": "sign.png", "page": 1, "start_ms": None, "text": "LAST CAR 10.25 PM"}]
    return Archive("trams", tmp_path, (), spoken)


@pytest.mark.parametrize(
    ("source", "quote", "stands"),
    [
        ("note.md", "It was built in 1904 by Hallam & Pike.", True),
        ("note.md", "It was built in 1905 by Hallam & Pike.", False),
        ("cars.csv", "car: 4; seats: 42; price: 615", True),
        ("cars.csv", "car: 4; seats: 46; price: 688", False),
        ("sign.png", "LAST CAR 10.25 PN", True),
        ("sign.png", "FIRST TRAM 9.15 PM", False),
    ],
)
def test_quotes_are_looked_up_in_the_file(
    archive: Archive, source: str, quote: str, stands: bool
) -> None:
    place = Citation(1, source, 1 if source == "sign.png" else None, *[None] * 4, quote, True, 1.0)
    assert verbatim(archive)(quote, [place]) is stands


def test_of_a_picture_whose_words_nobody_knows_nothing_is_decided(tmp_path: Path) -> None:
    (tmp_path / "sign.png").write_bytes(b"")
    judge = verbatim(Archive("trams", tmp_path, ()))
    assert judge("LAST CAR", [cited(source="sign.png")]) is None


def test_labels_decide_of_scripted_sentences_and_files_of_those_put_in_their_place(
    archive: Archive,
) -> None:
    place = {"source": "note.md", "page": None, "start_ms": None, "end_ms": None}
    here = {**place, "text": "Car 4 cost 615 pounds."}
    reply = {
        "sentences": [
            {"text": "It was cheap.", "supported": True, "support": [here]},
            {"text": "It was blue.", "supported": False, "support": []},
        ]
    }
    judge = labelled(archive, reply)
    assert judge("It was cheap.", [cited()]) is True
    assert judge("It was cheap.", [cited(quote="Car 5 is red.")]) is False
    assert judge("It was blue.", [cited()]) is False
    assert judge("Car 5 is red.", [cited(quote="Car 5 is red.")]) is True
    assert judge("Car 6 is red.", [cited()]) is False


def test_a_table_row_stands_at_its_place() -> None:
    place = {"source": "cars.csv", "page": None, "start_ms": None, "text": "4,42,615"}
    assert stands_at(cited(source="cars.csv", quote="car: 4; seats: 42; price: 615"), place)
    assert not stands_at(cited(source="cars.csv", quote="car: 4; seats: 46; price: 688"), place)


FACT = Fact("Car 4", "price", ["615"], [{"source": "note.md", "page": None}])


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Car 4 cost 615 pounds.", True),  # the words of one sentence
        ("For car 4 the company handed over 615.", True),  # the fact
        ("For car 4 the company handed over 1904.", False),  # a figure of the file, another fact
        ("For car 4 the company handed over 616.", False),  # no figure of the file
        ("The builder was Hallam Marsh.", False),  # no name of the file
        ("People liked to ride in it.", None),
    ],
)
def test_free_text_goes_by_the_rule(archive: Archive, sentence: str, verdict: bool | None) -> None:
    judge = worded(archive, "What was the price of car 4?", [FACT])
    assert judge(sentence, [cited()]) is verdict
    assert judge(sentence, []) is False


def test_statements_of_an_answer() -> None:
    one, two = cited(1), cited(2, quote="It was built in\n1904. Car 5 is red.")
    answer = answered(
        "Nobody knows. It cost 615 [1]. It was built in 1904. Car 5 is red. [2] So there.", one, two
    )
    assert statements(answer) == [
        ("Nobody knows.", []),
        ("It cost 615", [one]),
        ("It was built in 1904. Car 5 is red.", [two]),  # one quote, as it stands
        ("So there.", []),
    ]


def test_citation_measures_are_those_of_alce() -> None:
    one, two, three = cited(1), cited(2), cited(3)
    entailing: dict[str, Sequence[set[int]]] = {
        "alone": [{1}],  # [2] is irrelevant
        "together": [{1, 2}],  # neither is
        "wrong": [],
    }

    def judge(sentence: str, citations: Sequence[Citation]) -> bool | None:
        if sentence.startswith("unknown"):
            return None
        there = {citation.n for citation in citations}
        return any(needed <= there for needed in entailing[sentence.strip(".")])

    found = Grounding()
    text = "alone [1, 2]. together [1][2]. wrong [3]. unknown [1]. wrong."
    found.add(answered(text, one, two, three), judge)
    assert found.recalled == [True, True, False, False]
    assert found.precise == [True, False, True, True, False]
    assert (found.uncited, found.undecided) == (1, 1)
    assert found.metrics()["citation_precision"] == 0.6
    found.add(Answer("alone [1]", True, "llm", None, (one,), 0.1), judge)  # nothing delivered
    assert len(found.recalled) == 4


def row(name: str, answerable: bool, **more: Any) -> dict[str, Any]:
    gold = [{"source": "talk.ogg", "start_ms": 1000, "end_ms": 2000}] if answerable else []
    kind = {"class": "answerable" if answerable else "near_miss", "paraphrase": False}
    base = {"id": name, "answerable": answerable, "answer": ["red"], "gold": gold, "kind": "year"}
    return {**base, **kind, "archive": "world", **more}


def test_answers_and_refusals_are_counted_by_class_and_kind() -> None:
    rows = [row("1", True), row("2", True), row("3", False), row("4", False, kind="letter")]
    heard = Citation(1, "talk.ogg", None, None, 1500, 1800, None, "red", True, 1.0)
    late = Citation(1, "talk.ogg", None, None, 2500, 2800, None, "red", True, 1.0)
    silent = Answer("", True, "extractive", None, (), 0.0)
    answers = {
        "1": answered("It is red [1].", heard),
        "2": answered("It is blue [1].", late),
        "3": silent,
        "4": answered("It is red [1].", heard),
    }
    found = answering(rows, answers)
    assert found["answer_correct"] == found["citation_hit"] == found["time_overlap"] == 0.5
    assert (found["abstain_precision"], found["abstain_recall"]) == (1.0, 0.5)
    assert (found["over_refusal"], found["time_questions"]) == (0.0, 2)
    assert (found["abstain_recall_year"], found["abstain_recall_letter"]) == (1.0, 0.0)
    assert found["abstain_recall_near_miss"] == 0.5


def test_a_sample_has_as_many_of_both_kinds() -> None:
    rows = [row(str(n), n < 30) for n in range(90)]
    some = sampled(rows, 8)
    assert [r["answerable"] for r in some] == [True] * 4 + [False] * 4
    assert some == sampled(rows, 8)
    assert sampled(rows, None) == rows
