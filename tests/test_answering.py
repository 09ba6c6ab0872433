"""How an index is asked through LlamaIndex, and what narrows an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from conftest import write_poster
from llama_index.core.base.response.schema import Response, StreamingResponse
from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters

from mmrag import MMRagIndex
from mmrag.errors import InputError
from mmrag.generation.answer import Answer
from mmrag.modalities import Modality
from mmrag.retrieval.query import MultiModalQuery

QUESTION = "When was the aneroid barometer bought?"


def test_a_query_engine_answers_as_ask_does(index: MMRagIndex) -> None:
    asked = index.ask(QUESTION)
    response = index.as_query_engine().query(QUESTION)
    assert isinstance(response, Response)
    assert response.response == asked.text
    assert (response.metadata or {})["citations"] == asked.as_dict()["citations"]
    assert response.source_nodes[0].node.metadata["source"] == "notes.md"
    again = asyncio.run(index.as_query_engine().aquery(QueryBundle(QUESTION)))
    assert str(again) == asked.text


def test_a_query_engine_streams_and_is_narrowed(index: MMRagIndex) -> None:
    engine = index.as_query_engine(streaming=True)
    response = engine.query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert "1934" in "".join(response.response_gen)
    elsewhere = index.as_query_engine(where={"source": "tables/climate.csv"})
    assert "Negretti" not in str(elsewhere.query(QUESTION))
    pictures = MultiModalQuery(
        "On what date is the summer lecture about clouds over the ridge?",
        modalities=(Modality.IMAGE,),
    )
    told = index.as_query_engine().query(pictures)
    assert {n.node.metadata["source"] for n in told.source_nodes} == {"poster.png"}
    notes = MetadataFilters(filters=[MetadataFilter(key="source", value="notes.md")])
    both = elsewhere.query(MultiModalQuery(QUESTION, filters=notes))
    assert both.source_nodes == [], "a query narrows further; it does not widen"


def test_an_empty_query_is_refused(index: MMRagIndex) -> None:
    with pytest.raises(InputError, match="query is empty"):
        index.as_query_engine().query(" ")


def test_an_answer_from_some_pages(index: MMRagIndex) -> None:
    lecture = "On what date is the summer lecture about clouds over the ridge?"
    assert "14 July" in index.ask(lecture, pages=(1, 1)).text
    assert index.ask(lecture, pages=(2, 9)).abstained
    assert index.ask(lecture, between_ms=(0, 1000)).abstained
    with pytest.raises(InputError, match="pages count from 1"):
        index.ask(lecture, pages=(0, 1))


def test_a_stream_ends_with_the_answer(index: MMRagIndex) -> None:
    *sentences, answer = index.ask_stream(QUESTION)
    assert isinstance(answer, Answer)
    assert " ".join(map(str, sentences)) == answer.text == index.ask(QUESTION).text


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    with MMRagIndex(tmp_path / "i", profile="offline") as empty:
        assert empty.ask("How high is the hut?").abstained
        assert empty.as_chat_engine().chat("How high is the hut?").source_nodes == []
        assert "Nothing was found" in str(empty.as_tool().call(query="hut"))


def test_another_language_and_a_file_that_is_gone(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "goats.md").write_text("# Goats\nThe goats ate the logbook in 1938.\n")
    write_poster(files / "goats.png", ("GOATS FOR SALE",))
    with MMRagIndex(tmp_path / "i", profile="offline") as index:
        index.index(files)
        assert index.is_fresh("goats.md")
        engine = index.as_chat_engine()
        (files / "goats.md").unlink()
        told = engine.chat("What did the goats eat in 1938?").metadata or {}
        assert [c["verified"] for c in told["citations"] if c["source"] == "goats.md"] == [False]
        assert not index.is_fresh("goats.md")
        assert engine.chat("Quel est le prix du fromage de brebis en Norvège ?").response
        (files / "goats.png").unlink()
        text = str(index.as_tool().call(query="goats for sale", modality="image"))
        assert "cannot be shown" in text
