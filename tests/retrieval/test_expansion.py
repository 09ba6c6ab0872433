"""Surroundings of passages."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.schema import BaseNode, Node
from llama_index.core.schema import NodeWithScore as Scored

from mmrag.modalities import Modality
from mmrag.retrieval.expansion import CONTEXT, expand
from mmrag.schema import METADATA, SURROGATE, VIA, Provenance, build_node, number_nodes, text_of


def document(source: str, words: Sequence[str], tenant: str | None = None) -> list[Node]:
    nodes = [
        build_node(word, Provenance(source), modality=Modality.TEXT, mimetype="text/plain")
        for word in words
    ]
    number_nodes(nodes, "c" * 64, tenant)
    return nodes


class Shelf:
    """What was fetched, and how often."""

    def __init__(self, *documents: Sequence[Node]) -> None:
        self.nodes: dict[str, BaseNode] = {n.node_id: n for nodes in documents for n in nodes}
        self.calls: list[list[str]] = []

    def __call__(self, ids: Sequence[str]) -> dict[str, BaseNode]:
        self.calls.append(list(ids))
        return {name: self.nodes[name] for name in ids if name in self.nodes}


def contexts(hits: Sequence[BaseNode]) -> list[str | None]:
    return [hit.metadata.get(CONTEXT) for hit in hits]


def test_a_passage_gets_its_neighbours_in_the_order_of_the_document() -> None:
    a = document("a", ["a0", "a1", "a2", "a3", "a4"])
    shelf = Shelf(a)
    hits = [a[3], a[0]]
    expand([hits], 1, shelf)
    assert contexts(hits) == ["a2\n\na3\n\na4", "a0\n\na1"]
    assert [text_of(hit) for hit in hits] == ["a3", "a0"]
    [asked] = shelf.calls
    assert a[3].node_id not in asked and len(asked) == len(set(asked)) == 3


def test_overlapping_surroundings_are_one_stretch_within_an_answer() -> None:
    a, b = document("a", [f"a{n}" for n in range(9)]), document("b", ["b0", "b1", "b2"])
    shelf = Shelf(a, b)
    first, second = [a[4], b[1], a[2]], [document("a", [f"a{n}" for n in range(9)])[7]]
    expand([first, second], 1, shelf)
    whole = "\n\n".join(["a1", "a2", "a3", "a4", "a5"])
    assert contexts(first) == [whole, "b0\n\nb1\n\nb2", whole]
    assert contexts(second) == ["a6\n\na7\n\na8"]
    assert len(shelf.calls) == 1
    apart = document("a", [f"a{n}" for n in range(9)])
    expand([[apart[1], apart[4]]], 1, shelf)
    assert contexts([apart[1], apart[4]]) == ["a0\n\na1\n\na2", "a3\n\na4\n\na5"]


def test_what_has_no_words_is_left_out() -> None:
    a = document("a", ["a0", "name of a file", "  ", "a3"])
    a[1].metadata[SURROGATE] = True
    foreign = Node(metadata={"source": "a"})
    hits = [a[3], a[2], a[1], foreign]
    expand([hits], 3, Shelf(a))
    assert contexts(hits) == ["a0\n\na3", None, None, None]


def test_what_a_file_says_of_itself_stands_around_nothing() -> None:
    a = document("a", ["a0", "a1", "By: Anna"])
    a[2].metadata[VIA] = METADATA
    expand([[a[1], a[2]]], 1, Shelf(a))
    assert contexts([a[1], a[2]]) == ["a0\n\na1", None]


def test_another_tenants_neighbours_are_not_seen() -> None:
    mine, yours = document("a", ["m0", "m1"], "me"), document("a", ["y0", "y1", "y2"], "you")
    expand([[mine[1]]], 2, Shelf(mine, yours))
    assert contexts([mine[1]]) == ["m0\n\nm1"]


def test_nothing_to_expand_fetches_nothing() -> None:
    shelf = Shelf()
    expand([[], [Node()]], 2, shelf)
    assert shelf.calls == []


def test_llamaindex_puts_it_in_the_place_of_the_text() -> None:
    from llama_index.core.postprocessor import MetadataReplacementPostProcessor

    a = document("a", ["a0", "a1"])
    expand([[a[0]]], 1, Shelf(a))
    replacing = MetadataReplacementPostProcessor(target_metadata_key=CONTEXT)
    [hit] = replacing.postprocess_nodes([Scored(node=a[0], score=1.0)])
    assert text_of(hit.node) == "a0\n\na1"
