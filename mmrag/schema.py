"""Node metadata, provenance, builders of plain LlamaIndex nodes, deterministic ids.

A node's metadata carries where it came from. Regions are fractions of the page or picture with the
origin at the top left, so that they hold at any resolution; times are integer milliseconds.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from llama_index.core.schema import (
    BaseNode,
    Document,
    MediaResource,
    Node,
    NodeRelationship,
    RelatedNodeInfo,
)

from mmrag.modalities import Modality
from mmrag.words import name_in_words, path_in_words

NAMESPACE = uuid.UUID("6f1c3c1e-5d0b-5d6e-9a53-0b9a2f6c7f11")
"""Namespace of every UUIDv5 that mmrag derives."""

# Metadata keys. Everything under "spans" stays inside the node and is never a filter.
SOURCE, SHA256, CHUNK, MODALITY, MIMETYPE = "source", "sha256", "chunk", "modality", "mimetype"
PAGE, BBOX, START_MS, END_MS = "page", "bbox", "start_ms", "end_ms"
FRAME_MS = "frame_ms"
TITLE, HEADING, VIA, SURROGATE, SPANS = "title", "heading", "via", "surrogate", "spans"
FILE_PATH, PART, TENANT = "file_path", "part", "tenant"
CAPTION_BY = "caption_by"
"""The model that a caption is by."""
NOTE = "note"
"""What could not be done for a node while it was read; taken off before it is stored."""
SUBTITLES = "subtitles"
"""Paths of subtitles that lie beside a recording, for the bridge that reads them and takes this
off; and what `via` says of the words in them."""
FIELDS = "fields"
"""Names of the metadata keys that come from the file itself or from what lies beside it."""
TAKEN, LATITUDE, LONGITUDE = "taken", "latitude", "longitude"
TAKEN_AT, GEO = "taken_at", "geo"
"""Payload keys that stand for these where a range of time or a distance is asked for: a second by
the wall clock as in 20240517140322, and a point of Qdrant's."""
SIDECAR, METADATA = "sidecar", "metadata"
"""What `via` says of a description beside a file, and of what a file says of itself in words."""
MEASURED = "measured"
"""What `via` says of text that was computed from a sensor's numbers."""

LABELS, LABEL_SCORES = "predicted_labels", "predicted_label_scores"
"""What zero-shot classification found, the best first, and its probabilities."""
FLAGS, QUARANTINED = "moderation_flags", "quarantined"
"""Categories of a moderation policy that apply, and whether a node is kept out of searches."""
FLAG_REASONS, POLICY = "moderation_reasons", "moderation_policy"
"""Why each flag was raised, one line each; the policy, its name and a digest of what it says."""

_PLACE = [PAGE, BBOX, START_MS, END_MS, FRAME_MS, SPANS]
_HOW = [VIA, SURROGATE, PART, CAPTION_BY]
_JUDGED = [LABELS, LABEL_SCORES, FLAGS, QUARANTINED, FLAG_REASONS, POLICY]
_UNREAD = [SHA256, CHUNK, MODALITY, MIMETYPE, *_PLACE, *_HOW, *_JUDGED, TENANT, FIELDS]
_NOT_EMBEDDED = [*_UNREAD, SOURCE, FILE_PATH]
_NOT_FOR_LLM = [*_UNREAD, TITLE, FILE_PATH]

_OF_HITS = {"channels", "duplicates", "context"}
_OF_STORES = {"kind", "doc_id", "ref_doc_id", "document_id", "page_label", TAKEN_AT, GEO}
KEYS = frozenset({*_NOT_EMBEDDED, TITLE, HEADING, NOTE, SUBTITLES, *_OF_HITS, *_OF_STORES})
"""Metadata keys that no field of a file may take."""

BBox = tuple[float, float, float, float]
"""(left, top, right, bottom) as fractions 0..1 of the page or picture, origin top left."""


_HALVES = re.compile("[\ud800-\udfff]")
_TITLE_CHARS = 200
"""Of one title in a heading path, which each passage below it repeats."""


@dataclass(frozen=True)
class Span:
    """A stretch of a node's text and where it stands in the source.

    `start` and `end` are character offsets into the node's text. A line of a page or picture has a
    `bbox`; a spoken word has `start_ms` and `end_ms`.
    """

    start: int
    end: int
    bbox: BBox | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    def shifted(self, offset: int) -> Span:
        """The same span in a text that begins `offset` characters earlier."""
        return replace(self, start=self.start + offset, end=self.end + offset)


