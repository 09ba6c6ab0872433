"""From a file to numbered nodes, and the readers inside LlamaIndex."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile.good_files import good
from llama_index.core import MockEmbedding, SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.schema import Node
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

import mmrag.loaders
from mmrag.errors import EmptyFile, LimitExceeded, LoadError
from mmrag.limits import Limits
from mmrag.loaders import PdfReader, PlainTextReader, read_file, reader_for
from mmrag.loaders.base import FileReader, sha256_of
from mmrag.modalities import FILE_KINDS
from mmrag.schema import document_id, node_id, text_of


@pytest.mark.parametrize("name", FILE_KINDS)
def test_every_kind_has_a_reader(name: str) -> None:
    reader = reader_for(FILE_KINDS[name])
    assert isinstance(reader, FileReader)
    assert reader_for(FILE_KINDS[name]) is reader


def test_read_file_numbers_the_nodes(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("One.\f\fThree.")
    nodes = read_file(path, "box/notes.txt")
    sha256 = sha256_of(path)
    assert [n.node_id for n in nodes] == [node_id("box/notes.txt", sha256, k) for k in (0, 1)]
    assert {n.ref_doc_id for n in nodes} == {document_id("box/notes.txt")}
    assert [n.metadata["page"] for n in nodes] == [1, 3]
    assert nodes[0].metadata["source"] == "box/notes.txt"


def test_a_picture_by_another_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (4, 4)).save(path, "PNG")
    (node,) = read_file(path, "photo.jpg")
    assert node.metadata["mimetype"] == "image/png"


def test_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" \n\n ")
    with pytest.raises(EmptyFile, match="no text"):
        read_file(path, "a.txt")


def test_readers_serve_in_llama_index(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(50, 500, "The barometer hangs in the hall.")

    path = make_pdf(page, page)
    (path.parent / "b.txt").write_text("The clock stands in the attic.")
    documents = SimpleDirectoryReader(
        str(path.parent), file_extractor={".pdf": PdfReader(), ".txt": PlainTextReader()}
    ).load_data()
    assert [(d.text, d.metadata.get("page")) for d in documents] == [
        ("The barometer hangs in the hall.", 1),
        ("The barometer hangs in the hall.", 2),
        ("The clock stands in the attic.", None),
    ]
    assert documents[0].metadata["file_name"] == "a.pdf"
    index = VectorStoreIndex.from_documents(documents, embed_model=MockEmbedding(embed_dim=4))
    hits = index.as_retriever(similarity_top_k=3).retrieve("barometer")
    assert sorted(hit.node.metadata.get("page", 0) for hit in hits) == [0, 1, 2]
    boxes = [hit.node.metadata["bbox"] for hit in hits if "bbox" in hit.node.metadata]
    assert len(boxes) == 2 and boxes[0][0] == pytest.approx(0.125, abs=0.01)


def test_load_data_and_read_agree(make_pdf: Callable[..., Path]) -> None:
    path = make_pdf(lambda canvas: canvas.drawString(50, 500, "Hello there."))
    (document,) = PdfReader().load_data(path, extra_info={"owner": "Ann"})
    (node,) = read_file(path, path.name, metadata="none")
    assert document.id_ == node.id_
    assert document.metadata == {"owner": "Ann", **node.metadata}
    assert document.text == text_of(node)


def test_import_is_light() -> None:
    heavy = "av PIL pypdfium2 pdfplumber docx pptx openpyxl bs4 lxml llama_index".split()
    code = f"import sys, mmrag.loaders; print([m for m in {heavy} if m in sys.modules])"
    root = Path(mmrag.loaders.__file__).parents[2]
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert out.stdout.strip() == "[]"


def test_names() -> None:
    assert mmrag.loaders.__all__ == sorted(mmrag.loaders.__all__)
    for name in mmrag.loaders.__all__:
        assert getattr(mmrag.loaders, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mmrag.loaders.nothing  # noqa: B018


class Broken(FileReader):
    """A stand-in for a reader with a fault of its own."""

    fault: Exception = RuntimeError()

    def read(self, path: Path, *, source: str) -> list[Node]:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (KeyError("x"), LoadError, "could not be read as text: KeyError: 'x'"),
        (OSError(5, "no luck", "/a/b"), LoadError, "could not be read as text: OSError: no luck"),
        (MemoryError(), LimitExceeded, "needs more memory than there is"),
        (EmptyFile("a", "is empty"), EmptyFile, "is empty"),
    ],
)
def test_whatever_a_reader_raises_costs_one_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    kind: type[LoadError],
    reason: str,
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("words")
    monkeypatch.setattr(Broken, "fault", fault)
    monkeypatch.setattr("mmrag.loaders.registry.reader_for", lambda *_: Broken())
    with pytest.raises(kind) as caught:
        read_file(path, "s")
    assert type(caught.value) is kind
    assert caught.value.reason.startswith(reason)


def test_where_a_file_lies_is_not_told_in_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(good("docx")[:2000])
    with pytest.raises(LoadError) as caught:
        read_file(path, "s")
    assert str(tmp_path) not in caught.value.reason


def test_limits_reach_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("One.\fTwo.\fThree.")
    assert len(read_file(path, "s")) == 3
    with pytest.raises(LimitExceeded, match="limit pages=1"):
        read_file(path, "s", limits=Limits(pages=1))


def test_a_name_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.txt"))
    path.write_text("words")
    with pytest.raises(LoadError, match="has a name that is no UTF-8; rename it"):
        read_file(path, path.name)
