"""Writing answers with any LlamaIndex model, at once and sentence by sentence."""

from __future__ import annotations

import pytest
from llama_index.core.schema import NodeWithScore
from standins.letters import by_letters
from standins.scripted_llm import ScriptedLLM, scripted

from mmrag.config import Settings
from mmrag.errors import GenerationError
from mmrag.generation.answer import UNSUPPORTED, Answer
from mmrag.generation.llm import Wording
from mmrag.generation.writer import AnswerWriter
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node

QUESTION = "When was the barometer bought, and what did it cost?"
TRUE = "The barometer was bought in Bergen in 1934 [2]. It cost 12 pounds [2]."


def hits() -> list[NodeWithScore]:
    texts = [
        "The hut stands at 1204 metres.",
        "The aneroid barometer was bought in Bergen in 1934. It cost 12 pounds.",
    ]
    return [
        NodeWithScore(
            node=build_node(
                text, Provenance(f"{n}.md"), modality=Modality.TEXT, mimetype="text/markdown"
            ),
            score=1.0,
        )
        for n, text in enumerate(texts, 1)
    ]


def writer(wording: Wording | None, **answer: object) -> AnswerWriter:
    settings = Settings.model_validate({"answer": {"abstain_below": 0.1, **answer}})
    return AnswerWriter(settings, by_letters, fresh=lambda source: True, worded_by=wording)


def streamed(writer: AnswerWriter) -> tuple[list[str], Answer]:
    *pieces, answer = writer.stream(QUESTION, hits())
    assert isinstance(answer, Answer)
    return [piece for piece in pieces if isinstance(piece, str)], answer


@pytest.mark.parametrize("streams", [True, False])
def test_a_model_of_ones_own_words_the_answer(streams: bool) -> None:
    made = writer(scripted(TRUE, streams=streams))
    pieces, answer = streamed(made)
    assert pieces == ["The barometer was bought in Bergen in 1934. [1]", "It cost 12 pounds. [1]"]
    assert answer.text == " ".join(pieces)
    assert (answer.mode, answer.model) == ("llm", "scripted")
    at_once = made.write(QUESTION, hits())
    assert at_once.text == answer.text
    assert [c.quote for c in at_once.citations] == [c.quote for c in answer.citations]


def test_a_sentence_is_delivered_while_the_next_is_being_written() -> None:
    wording = scripted(TRUE)
    stream = writer(wording).stream(QUESTION, hits())
    assert next(stream) == "The barometer was bought in Bergen in 1934. [1]"
    assert isinstance(wording.llm, ScriptedLLM)
    assert wording.llm.told[-1] == "It"


def test_tokens_that_are_not_verified_are_never_shown() -> None:
    pieces, answer = streamed(writer(scripted(f"It was sold to Per Berg in 1950 [2]. {TRUE}")))
    assert "1950" not in " ".join(pieces)
    assert [d.text for d in answer.dropped] == ["It was sold to Per Berg in 1950."]


def test_what_was_delivered_stands_when_the_model_fails() -> None:
    stream = writer(scripted(TRUE, fails_after=10)).stream(QUESTION, hits())
    assert next(stream) == "The barometer was bought in Bergen in 1934. [1]"
    with pytest.raises(GenerationError, match="fell silent"):
        list(stream)


def test_a_reply_without_a_supported_sentence_gives_way_to_quotes() -> None:
    pieces, answer = streamed(writer(scripted("It was bought in Oslo in 1928 [2].")))
    assert pieces == []
    assert (answer.mode, answer.note, answer.abstained) == ("extractive", UNSUPPORTED, False)
    assert "1934" in answer.text
    assert answer.as_dict()["note"] == UNSUPPORTED


def test_a_model_that_says_that_it_found_nothing_is_believed() -> None:
    pieces, answer = streamed(writer(scripted("NOT FOUND")))
    assert (pieces, answer.abstained, answer.mode, answer.note) == ([], True, "llm", "")


def test_without_a_model_the_quotes_come_at_once() -> None:
    pieces, answer = streamed(writer(None))
    assert pieces == [answer.text]
    assert answer.mode == "extractive"


def test_a_stale_source_is_not_verified() -> None:
    made = writer(scripted(TRUE))
    stale = AnswerWriter(
        made.settings, by_letters, fresh=lambda source: False, worded_by=made.worded_by
    )
    assert [c.verified for c in stale.write(QUESTION, hits()).citations] == [False]
