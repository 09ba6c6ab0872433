"""From messages to a question, and from an answer to a message: without an index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag import Answer, Citation
from mmrag_connectors.hosting.calls import IndexInfo, Said, SpaceInfo
from mmrag_connectors.http.openai.citations import annotated, below, path_to, title, without_sources
from mmrag_connectors.http.openai.messages import LATEST, asked_by
from mmrag_connectors.http.openai.models import llm_of, models_of, space_of
from mmrag_connectors.http.openai.requests import Message
from mmrag_connectors.http.problems import Problem

CITED = Citation(
    n=1,
    source="notes.md",
    page=None,
    bbox=None,
    start_ms=None,
    end_ms=None,
    section="Station > People",
    quote="Goats were kept.",
    verified=True,
    score=0.9,
    node_id="a1",
    start=3,
    end=19,
)
ANSWER = Answer("Goats were kept. [1]", False, "extractive", None, (CITED,), 0.9)


def said(role: str, content: Any) -> Message:
    return Message.model_validate({"role": role, "content": content})


def test_the_last_message_is_the_question_and_the_words_before_it_were_said() -> None:
    part = {"type": "text", "text": "And"}
    seen = {"type": "image_url", "image_url": {"url": "data:a"}}
    asked = asked_by(
        [
            said("developer", "Never cite."),
            said("user", [{"type": "text", "text": "Goats?"}, seen]),
            said("assistant", ANSWER.text + below(ANSWER)),
            said("system", "Never cite."),
            said("assistant", None),
            said("user", [part, seen, {"type": "text", "text": "sheep?"}]),
        ]
    )
    assert (asked.words, asked.image, asked.audio) == ("And\nsheep?", "data:a", None)
    assert asked.earlier == (Said("user", "Goats?"), Said("assistant", ANSWER.text))


def test_of_a_long_conversation_the_latest_messages_are_looked_at() -> None:
    asked = asked_by([said("user", str(n)) for n in range(2 * LATEST)])
    assert [one.text for one in asked.earlier] == [
        str(n) for n in range(LATEST - 1, 2 * LATEST - 1)
    ]


@given(st.lists(st.text(min_size=1), max_size=3), st.text(), st.text())
def test_what_stood_below_an_answer_is_taken_off_when_it_comes_back(
    sources: list[str], text: str, note: str
) -> None:
    cited = tuple(replace(CITED, n=n, source=s) for n, s in enumerate(sources, start=1))
    answer = replace(ANSWER, text=f"{text}.", citations=cited, note=note if cited else "")
    assert without_sources(answer.text + below(answer)) == answer.text


@given(
    st.lists(st.sampled_from(["Goats. [1]", "[1, 2]", "[3]", "[9]", "(1)", " é😀 "]), max_size=8)
)
def test_marks_are_annotated_where_they_stand(pieces: list[str]) -> None:
    text = " ".join(pieces)
    answer = replace(ANSWER, citations=tuple(replace(CITED, n=n) for n in (1, 2, 3)))
    found = [one.url_citation for one in annotated(text, answer, "http://h")]
    shown = [text[one.start_index : one.end_index] for one in found]
    count = {"[1]": text.count("[1]"), "[1, 2]": 2 * text.count("[1, 2]"), "[3]": text.count("[3]")}
    assert {mark: shown.count(mark) for mark in count} == count
    assert len(shown) == sum(count.values())


@pytest.mark.parametrize(
    ("changes", "called", "path"),
    [
        ({}, "notes.md, People", "/media/a1"),
        ({"section": None}, "notes.md", "/media/a1"),
        ({"page": 3, "bbox": (0, 0, 1, 1)}, "notes.md, page 3", "/media/a1/preview?quote=3-19"),
        ({"modality": "image"}, "notes.md, People", "/media/a1/preview?quote=3-19"),
        (
            {"start_ms": 75_250, "end_ms": 92_000, "modality": "video", "bbox": (0, 0, 1, 1)},
            "notes.md, 1:15-1:32",
            "/media/a1#t=75.25,92",
        ),
    ],
)
def test_where_a_citation_leads(changes: dict[str, Any], called: str, path: str) -> None:
    citation = replace(CITED, **changes)
    assert (title(citation), path_to(citation)) == (called, path)


def test_names_of_files_lead_nowhere_and_doubts_are_told() -> None:
    hostile = replace(
        CITED, source="[free](http://evil.example/?q=1)\n- [2] x.md", verified=False, kind="caption"
    )
    answer = replace(ANSWER, citations=(hostile,), note="A note.")
    listed = "- [1] free - [2] x.md, People (caption, not verified)"
    assert below(answer) == f"\n\nSources:\n{listed}\n\nA note."


INFO = IndexInfo(
    profile="default",
    version="1",
    spaces=(
        SpaceInfo("text", "m", 384, ("text",)),
        SpaceInfo("bm25", "bm25", None, ("text",)),
        SpaceInfo("sound", "s", 8, ("audio",)),
    ),
    documents={},
    llm="ollama",
    llm_model="qwen3:4b",
    location="here",
)


def test_models_say_who_words_the_answers() -> None:
    ids = [model.id for model in models_of(INFO)]
    assert ids == ["mmrag", "mmrag-extractive", "mmrag-ollama", "mmrag-embed-text"]
    assert [llm_of(INFO, id) for id in ids[:3]] == [None, "extractive", "ollama"]
    assert space_of(INFO, ids[3]) == "text"
    for wrong in (lambda: llm_of(INFO, "mmrag-local"), lambda: space_of(INFO, "mmrag-embed-bm25")):
        with pytest.raises(Problem, match="there is: mmrag, "):
            wrong()
