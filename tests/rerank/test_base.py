"""What all rerankers share, with one that judges by a table instead of a model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.events.rerank import ReRankEndEvent, ReRankStartEvent
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from standins.table_reranker import ByTable
from standins.tiny_reranker import hit

from mmrag.errors import NonFiniteVector
from mmrag.rerank.base import has_words, probability
from mmrag.retrieval.fusion import ChannelScore
from mmrag.retrieval.hybrid import channels_of

TABLE = {"low": -2.0, "high": 3.0, "middle": 0.5, "nan": math.nan, "inf": math.inf}


def names(hits: list[NodeWithScore]) -> list[str]:
    return [h.node.node_id for h in hits]


def mixed() -> list[NodeWithScore]:
    """low.md, a wordless picture, middle.md, a surrogate, high.md, a text of spaces."""
    return [
        hit("low", 0.9, name="low.md"),
        hit("", 0.8, name="picture.png"),
        hit("middle", 0.7, name="middle.md"),
        hit("high", 0.6, name="sound.ogg", surrogate=True),
        hit("high", 0.5, name="high.md"),
        hit(" \n", 0.4, name="blank.png"),
    ]


def test_candidates_without_words_keep_their_place_and_score() -> None:
    found = ByTable(table=TABLE).postprocess_nodes(mixed(), query_str="what?")
    assert names(found) == [
        "high.md",
        "picture.png",
        "middle.md",
        "sound.ogg",
        "low.md",
        "blank.png",
    ]
    assert [h.node.metadata["source"] for h in found] == names(found)
    wanted = [probability(3), 0.8, probability(0.5), 0.6, probability(-2), 0.4]
    assert [h.score for h in found] == pytest.approx(wanted, abs=1e-12)
    said = [channels_of(h).get("rerank") for h in found]
    assert said == [
        ChannelScore(1, 3.0, probability(3)),
        None,
        ChannelScore(2, 0.5, probability(0.5)),
        None,
        ChannelScore(3, -2.0, probability(-2)),
        None,
    ]


def test_the_wordless_are_not_even_asked_about() -> None:
    reranker = ByTable(table=TABLE)
    reranker.postprocess_nodes(mixed(), query_str="what?")
    assert [text.split()[-1] for text in reranker._asked[0]] == ["low", "middle", "high"]
    only = [hit("", name="a.png"), hit("x", name="b.png", surrogate=True)]
    assert names(reranker.postprocess_nodes(only, query_str="what?")) == ["a.png", "b.png"]
    assert len(reranker._asked) == 1


def test_equal_texts_are_judged_once() -> None:
    reranker = ByTable(table=TABLE)
    low, high = reranker.margins("what?", ["low", "high"])
    assert reranker.margins("what?", ["low", "high", "low", "low"]) == [low, high, low, low]
    assert reranker._asked[-1] == ["low", "high"]


@pytest.mark.parametrize(("top_n", "left"), [(1, 1), (2, 2), (100, 6), (None, 6)])
def test_top_n_is_cut_from_the_new_order(top_n: int | None, left: int) -> None:
    found = ByTable(table=TABLE, top_n=top_n).postprocess_nodes(mixed(), query_str="what?")
    assert (
        names(found) == names(ByTable(table=TABLE).postprocess_nodes(mixed(), query_str="?"))[:left]
    )


@pytest.mark.parametrize("query", [None, QueryBundle(""), QueryBundle("  \n")])
def test_a_question_without_words_changes_nothing(query: QueryBundle | None) -> None:
    hits = mixed()
    reranker = ByTable(table=TABLE, top_n=4)
    assert reranker.postprocess_nodes(hits, query_bundle=query) == hits[:4]
    assert reranker.postprocess_nodes([], query_str="what?") == []
    assert reranker._asked == []


@pytest.mark.parametrize("word", ["nan", "inf"])
def test_what_is_no_number_is_never_sorted(word: str) -> None:
    with pytest.raises(NonFiniteVector, match="the reranker table judged 1 of 2 texts"):
        ByTable(table=TABLE).postprocess_nodes([hit("low"), hit(word)], query_str="what?")


def test_nodes_of_other_loaders_are_judged_too() -> None:
    hits = [NodeWithScore(node=TextNode(text=t, id_=t), score=None) for t in ("low", "high")]
    found = ByTable(table=TABLE).postprocess_nodes(hits, query_str="what?")
    assert names(found) == ["high", "low"]
    assert "channels" not in hits[0].node.metadata


@contextmanager
def listening() -> Iterator[list[BaseEvent]]:
    heard: list[BaseEvent] = []

    class Ear(BaseEventHandler):
        def handle(self, event: BaseEvent, **kwargs: Any) -> None:
            heard.append(event)

    dispatcher, ear = get_dispatcher(), Ear()
    dispatcher.add_event_handler(ear)
    try:
        yield heard
    finally:
        dispatcher.event_handlers.remove(ear)


def test_it_says_when_it_starts_and_ends() -> None:
    with listening() as heard:
        found = ByTable(table=TABLE, top_n=2).postprocess_nodes(mixed(), query_str="what?")
    start, end = heard
    assert isinstance(start, ReRankStartEvent)
    assert isinstance(end, ReRankEndEvent)
    assert (start.query, start.top_n, start.model_name) == (QueryBundle("what?"), 2, "table")
    assert names(start.nodes) == names(mixed())
    assert names(end.nodes) == names(found) == ["high.md", "picture.png"]


def test_the_probability_is_the_softmax_of_two_logits() -> None:
    for yes, no in ((1.5, -0.5), (-30.0, 4.0), (0.0, 0.0)):
        wanted = math.exp(yes) / (math.exp(yes) + math.exp(no))
        assert probability(yes - no) == pytest.approx(wanted, rel=1e-12)
    assert (probability(-2000.0), probability(2000.0)) == (0.0, 1.0)


def test_words() -> None:
    assert [has_words(h.node) for h in mixed()] == [True, False, True, False, True, False]