@dataclass(frozen=True)
class Provenance:
    """Where a node, or a quote from it, stands in its source.

    Attributes:
        source: path as given to `index`, relative to its root, with forward slashes.
        page: 1-based page, slide, sheet or frame; None where there are no pages.
        bbox: region of the page or picture.
        start_ms, end_ms: time range in a recording or film.
        heading: heading path such as ("Instruments", "Barometers"), or (sheet, "rows 2-11").
        frame_ms: when the picture is shown that stands for a stretch of a film.
    """

    source: str
    page: int | None = None
    bbox: BBox | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    heading: tuple[str, ...] = ()
    frame_ms: int | None = None

    def narrowed(self, spans: Sequence[Span], start: int, end: int) -> Provenance:
        """This provenance cut down to the spans that overlap characters `start`..`end`."""
        hit = [s for s in spans if s.start < end and s.end > start]
        boxes = [s.bbox for s in hit if s.bbox is not None]
        starts = [s.start_ms for s in hit if s.start_ms is not None]
        ends = [s.end_ms for s in hit if s.end_ms is not None]
        return replace(
            self,
            bbox=union(boxes) if boxes else self.bbox,
            start_ms=min(starts) if starts else self.start_ms,
            end_ms=max(ends) if ends else self.end_ms,
        )


