"""How answers look on a terminal: sentence by sentence, and what was left out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from mmrag.cli.show import place, show_answer, show_citations, show_stream
from mmrag.errors import GenerationError
from mmrag.generation.answer import NOT_FOUND, UNSUPPORTED, Answer, Dropped, abstention
from mmrag.generation.citations import Citation

CITED = Citation(1, "notes.md", None, None, None, None, "Snow", "Snow fell.", True, 0.93)
LEFT_OUT = Dropped("Wind rose in May.", "date not in the source: May")
ANSWER = Answer(
    "Snow fell. [1] Goats slept. [1]", False, "llm", "tiny", (CITED,), 0.9, 12.0, (LEFT_OUT,)
)


def terminal() -> Console:
    return Console(file=io.StringIO(), width=100, soft_wrap=True)


def said(to: Console) -> list[str]:
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue().splitlines()


def test_sentences_of_a_stream_come_line_by_line_and_only_once() -> None:
    to = terminal()
    show_stream(iter(["Snow fell. [1]", "Goats slept. [1]", ANSWER]), to)
    assert said(to) == [
        "Snow fell. [1]",
        "Goats slept. [1]",
        "  [1] notes.md, Snow  verified 0.93",
        "left out: Wind rose in May. (date not in the source: May)",
        "worded by tiny, checked against the sources; 12 ms",
    ]


def test_an_answer_that_comes_alone_is_shown_whole() -> None:
    streamed, at_once = terminal(), terminal()
    show_stream(iter([ANSWER]), streamed)
    show_answer(ANSWER, at_once)
    assert said(streamed) == said(at_once)
    assert said(at_once)[0] == ANSWER.text


def test_quotes_in_place_of_a_model_say_so() -> None:
    to = terminal()
    show_answer(
        Answer("Snow fell. [1]", False, "extractive", None, (CITED,), 0.9, note=UNSUPPORTED), to
    )
    assert UNSUPPORTED in said(to)
    assert said(to)[-1].startswith("extractive: sentences as they stand in the files")


def test_an_abstention_says_what_was_left_out_too() -> None:
    to = terminal()
    show_answer(abstention("llm", "tiny", 0.4, (LEFT_OUT,)), to)
    assert said(to)[0] == NOT_FOUND
    assert "Wind rose in May." in said(to)[1]
    assert len(said(to)) == 2


def test_a_stream_that_breaks_says_that_what_stands_is_verified() -> None:
    def breaking() -> Iterator[str | Answer]:
        yield "Snow fell. [1]"
        raise GenerationError("the server is gone")

    to = terminal()
    with pytest.raises(GenerationError, match="gone"):
        show_stream(breaking(), to)
    assert said(to) == [
        "Snow fell. [1]",
        "the answer was cut off here; what stands above is verified",
    ]


def test_a_file_name_cannot_command_the_terminal() -> None:
    told = place("a\x1b]8;;http://e.example\x07b\u202e.md", page=3, start_ms=None, end_ms=None)
    assert told == "a]8;;http://e.exampleb.md, page 3"


@pytest.mark.parametrize(
    ("kind", "shown"), [("text", ""), ("transcript", ""), ("description", " (description)")]
)
def test_a_quote_that_does_not_stand_in_its_source_is_told(kind: str, shown: str) -> None:
    to = terminal()
    show_citations([replace(CITED, kind=kind)], to)
    assert said(to) == [f"  [1] notes.md, Snow{shown}  verified 0.93"]
