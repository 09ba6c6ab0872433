"""Fields and notes stay with a file's nodes, whatever a bridge makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.schema import BaseNode

from mmrag.bridges.carrying import carrying
from mmrag.modalities import Modality
from mmrag.schema import NOTE, Provenance, build_node, fields_of, set_fields


def node(source: str, text: str = "") -> BaseNode:
    return build_node(text, Provenance(source), modality=Modality.TEXT, mimetype="text/plain")


def halved(nodes: Sequence[BaseNode]) -> list[BaseNode]:
    """Replaces each node by two new ones."""
    made = [node(n.metadata["source"], half) for n in nodes for half in ("first", "second")]
    made[1].metadata[NOTE] = "from the bridge"
    return made


def test_new_nodes_have_the_fields_of_their_own_file() -> None:
    one, other, bare = node("a"), node("b"), node("c")
    set_fields(one, {"camera": "X100"})
    set_fields(other, {"author": ["Anna"]})
    done = carrying(halved)([one, other, bare])
    assert [fields_of(n) for n in done] == [
        *({"camera": "X100"}, {"camera": "X100"}),
        *({"author": ["Anna"]}, {"author": ["Anna"]}),
        *({}, {}),
    ]
    assert "camera" in done[0].excluded_embed_metadata_keys


def test_notes_on_replaced_nodes_are_kept() -> None:
    one, other = node("a"), node("b")
    one.metadata[NOTE], other.metadata[NOTE] = "not used", "nor this"
    done = carrying(halved)([one, other])
    assert [n.metadata.get(NOTE) for n in done] == ["not used", "from the bridge", "nor this", None]


def test_what_passes_stays_as_it_is() -> None:
    one = node("a")
    one.metadata[NOTE] = "kept"
    (same,) = carrying(lambda nodes: nodes)([one])
    assert same is one and same.metadata[NOTE] == "kept"


def test_a_bridge_may_note_on_the_heir_too() -> None:
    one = node("a")
    one.metadata[NOTE] = "not used"

    def bridge(nodes: Sequence[BaseNode]) -> list[BaseNode]:
        made = node("a")
        made.metadata[NOTE] = "no caption"
        return [made]

    (done,) = carrying(bridge)([one])
    assert done.metadata[NOTE] == "not used; no caption"
