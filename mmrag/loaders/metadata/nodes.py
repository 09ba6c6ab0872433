"""Fields on the nodes of a document, and the node of what people wrote in them.

Every node carries the fields, to be filtered by. Their words are a node of their own, the last of
the document, so that its ids stay when they change, and no passage is embedded with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.schema import MetadataMode, Node

from mmrag.loaders.metadata.fields import Value, words_of
from mmrag.modalities import Modality, of_mimetype
from mmrag.schema import (
    CHUNK,
    FILE_PATH,
    METADATA,
    MIMETYPE,
    MODALITY,
    SHA256,
    SOURCE,
    TENANT,
    VIA,
    Provenance,
    build_node,
    number_node,
    set_fields,
    text_of,
)
from mmrag.words import path_in_words

OPENING = 3
"""Passages at the beginning of a document that commonly say its title and its author."""


@dataclass(frozen=True)
class Refreshed:
    """The nodes of a document with other fields.

    Attributes:
        same: nodes of which nothing but the fields changed: their payload is to be written.
        anew: nodes with other words than before, or that were not there: to be embedded.
        gone: ids of nodes that are no more.
    """

    same: tuple[Node, ...]
    anew: tuple[Node, ...] = ()
    gone: tuple[str, ...] = ()


def with_metadata(nodes: Sequence[Node], fields: Mapping[str, Value]) -> list[Node]:
    """The nodes of one file as they were read, with its fields, and the node of their words."""
    worded = _words_node(nodes, fields)
    found = [*nodes, *([worded] if worded else [])]
    for node in found:
        set_fields(node, fields)
    return found


def refreshed(nodes: Sequence[Node], fields: Mapping[str, Value]) -> Refreshed:
    """What becomes of a document when only its fields change. The nodes given are not changed.

    Args:
        nodes: all nodes of one document as they are stored, in any order.
    """
    copies = [node.model_copy(deep=True) for node in nodes]
    copies.sort(key=lambda node: int(node.metadata[CHUNK]))
    before = next((node for node in copies if node.metadata.get(VIA) == METADATA), None)
    others = [node for node in copies if node is not before]
    for node in others:
        set_fields(node, fields)
    after = _words_node(others, fields)
    if after is None:
        return Refreshed(tuple(others), gone=(before.node_id,) if before else ())
    if before is not None and text_of(before) == text_of(after):
        set_fields(before, fields)
        return Refreshed((*others, before))
    first = copies[0].metadata
    chunk = before.metadata[CHUNK] if before else 1 + others[-1].metadata[CHUNK]
    number_node(after, str(first[SHA256]), chunk, first.get(TENANT))
    set_fields(after, fields)
    return Refreshed(tuple(others), (after,))


def _words_node(nodes: Sequence[Node], fields: Mapping[str, Value]) -> Node | None:
    """The node of what people wrote, unless the beginning of the document says it all."""
    first = nodes[0].metadata
    text = words_of(fields, said=_said(nodes))
    if not text:
        return None
    mimetype = str(first[MIMETYPE])
    modality = of_mimetype(mimetype)
    return build_node(
        text,
        Provenance(str(first[SOURCE])),
        modality=modality,
        mimetype=mimetype,
        path=first.get(FILE_PATH),
        via=METADATA,
        part=modality is not Modality.TEXT,
    )


def _said(nodes: Sequence[Node]) -> str:
    """The file's name, and how its text begins; what a bridge made of media is not known yet."""
    plain = [
        n for n in nodes if n.metadata[MODALITY] == Modality.TEXT.value and VIA not in n.metadata
    ]
    texts = [node.get_content(MetadataMode.EMBED) for node in plain[:OPENING]]
    return "\n".join([path_in_words(str(nodes[0].metadata[SOURCE])), *texts])
