"""What belongs to a file as a whole stays with its nodes, whatever a bridge makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from llama_index.core.schema import BaseNode

from mmrag.schema import FIELDS, NOTE, SOURCE, fields_of, set_fields

Bridge: TypeAlias = Callable[[Sequence[BaseNode]], Sequence[BaseNode]]
"""Nodes in, the same nodes or those they became out."""


def carrying(bridge: Bridge) -> Bridge:
    """A bridge whose new nodes have the fields of the files that they are of.

    A bridge makes new nodes of text, place and path alone. Notes on nodes that it replaces are kept
    with the first of the new ones.
    """

    def over(nodes: Sequence[BaseNode]) -> Sequence[BaseNode]:
        fields, notes = {}, {}
        for node in nodes:
            if FIELDS in node.metadata:
                fields[node.metadata.get(SOURCE)] = fields_of(node)
            if NOTE in node.metadata:
                notes[id(node)] = (node, node.metadata[NOTE])
        done = bridge(nodes)
        for node in done:
            notes.pop(id(node), None)
            if FIELDS not in node.metadata:
                set_fields(node, fields.get(node.metadata.get(SOURCE), {}))
        for lost, note in notes.values():
            of = lost.metadata.get(SOURCE)
            heir = next((node for node in done if node.metadata.get(SOURCE) == of), None)
            if heir is not None:
                heir.metadata[NOTE] = "; ".join(
                    dict.fromkeys([note, *filter(None, [heir.metadata.get(NOTE)])])
                )
        return done

    return over
