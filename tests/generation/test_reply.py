"""A reply as sentences, whole or while it is being written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import MockLLM
from standins.scripted_llm import scripted

from mmrag.generation.reply import complete_sentences, deltas_of

REPLY = (
    "The hut was built in 1931 [1]. Dr. Lind lived there. [2][3] It cost 18,400 kronor【1】.\n"
    "- **Goats** lived behind it (source 2)."
)
SENTENCES = [
    "The hut was built in 1931 [1].",
    "Dr. Lind lived there [2][3].",
    "It cost 18,400 kronor【1】.",
    "Goats lived behind it (source 2).",
]


@pytest.mark.parametrize(
    ("reply", "sentences"),
    [
        (REPLY, SENTENCES),
        ("", []),
        ("<think>Snow? [1]", []),
        ("<think>Snow? [1]</think>\n\nSnow fell. [1]", ["Snow fell [1]."]),
        ("According to the sources, snow fell.", ["Snow fell."]),
        ("According to source 2, snow fell.", ["Snow fell. [source 2]"]),
        ("Enligt källorna, snö föll.", ["Snö föll."]),
        ("Snow fell.[1], [2] Wind rose.", ["Snow fell[1], [2].", "Wind rose."]),
    ],
)
def test_a_reply_is_split_with_its_marks(reply: str, sentences: list[str]) -> None:
    assert list(complete_sentences([reply])) == sentences


@settings(max_examples=25)  # each splits the reply anew after every piece
@given(st.lists(st.integers(1, 9), min_size=20, max_size=100))
def test_however_it_is_cut_the_sentences_are_the_same(sizes: list[int]) -> None:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(REPLY[start : start + size])
        start += size
    assert list(complete_sentences([*pieces, REPLY[start:]])) == SENTENCES


def test_a_sentence_comes_as_soon_as_the_next_has_begun() -> None:
    written: list[str] = []

    def writing() -> Iterator[str]:
        for piece in ("Snow fell. ", "[1] ", "Wind ", "rose."):
            written.append(piece)
            yield piece

    sentences = complete_sentences(writing())
    assert next(sentences) == "Snow fell [1]."
    assert written == ["Snow fell. ", "[1] ", "Wind "]
    assert list(sentences) == ["Wind rose."]


def test_any_language_model_is_read_bit_by_bit() -> None:
    chat = [ChatMessage(content="Snow fell.")]
    assert "".join(deltas_of(MockLLM(), chat)) == MockLLM().chat(chat).message.content


def test_a_model_that_cannot_stream_is_read_at_once() -> None:
    chat = [ChatMessage(content="?")]
    assert list(deltas_of(scripted("Snow fell.", streams=False).llm, chat)) == ["Snow fell."]
    assert list(deltas_of(scripted("Snow fell.").llm, chat)) == ["Snow", " fell."]
