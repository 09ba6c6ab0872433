"""FairRerank in LlamaIndex: order, cut, what has no group, and a real query engine."""

from __future__ import annotations

import pytest
from llama_index.core import get_response_synthesizer
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from mmrag.errors import ConfigError
from mmrag.rerank.fair import FairRerank


def hits(*groups: object) -> list[NodeWithScore]:
    return [
        NodeWithScore(
            node=TextNode(text=str(at), metadata={"author": group, "source": f"{at}.md"}),
            score=1 - at / 10,
        )
        for at, group in enumerate(groups)
    ]


def order(found: list[NodeWithScore]) -> str:
    return "".join(hit.node.get_content() for hit in found)


HALVES = {"Ann": 0.5, "Bo": 0.5}


def test_it_orders_by_a_field_and_cuts() -> None:
    fair = FairRerank(desired=HALVES, attribute="author", top_n=3)
    given = hits("Ann", "Ann", "Ann", "Bo")
    found = fair.postprocess_nodes(given)
    assert order(found) == "031"
    assert [hit.score for hit in found] == [1, pytest.approx(0.7), pytest.approx(0.9)]
    assert order(given) == "0123"


def test_what_is_of_no_group_keeps_its_place() -> None:
    fair = FairRerank(desired=HALVES, attribute="author")
    found = hits("Ann", None, ["Ann"], ["Ann", "Bo"], "Cy", ["Bo"], " ")
    assert order(fair.postprocess_nodes(found)) == "0153426"


def test_groups_by_source_and_a_loose_bound() -> None:
    of = {"0.md": "Ann", "1.md": "Ann", "2.md": "Bo"}
    tight = FairRerank(desired=HALVES, groups=of, method="detcons")
    assert order(tight.postprocess_nodes(hits(1, 1, 1))) == "021"
    loose = FairRerank(desired=HALVES, groups=of, slack=1.0)
    assert order(loose.postprocess_nodes(hits(1, 1, 1))) == "012"
    assert tight.postprocess_nodes([]) == []


def test_shares_are_checked_before_the_first_question() -> None:
    with pytest.raises(ConfigError, match=r"sum to 1, found a sum of 0\.9"):
        FairRerank(desired={"Ann": 0.5, "Bo": 0.4}, attribute="author")
    with pytest.raises(ConfigError, match="a field, or groups by source"):
        FairRerank(desired=HALVES)


class Fixed(BaseRetriever):
    """Finds the same nodes whatever is asked."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return hits("Ann", "Ann", "Bo")


def test_a_query_engine_uses_it_and_it_survives_being_written_down() -> None:
    fair = FairRerank(desired=HALVES, attribute="author", slack=0.0, top_n=2)
    engine = RetrieverQueryEngine(Fixed(), get_response_synthesizer(MockLLM()), [fair])
    assert order(engine.query("who?").source_nodes) == "02"
    again = FairRerank.from_dict(fair.to_dict())
    assert order(again.postprocess_nodes(hits("Ann", "Ann", "Bo"))) == "02"
