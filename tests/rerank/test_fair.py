"""FairRerank in LlamaIndex: order, cut, what has no group, and a real query engine."""

from __future__ import annotations

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from mmrag import MMRagIndex
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


def test_a_query_engine_uses_it(index: MMRagIndex) -> None:
    question = "Who kept goats behind the hut?"
    groups = {"notes.md": "notes", "tables/climate.csv": "tables"}
    fair = FairRerank(desired={"notes": 0.1, "tables": 0.9}, groups=groups, method="detcons")
    found = index.as_retriever().retrieve(question)
    fairly = fair.postprocess_nodes(found)
    assert found[0].node.metadata["source"] == "notes.md"
    assert fairly[0].node.metadata["source"] == "tables/climate.csv"
    assert {hit.node.node_id for hit in found} == {hit.node.node_id for hit in fairly}
    again = FairRerank.from_dict(fair.to_dict())
    assert again.postprocess_nodes(found) == fairly
    engine = index.as_query_engine(node_postprocessors=[fair])
    assert "Anna Lind" in str(engine.query(question))
