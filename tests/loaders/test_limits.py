"""Zip bombs and hostile XML are refused before a parser sees them."""

from __future__ import annotations

import inspect
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest

from mmrag.errors import CorruptFile, LimitExceeded, LoadError
from mmrag.loaders.docx import DocxReader
from mmrag.loaders.limits import Limits, check_zip
from mmrag.loaders.registry import read_file

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
"""


def replaced(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of an Office file with one part changed."""
    out = path.with_name(f"x{path.suffix}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == member else data)
    return out


@pytest.fixture
def word(tmp_path: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("MARK")
    document.save(str(tmp_path / "a.docx"))
    return tmp_path / "a.docx"


@pytest.fixture
def excel(tmp_path: Path) -> Path:
    workbook = openpyxl.Workbook()
    workbook.active.append(["MARK", "b"])
    workbook.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def laughing(data: bytes) -> bytes:
    body = re.sub(rb"^<\?xml[^>]*\?>\s*", b"", data)
    return LAUGHS.encode() + body.replace(b"MARK", b"&lol2;")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_office_files(word: Path, excel: Path, encoding: str) -> None:
    def encoded(data: bytes) -> bytes:
        text = (
            laughing(data).decode().replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
        )
        return text.encode(encoding)

    for path, member in ((word, "word/document.xml"), (excel, "xl/worksheets/sheet1.xml")):
        with pytest.raises(CorruptFile, match=f"{member} declares a DTD"):
            read_file(replaced(path, member, encoded), "s")


def test_bomb_in_a_word_file(word: Path) -> None:
    bomb = replaced(word, "word/document.xml", lambda data: data + b" " * (64 << 20))
    assert bomb.stat().st_size < 200_000
    with pytest.raises(LimitExceeded, match=r"word/document.xml unpacks to .*limit zip_ratio=200"):
        read_file(bomb, "s")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(zip_entries=2), "has 3 zip_entries; limit zip_entries=2"),
        (Limits(zip_total_bytes=2999), "has 3000 zip_total_bytes"),
        (Limits(zip_markup_bytes=999), "has 1000 zip_markup_bytes"),
        (Limits(zip_ratio_from=500, zip_ratio=5), "limit zip_ratio=5"),
        (Limits(document_bytes=10), "limit document_bytes=10"),
    ],
)
def test_each_limit(make_zip: Callable[..., Path], limits: Limits, message: str) -> None:
    xml = b"<a>" + b" " * 993 + b"</a>"
    path = make_zip("a.zip", {"a.xml": xml, "b.bin": b"x" * 1000, "c.bin": b"y" * 1000})
    check_zip(path)
    with pytest.raises(LimitExceeded, match=message):
        check_zip(path, limits)


def test_encrypted_members(make_zip: Callable[..., Path]) -> None:
    path = make_zip("a.zip", {"a.xml": b"<a/>"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    path.write_bytes(data)
    with pytest.raises(CorruptFile, match="encrypted; save it without a password"):
        check_zip(path)


def test_a_directory_that_understates_a_size_gains_nothing(make_zip: Callable[..., Path]) -> None:
    path = make_zip("a.zip", {"a.xml": b"<a>" + b" " * 100_000 + b"</a>"})
    size = (100_007).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(CorruptFile, match="zip container"):
        check_zip(path)


def test_damaged_zip_and_damaged_xml(make_zip: Callable[..., Path], word: Path) -> None:
    with pytest.raises(CorruptFile, match=r"a.xml is not XML"):
        check_zip(make_zip("a.zip", {"a.xml": b"words"}))
    data = word.read_bytes()
    word.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptFile, match="zip container"):
        check_zip(word)


@pytest.mark.parametrize("name", ["pipe.txt", "pipe.pdf"])
def test_a_pipe_is_refused_and_not_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(LoadError, match="is a device, pipe or socket"):
        read_file(tmp_path / name, "s")


def test_media_are_bounded_too(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(100))
    with pytest.raises(LimitExceeded, match="has 104 media_bytes; limit media_bytes=103"):
        read_file(path, "s", limits=Limits(media_bytes=103))


def merged(word: Path, span: str) -> Path:
    cell = (
        b"<w:tc><w:tcPr><w:gridSpan w:val='%s'/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>"
    )
    table = b"<w:tbl>" + (b"<w:tr>" + cell % span.encode() + b"</w:tr>") * 3 + b"</w:tbl>"
    return replaced(
        word, "word/document.xml", lambda xml: xml.replace(b"<w:body>", b"<w:body>" + table)
    )


def test_merged_cells_count_as_often_as_they_are_repeated(word: Path) -> None:
    assert len(read_file(merged(word, "40"), "s", limits=Limits(cells=120))) == 2
    with pytest.raises(LimitExceeded, match="has 120 cells; limit cells=119"):
        read_file(merged(word, "40"), "s", limits=Limits(cells=119))
    assert len(read_file(merged(word, "no number"), "s")) == 1


def test_nested_parts_are_told_as_such(word: Path) -> None:
    deep = b"<w:p>" + b"<w:ins>" * 200 + b"</w:ins>" * 200 + b"</w:p>"
    path = replaced(
        word, "word/document.xml", lambda xml: xml.replace(b"<w:body>", b"<w:body>" + deep)
    )
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        with pytest.raises(
            CorruptFile, match="is a Word document whose parts are nested too deeply"
        ):
            DocxReader().read(path, source="s")
    finally:
        sys.setrecursionlimit(before)
