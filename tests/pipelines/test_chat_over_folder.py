"""pipelines/chat_over_folder.py: indexes what is not indexed, then talks line by line."""

from __future__ import annotations

from pathlib import Path

from script import run


def test_a_conversation_through_a_pipe(made: Path, folder: Path) -> None:
    asked = "What did the aneroid barometer cost?\n\nWhen was it bought?\n/quit\nWho?\n"
    ran = run("chat_over_folder", "--folder", folder, "--index", made, stdin=asked)
    assert (ran.code, ran.err) == (0, "3 documents; /quit leaves\n")
    assert ran.out.count("12 pounds") >= 1
    assert "1934" in ran.out
    assert ran.out.count("  [1] notes.md\n") == 2


def test_an_unanswerable_question_does_not_end_it(made: Path, folder: Path) -> None:
    asked = "How do I change the toner of an office printer?\n" + "a" * 50_000 + "\n"
    ran = run("chat_over_folder", "--folder", folder, "--index", made, stdin=asked)
    assert ran.code == 0
    assert ran.out == "Not in your files: no passage answers this question.\n\n"
    assert ran.err.count("\n") == 2  # and one line of the question that is none
