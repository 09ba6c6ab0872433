"""LlamaIndex nodes as payloads, and back.

LlamaIndex's own pair loses the media of every class but Node and ImageNode and drops `Document`, so
this is our own; the payload keys are LlamaIndex's.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from typing import Any

from llama_index.core.schema import (
    BaseNode,
    Document,
    ImageDocument,
    ImageNode,
    IndexNode,
    Node,
    TextNode,
)

from mmrag.errors import InvalidPoint, StoreError
from mmrag.moments import stretch
from mmrag.schema import GEO, LATITUDE, LONGITUDE, NAMESPACE, QUARANTINED, TAKEN, TAKEN_AT
from mmrag.store.checks import is_uuid
from mmrag.store.kinds import CHUNK, HIDDEN, KIND

CONTENT, TYPE, NODE_ID = "_node_content", "_node_type", "_node_id"
DOC_ID, REF_DOC_ID = "doc_id", "ref_doc_id"
RESERVED = frozenset({KIND, CONTENT, TYPE, NODE_ID, DOC_ID, REF_DOC_ID, "document_id"})
_CLASSES: dict[str, type[BaseNode]] = {
    cls.class_name(): cls for cls in (Node, TextNode, ImageNode, IndexNode, Document, ImageDocument)
}
_RESOURCES = ("text_resource", "image_resource", "audio_resource", "video_resource")


def point_id(node_id: str) -> str:
    """The id of a node's point: the node's own if it is a UUID, else one derived from it."""
    return node_id if is_uuid(node_id) else str(uuid.uuid5(NAMESPACE, f"node\0{node_id}"))


def payload_key(key: str) -> str:
    """Where a metadata key stands in the payload; a document may have a `kind` of its own."""
    return f"metadata_{KIND}" if key == KIND else key


def node_to_payload(node: BaseNode) -> dict[str, Any]:
    """A node as a payload: whole as JSON, and its filterable metadata beside it.

    Filterable are strings, finite numbers, booleans and lists of them: never the spans, which are
    lists of lists. When and where something was taken also stand there in a form that ranges and
    distances work on. Embeddings are left out. A node in quarantine is of a kind of its own.

    Raises:
        InvalidPoint: the node carries bytes and no path or URL, or cannot be JSON.
    """
    _refuse_bytes(node)
    try:
        content = node.model_dump(mode="json", exclude={"embedding", "text_embedding"})
        for name in _RESOURCES:
            if content.get(name):
                content[name].pop("embeddings", None)
        if content.get("image_path") or content.get("image_url"):
            content.pop("image", None)
        packed = json.dumps(content, ensure_ascii=False)
        packed.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise InvalidPoint(f"node {node.node_id} cannot be kept as JSON: {error}") from error
    filterable = {
        payload_key(key): value
        for key, value in content["metadata"].items()
        if key not in RESERVED - {KIND} and _is_filterable(value)
    }
    reference = {} if node.ref_doc_id is None else dict.fromkeys(_REFERENCES, node.ref_doc_id)
    return {
        **filterable,
        **_in_time_and_space(node.metadata),
        **reference,
        KIND: HIDDEN if node.metadata.get(QUARANTINED) else CHUNK,
        CONTENT: packed,
        TYPE: node.class_name(),
        NODE_ID: node.node_id,
    }


def payload_to_node(payload: Mapping[str, Any]) -> BaseNode:
    """The node that was put into the payload; raises StoreError if it is not one.

    A class unknown here comes back as Node or TextNode, whichever has its fields.
    """
    try:
        content = json.loads(payload[CONTENT])
        cls = _CLASSES.get(payload[TYPE], Node if "text_resource" in content else TextNode)
        return cls.from_dict(content)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"the payload holds no LlamaIndex node ({type(error).__name__}: {error})"
        ) from error


def payload_change(before: BaseNode, after: BaseNode) -> dict[str, Any]:
    """The payload of `after` for the point that holds `before`; keys that are no more are None.

    `set_payload` leaves other keys as they are, and a null counts as absent.
    """
    new = node_to_payload(after)
    return {**dict.fromkeys(node_to_payload(before).keys() - new.keys()), **new}


_REFERENCES = (DOC_ID, REF_DOC_ID)


def _in_time_and_space(metadata: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    taken, latitude, longitude = (metadata.get(key) for key in (TAKEN, LATITUDE, LONGITUDE))
    if isinstance(taken, str) and (when := stretch(taken)):
        found[TAKEN_AT] = when[0]
    if _is_degrees(latitude, 90) and _is_degrees(longitude, 180):
        found[GEO] = {"lat": latitude, "lon": longitude}
    return found


def _is_degrees(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= most


def _refuse_bytes(node: BaseNode) -> None:
    for name in _RESOURCES:
        resource = getattr(node, name, None)
        if resource is not None and resource.data and not (resource.path or resource.url):
            raise InvalidPoint(
                f"node {node.node_id} carries the bytes of its {name}; an index keeps none: "
                "write them to a file and give MediaResource its path"
            )
    if isinstance(node, ImageNode) and node.image and not (node.image_path or node.image_url):
        raise InvalidPoint(
            f"node {node.node_id} carries the bytes of its image; an index keeps none: write them "
            "to a file and give image_path"
        )


def _is_filterable(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is_scalar(item) for item in value)
    return _is_scalar(value)


def _is_scalar(value: object) -> bool:
    if isinstance(value, bool | str):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return isinstance(value, float) and math.isfinite(value)
