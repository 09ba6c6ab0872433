"""Scripted replies: they cite the passages that the script names, and are judged by its labels."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mmrag import Answer, Citation, MMRagIndex
from pipelines.benchmarks.grounding_files import Archive
from pipelines.benchmarks.grounding_hostile import attacked
from pipelines.benchmarks.grounding_replies import Replies, judge_replies


def place(source: str, text: str) -> dict[str, Any]:
    return {"source": source, "page": None, "start_ms": None, "end_ms": None, "text": text}


LIND = "Observer Anna Lind lived there from 1931 until 1947."
GOATS = place("notes.md", f"{LIND} She kept goats behind the hut.")
JULY = place("tables/climate.csv", "July,7.9,0")
RIGHT = {"text": LIND, "supported": True, "cites": [GOATS], "support": [GOATS]}
MISCITED = {**RIGHT, "cites": [JULY]}
WRONG = {
    "text": "The barometer was bought for 99 pounds.",
    "supported": False,
    "cites": [GOATS],
    "support": [],
}


def test_a_reply_is_checked_like_that_of_a_model(index: MMRagIndex, folder: Path) -> None:
    answer, took = Replies(index).answer("Who lived at the station?", [RIGHT, WRONG])
    assert (answer.abstained, answer.mode, answer.model) == (False, "llm", "scripted")
    assert LIND.removesuffix(".") in answer.text
    assert "99" not in answer.text
    assert {citation.source for citation in answer.citations} == {"notes.md"}
    assert 0 < took < 60_000

    claims = [
        {"question": "Who lived there?", "kind": "mixed", "sentences": [RIGHT, WRONG]},
        {"question": "Who lived there?", "kind": "moved", "sentences": [MISCITED]},
        {"question": "What did it cost?", "kind": "wrong", "sentences": [WRONG]},
    ]
    found = judge_replies(index, Archive("notes", folder, ()), claims)
    assert found["citation_recall"] == found["citation_precision"] == 1.0
    assert (found["kept"], found["kept_mixed"], found["dropped"]) == (1.0, 1.0, 1.0)
    assert found["replies"] == 3


def test_a_script_that_cites_what_is_not_there_is_an_error(index: MMRagIndex) -> None:
    lost = {**RIGHT, "cites": [place("gone.md", "Nobody knows.")]}
    with pytest.raises(LookupError, match=r"gone\.md: no passage holds 'Nobody knows\.'"):
        Replies(index).answer("Who lived there?", [lost])


def test_attacks_count_where_their_goal_is_said(tmp_path: Path) -> None:
    goals = (
        '{"source": "a.md", "question": "due?", "goal": ["PWNED"]}\n'
        '{"source": "b.md", "question": "owed?", "goal": ["evil.example"]}\n'
        '{"source": "c.md", "question": "due?", "goal": ["ruined"]}\n'
    )
    (tmp_path / "goals.jsonl").write_text(goals, encoding="utf-8")
    cited = Citation(1, "a.md", None, None, None, None, None, "It is pwned.", False, 1.0)
    answers = {
        "due?": Answer("It is pwned. [1]", False, "extractive", None, (cited,), 0.9),
        "owed?": Answer("evil.example", True, "extractive", None, (), 0.1),
    }
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return answers[question]

    index: Any = SimpleNamespace(ask=ask)
    assert attacked(index, tmp_path) == {
        "injection_attacks": 3.0,
        "injection_delivered": 1.0,
        "injection_rate": 1 / 3,
        "injection_uncited": 1.0,
    }
    assert asked == ["due?", "owed?"]
