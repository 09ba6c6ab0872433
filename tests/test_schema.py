"""Node metadata, provenance and ids."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import MetadataMode, Node, NodeRelationship

from mmrag.modalities import Modality
from mmrag.schema import (
    SOURCE,
    BBox,
    Provenance,
    Span,
    as_document,
    build_node,
    clipped,
    document_id,
    node_id,
    number_nodes,
    pack_span,
    provenance_of,
    spans_of,
    text_of,
    union,
    unpack_span,
)

PAGE = Provenance("books/log.pdf", 3, (0.1, 0.2, 0.9, 0.8), heading=("Instruments", "Barometers"))
SPANS = (Span(0, 4, bbox=(0.1, 0.2, 0.9, 0.3)), Span(5, 9, bbox=(0.1, 0.3, 0.5, 0.4)))

fractions = st.floats(0, 1)
boxes = st.builds(clipped, fractions, fractions, fractions, fractions)
spans = st.one_of(
    st.builds(Span, st.integers(0, 9), st.integers(0, 99), bbox=boxes),
    st.builds(
        Span,
        st.integers(0, 9),
        st.integers(0, 99),
        start_ms=st.integers(0, 10**9),
        end_ms=st.integers(0, 10**9),
    ),
)


def page_node(text: str = "Rain fell", path: Path | None = None) -> Node:
    return build_node(
        text,
        PAGE,
        modality=Modality.TEXT,
        mimetype="application/pdf",
        path=path or Path("/data/books/log.pdf"),
        spans=SPANS,
    )


@given(spans)
def test_a_packed_span_comes_back(span: Span) -> None:
    assert unpack_span(pack_span(span)) == span


def test_a_quote_is_cut_down_to_its_own_lines() -> None:
    assert PAGE.narrowed(SPANS, 0, 4).bbox == (0.1, 0.2, 0.9, 0.3)
    assert PAGE.narrowed(SPANS, 2, 6).bbox == (0.1, 0.2, 0.9, 0.4)
    assert PAGE.narrowed(SPANS, 4, 5) == PAGE  # between the lines: no line is touched
    assert PAGE.narrowed(SPANS, 5, 9).heading == PAGE.heading
    said = [Span(0, 4, start_ms=100, end_ms=300), Span(5, 9, start_ms=350, end_ms=900)]
    whole = Provenance("talk.ogg", start_ms=0, end_ms=60_000)
    assert whole.narrowed(said, 5, 7) == Provenance("talk.ogg", start_ms=350, end_ms=900)
    assert whole.narrowed(said, 0, 9) == Provenance("talk.ogg", start_ms=100, end_ms=900)


@given(st.lists(boxes, min_size=1))
def test_a_union_holds_every_box_and_nothing_more(all_boxes: list[BBox]) -> None:
    held = union(all_boxes)
    for side, furthest in enumerate((min, min, max, max)):
        assert held[side] == furthest(box[side] for box in all_boxes)


def test_boxes_are_clipped_to_the_page_and_rounded() -> None:
    assert clipped(-0.2, 0.123456, 1.7, 0.99999) == (0.0, 0.1235, 1.0, 1.0)


def test_ids_are_the_same_in_every_run_and_differ_by_all_that_they_are_made_of() -> None:
    # pinned: an index made today must be found by the next version
    assert document_id("a.md") == "e1813ef6-86fc-5285-a428-429fa06218b3"
    ids = [
        document_id("a.md"),
        document_id("b.md"),
        node_id("a.md", "ff", 0),
        node_id("a.md", "ff", 1),
        node_id("a.md", "fe", 0),
        node_id("b.md", "ff", 0),
        node_id("a.md", "ff", 11),
        node_id("a.md1", "ff", 1),
        node_id("a.md", "ff1", 1),
        document_id("a.md", "ann"),
        document_id("a.md", "bob"),
        node_id("a.md", "ff", 0, "ann"),
        node_id("a.md", "ff", 0, "bob"),
    ]
    assert node_id("a.md", "ff", 0) == "9663ff0a-3c0b-5dfe-843c-c3d1e1c3d52e"
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(found).version for found in ids} == {5}


def test_provenance_goes_through_metadata_and_back() -> None:
    node = page_node()
    assert provenance_of(node) == PAGE
    assert spans_of(node) == list(SPANS)
    assert text_of(node) == "Rain fell"


def test_title_heading_and_text_are_embedded_and_the_model_also_reads_the_source() -> None:
    node = page_node()
    node.metadata.update(sha256="ff", chunk=0)
    assert (
        node.get_content(MetadataMode.EMBED) == "books log\nInstruments > Barometers\n\nRain fell"
    )
    read = node.get_content(MetadataMode.LLM)
    assert "books/log.pdf" in read
    assert "/data" not in read
    assert "application/pdf" not in read


@pytest.mark.parametrize(
    ("modality", "mimetype", "resource"),
    [
        (Modality.IMAGE, "image/png", "image_resource"),
        (Modality.AUDIO, "audio/ogg", "audio_resource"),
        (Modality.IMAGE, "application/pdf", None),  # a page: the file as a whole is no picture
        (Modality.TEXT, "text/plain", None),
    ],
)
def test_media_keep_their_path_and_pages_do_not_pretend(
    modality: Modality, mimetype: str, resource: str | None
) -> None:
    node = build_node("", Provenance("a"), modality=modality, mimetype=mimetype, path="/data/a")
    names = ("image_resource", "audio_resource", "video_resource")
    held = {name: getattr(node, name) for name in names if getattr(node, name) is not None}
    assert list(held) == ([resource] if resource else [])
    for media in held.values():
        assert (media.path, media.mimetype, media.data) == (Path("/data/a"), mimetype, None)


def test_numbering_gives_ids_and_the_relationship_that_llamaindex_deletes_by() -> None:
    nodes = [page_node("one"), page_node("two")]
    number_nodes(nodes, "ff")
    assert [node.node_id for node in nodes] == [node_id(PAGE.source, "ff", i) for i in (0, 1)]
    assert [(n.metadata["sha256"], n.metadata["chunk"]) for n in nodes] == [("ff", 0), ("ff", 1)]
    assert [node.ref_doc_id for node in nodes] == [document_id(PAGE.source)] * 2
    assert list(nodes[0].relationships) == [NodeRelationship.SOURCE]


@pytest.mark.parametrize("mode", [MetadataMode.EMBED, MetadataMode.LLM])
def test_a_document_has_the_content_and_metadata_of_its_node(mode: MetadataMode) -> None:
    node = page_node()
    number_nodes([node], "ff")
    document = as_document(node)
    assert (document.id_, document.text) == (node.id_, "Rain fell")
    assert document.metadata == node.metadata
    assert document.get_content(mode) == node.get_content(mode)
    document.metadata[SOURCE] = "changed"
    assert node.metadata[SOURCE] == PAGE.source


def test_a_node_survives_llamaindexs_own_serialisation() -> None:
    node = page_node()
    number_nodes([node], "ff")
    again = Node.from_dict(node.to_dict())
    assert (again.node_id, again.ref_doc_id) == (node.node_id, node.ref_doc_id)
    assert (provenance_of(again), spans_of(again)) == (PAGE, list(SPANS))
    for mode in MetadataMode:
        assert again.get_content(mode) == node.get_content(mode)


def test_nodes_made_elsewhere_give_what_can_be_known() -> None:
    foreign = Node(metadata={"file_path": "/x/a.pdf", "page_label": "12"})
    assert provenance_of(foreign) == Provenance("/x/a.pdf", page=12)
    assert provenance_of(Node(metadata={"page_label": "iv"})).page is None
    assert provenance_of(Node(id_="n1")).source == "n1"


def test_halves_of_pairs_are_replaced_and_long_titles_cut() -> None:
    place = Provenance("a.json", heading=("\ud800 key", "t" * 1000))
    node = build_node("a \udfff b", place, modality=Modality.TEXT, mimetype="application/json")
    assert text_of(node) == "a \ufffd b"
    assert node.metadata["heading"] == "\ufffd key > " + "t" * 200
