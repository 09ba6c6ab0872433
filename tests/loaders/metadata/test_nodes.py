"""Fields on nodes, the node of their words, and what becomes of both when fields change."""

from __future__ import annotations

from pathlib import Path

from llama_index.core.schema import MetadataMode, Node
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from mmrag.loaders.metadata.fields import Fields
from mmrag.loaders.metadata.nodes import refreshed
from mmrag.loaders.registry import read_file
from mmrag.schema import CHUNK, METADATA, VIA, fields_of, text_of
from mmrag.spaces import shows
from mmrag.store.nodes import node_to_payload, payload_change, payload_to_node

PAGE = """<html><head><title>{title}</title><meta name="author" content="Karin Nyberg">
<meta name="keywords" content="rime"></head><body><h1>Rime on the ridge</h1><p>It grows into the
wind.</p><h2>Ice</h2><p>By Karin Nyberg.</p></body></html>"""


def page(tmp_path: Path, title: str = "Rime on the ridge") -> list[Node]:
    path = tmp_path / "a.html"
    path.write_text(PAGE.format(title=title))
    return read_file(path, "a.html")


def photo(tmp_path: Path, comment: str = "") -> list[Node]:
    path = tmp_path / "hut.jpg"
    Image.new("RGB", (8, 8)).save(path, comment=comment)
    return read_file(path, "hut.jpg")


def test_every_node_has_the_fields_and_embeds_none(tmp_path: Path) -> None:
    passages = page(tmp_path)
    assert len(passages) == 2
    fields = {
        "document_title": "Rime on the ridge",
        "author": ["Karin Nyberg"],
        "keywords": ["rime"],
    }
    for node in passages:
        assert fields_of(node) == fields
        payload = node_to_payload(node)
        assert {name: payload[name] for name in fields} == fields
        for mode in (MetadataMode.EMBED, MetadataMode.LLM):
            assert "['" not in node.get_content(mode)


def test_words_are_a_node_unless_the_document_begins_with_them(tmp_path: Path) -> None:
    plain = [node for node in page(tmp_path) if VIA not in node.metadata]
    (words,) = [node for node in page(tmp_path, "Six seasons") if node.metadata.get(VIA)]
    assert (words.metadata[VIA], words.metadata[CHUNK]) == (METADATA, len(plain))
    assert text_of(words) == "Title: Six seasons"


def test_the_words_of_a_picture_are_no_picture(tmp_path: Path) -> None:
    whole, words = photo(tmp_path, "Anna Lind at the hut")
    assert (text_of(whole), text_of(words)) == ("", "Description: Anna Lind at the hut")
    assert words.metadata["modality"] == "image"
    assert shows(whole) is not None and shows(words) is None
    assert len(photo(tmp_path, "hut")) == 1  # its name says so already


def change(nodes: list[Node], fields: Fields) -> tuple[list[Node], list[Node], tuple[str, ...]]:
    before = [node.model_dump() for node in nodes]
    after = refreshed(nodes, fields)
    assert [node.model_dump() for node in nodes] == before
    assert all(fields_of(node) == fields for node in (*after.same, *after.anew))
    return list(after.same), list(after.anew), after.gone


def test_other_fields_change_the_payload_alone(tmp_path: Path) -> None:
    nodes = photo(tmp_path, "Anna Lind at the hut")
    same, anew, gone = change(nodes, {**fields_of(nodes[0]), "camera": "X100"})
    assert [node.node_id for node in same] == [node.node_id for node in nodes]
    assert [text_of(node) for node in same] == [text_of(node) for node in nodes]
    assert (anew, gone) == ([], ())


def test_other_words_are_embedded_anew_under_the_same_id(tmp_path: Path) -> None:
    nodes = photo(tmp_path, "Anna Lind at the hut")
    same, (words,), gone = change(nodes, {"description": "Erik Berg at the hut"})
    assert [node.node_id for node in same] == [nodes[0].node_id]
    assert words.node_id == nodes[1].node_id
    assert text_of(words) == "Description: Erik Berg at the hut"
    assert gone == ()


def test_the_order_of_nodes_is_of_no_consequence(tmp_path: Path) -> None:
    nodes = page(tmp_path, "Six seasons")
    fields: Fields = {"document_title": "Rime on the ridge", "album": "Winter"}
    for given in (nodes, nodes[::-1]):
        same, (words,), _gone = change(given, fields)
        assert [node.metadata[CHUNK] for node in same] == [0, 1]
        assert (text_of(words), words.node_id) == ("Album: Winter", nodes[2].node_id)


def test_a_document_that_begins_with_a_picture_is_no_picture(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.setTitle("Rime on the ridge")
    canvas.rect(50, 50, 100, 100, fill=1)
    canvas.save()
    scan, words = read_file(tmp_path / "scan.pdf", "scan.pdf")
    assert (scan.metadata["modality"], words.metadata["modality"]) == ("image", "text")
    assert "part" not in words.metadata


def test_words_come_and_go(tmp_path: Path) -> None:
    bare = photo(tmp_path)
    same, (words,), gone = change(bare, {"description": "Anna Lind at the hut"})
    assert (len(same), gone) == (1, ())
    # as if it had been read so; only the file, and so the digest, is another one here
    assert words.metadata[CHUNK] == 1 and words.ref_doc_id == bare[0].ref_doc_id
    same, anew, gone = change([*same, words], {"camera": "X100"})
    assert (len(same), anew, gone) == (1, [], (words.node_id,))


def test_a_payload_forgets_fields_that_are_gone(tmp_path: Path) -> None:
    nodes = photo(tmp_path)
    fields: Fields = {"taken": "2024-05-17", "latitude": 59.3, "longitude": 18.1, "camera": "X100"}
    (before,) = refreshed(nodes, fields).same
    held = node_to_payload(before)
    assert (held["taken_at"], held["geo"]) == (20240517000000, {"lat": 59.3, "lon": 18.1})
    (after,) = refreshed([before], {"camera": "X70"}).same
    changed = payload_change(before, after)
    assert {key for key, value in changed.items() if value is None} == {
        *("taken", "taken_at", "latitude", "longitude", "geo")
    }
    assert payload_to_node({**held, **changed}) == after