def union(boxes: Iterable[BBox]) -> BBox:
    """The smallest box that holds all `boxes` (at least one)."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def clipped(left: float, top: float, right: float, bottom: float) -> BBox:
    """A box within 0..1, rounded to 1e-4 of the page (0.03 mm on A4)."""

    def fit(value: float) -> float:
        return round(min(1.0, max(0.0, float(value))), 4)

    return fit(left), fit(top), fit(right), fit(bottom)


def document_id(source: str, tenant: str | None = None) -> str:
    """Id of a document: UUIDv5 of its source. The marker point of the document carries it.

    The same source of two tenants is two documents.
    """
    return str(uuid.uuid5(NAMESPACE, f"{_owner(tenant)}document\0{source}"))


def node_id(source: str, sha256: str, chunk: int, tenant: str | None = None) -> str:
    """Id of a node: UUIDv5 of (source, content hash, chunk), so a repeated write is harmless."""
    return str(uuid.uuid5(NAMESPACE, f"{_owner(tenant)}{source}\0{sha256}\0{chunk}"))


def _owner(tenant: str | None) -> str:
    """What ids of a tenant are made of besides; nothing for what belongs to nobody."""
    return "" if tenant is None else f"tenant\0{tenant}\0"


def build_node(
    text: str,
    provenance: Provenance,
    *,
    modality: Modality,
    mimetype: str,
    path: str | Path | None = None,
    spans: Sequence[Span] = (),
    via: str | None = None,
    surrogate: bool = False,
    part: bool = False,
) -> Node:
    """A plain LlamaIndex `Node` with its provenance in the metadata.

    Args:
        text: what stands in the source; may be empty for media.
        mimetype: of the file. A picture that is a page of a PDF keeps "application/pdf" and gets no
            `image_resource`, for the file as a whole is no picture.
        path: the file; bytes are never kept.
        via: the bridge that made the text from media ("ocr", "asr", "caption"), or where else it is
            from ("subtitles", "sidecar", "metadata", "measured"); None for text as it stands.
        surrogate: the text is only a stand-in (the file's name) and no evidence for anything.
        part: some of the text of a picture that has a node of its own, which carries its vectors.
    """
    metadata: dict[str, Any] = {
        # people ask "in the 1962 report": what a file is called belongs to each of its passages
        TITLE: path_in_words(provenance.source),
        SOURCE: provenance.source,
        MODALITY: modality.value,
        MIMETYPE: mimetype,
    }
    optional = {
        PAGE: provenance.page,
        BBOX: list(provenance.bbox) if provenance.bbox else None,
        START_MS: provenance.start_ms,
        END_MS: provenance.end_ms,
        FRAME_MS: provenance.frame_ms,
        HEADING: " > ".join(whole(title[:_TITLE_CHARS]) for title in provenance.heading) or None,
        VIA: via,
        SURROGATE: surrogate or None,
        PART: part or None,
        FILE_PATH: str(path) if path else None,
        SPANS: [pack_span(span) for span in spans] or None,
    }
    metadata.update({key: value for key, value in optional.items() if value is not None})
    media: dict[str, Any] = {}
    if path is not None and mimetype.startswith(f"{modality.value}/") and modality != "text":
        media[f"{modality.value}_resource"] = MediaResource(path=Path(path), mimetype=mimetype)
    return Node(
        text_resource=MediaResource(text=whole(text)),
        metadata=metadata,
        excluded_embed_metadata_keys=list(_NOT_EMBEDDED),
        excluded_llm_metadata_keys=list(_NOT_FOR_LLM),
        # title, heading path and text are embedded, not the names of metadata keys
        metadata_template="{value}",
        **media,
    )


def whole(text: str) -> str:
    """The text, of the same length, without halves of UTF-16 pairs, which no UTF-8 can say."""
    return _HALVES.sub("\ufffd", text)


def number_nodes(nodes: Sequence[Node], sha256: str, tenant: str | None = None) -> None:
    """Give the nodes of one document their ids, hash, chunk numbers and SOURCE relationship.

    Args:
        tenant: whom they belong to; None leaves them to nobody.
    """
    for chunk, node in enumerate(nodes):
        number_node(node, sha256, chunk, tenant)


def number_node(node: Node, sha256: str, chunk: int, tenant: str | None = None) -> None:
    """Give one node its id, hash, chunk number and SOURCE relationship.

    LlamaIndex deletes by the SOURCE relationship; a node without it would become an orphan.
    """
    node.metadata[SHA256] = sha256
    node.metadata[CHUNK] = chunk
    if tenant is not None:
        node.metadata[TENANT] = tenant
    _identify(node)


def set_fields(node: BaseNode, fields: Mapping[str, Any]) -> None:
    """Give a node the fields of its file in place of those that it has.

    They can be filtered by, and are neither embedded nor shown to a language model with its text.
    """
    unread = (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys)
    for name in node.metadata.pop(FIELDS, ()):
        node.metadata.pop(name, None)
        for keys in unread:
            keys[:] = [key for key in keys if key != name]
    if fields:
        node.metadata.update(fields)
        node.metadata[FIELDS] = sorted(fields)
        for keys in unread:
            keys.extend(sorted(fields))


def fields_of(node: BaseNode) -> dict[str, Any]:
    """The fields of its file that a node carries."""
    names = node.metadata.get(FIELDS) or ()
    return {name: node.metadata[name] for name in names if name in node.metadata}


def judged_of(node: BaseNode) -> dict[str, Any]:
    """Labels and flags that a node was given."""
    return {key: node.metadata[key] for key in _JUDGED if key in node.metadata}


def move_node(node: Node, source: str, path: str | Path) -> None:
    """Let a numbered node be one of another file with the same content, its number kept.

    The words of its name change with it. Of its text only the stand-in for missing words does.
    """
    before = str(node.metadata[SOURCE])
    node.metadata[SOURCE] = source
    if TITLE in node.metadata:
        node.metadata[TITLE] = path_in_words(source)
    if FILE_PATH in node.metadata:
        node.metadata[FILE_PATH] = str(path)
    for resource in (node.image_resource, node.audio_resource, node.video_resource):
        if resource is not None and resource.path is not None:
            resource.path = Path(path)
    words = node.text_resource.text if node.text_resource else None
    if node.metadata.get(SURROGATE) and words == name_in_words(before):
        node.text_resource = MediaResource(text=name_in_words(source))
    _identify(node)


def _identify(node: Node) -> None:
    """Make the id and the SOURCE relationship of a node from its metadata."""
    source, tenant = str(node.metadata[SOURCE]), node.metadata.get(TENANT)
    node.id_ = node_id(source, str(node.metadata[SHA256]), int(node.metadata[CHUNK]), tenant)
    node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(
        node_id=document_id(source, tenant)
    )


def as_document(node: Node) -> Document:
    """The same content as a LlamaIndex `Document`, as `SimpleDirectoryReader` returns them."""
    return Document(
        id_=node.id_,
        text_resource=node.text_resource,
        image_resource=node.image_resource,
        audio_resource=node.audio_resource,
        video_resource=node.video_resource,
        metadata=dict(node.metadata),
        excluded_embed_metadata_keys=list(node.excluded_embed_metadata_keys),
        excluded_llm_metadata_keys=list(node.excluded_llm_metadata_keys),
        metadata_template=node.metadata_template,
    )


def text_of(node: BaseNode) -> str:
    """The bare text of any LlamaIndex node, without its metadata."""
    if isinstance(node, Node):
        return (node.text_resource.text or "") if node.text_resource else ""
    return node.get_content()


def provenance_of(node: BaseNode) -> Provenance:
    """Read a node's provenance back; nodes made elsewhere get what can be known of them."""
    meta: Mapping[str, Any] = node.metadata
    bbox = meta.get(BBOX)
    heading = str(meta.get(HEADING) or "")
    page = meta.get(PAGE, meta.get("page_label"))
    return Provenance(
        source=str(meta.get(SOURCE) or meta.get("file_path") or node.ref_doc_id or node.node_id),
        page=int(page) if page is not None and str(page).isdigit() else None,
        bbox=(bbox[0], bbox[1], bbox[2], bbox[3]) if bbox else None,
        start_ms=meta.get(START_MS),
        end_ms=meta.get(END_MS),
        frame_ms=meta.get(FRAME_MS),
        heading=tuple(heading.split(" > ")) if heading else (),
    )


def spans_of(node: BaseNode) -> list[Span]:
    """The spans kept in a node's metadata."""
    return [unpack_span(packed) for packed in node.metadata.get(SPANS) or ()]


def pack_span(span: Span) -> list[Any]:
    """A span as a short list: [start, end, "b", 4 fractions] or [start, end, "t", from, to]."""
    if span.bbox is not None:
        return [span.start, span.end, "b", *span.bbox]
    return [span.start, span.end, "t", span.start_ms, span.end_ms]


def unpack_span(packed: Sequence[Any]) -> Span:
    """The inverse of `pack_span`."""
    start, end, kind, *rest = packed
    if kind == "b":
        left, top, right, bottom = rest
        return Span(start, end, bbox=(left, top, right, bottom))
    return Span(start, end, start_ms=rest[0], end_ms=rest[1])
