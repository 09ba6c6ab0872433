"""Plain text and encodings."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.errors import CorruptFile, EmptyFile, LimitExceeded, LoadError
from mmrag.loaders.limits import Limits
from mmrag.loaders.text import PlainTextReader, read_text, unwrapped
from mmrag.schema import provenance_of, text_of

SWEDISH = "Räksmörgås på bordet, kaffe och kakor är gott. "


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SWEDISH, "utf-8"),
        (SWEDISH, "utf-8-sig"),
        (SWEDISH, "latin-1"),
        ("Övning", "latin-1"),
        (SWEDISH, "utf-16"),
        (SWEDISH, "utf-32"),
        ("Été à la plage – “oui”", "cp1252"),
        ("Привет мир, как дела сегодня", "cp1251"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. " * 3, "cp1250"),
    ],
)
def test_encodings(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read_text(path) == text


def test_line_breaks_are_one_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\r\nb\rc\n")
    assert read_text(path) == "a\nb\nc\n"


def test_wrapped_lines_are_joined_and_lists_are_not() -> None:
    wrapped = (
        "The barometer in the hall came from a maker in\n"
        "Gothenburg and shows the weather to this day\n"
        "without fail."
    )
    assert "\n" not in unwrapped(wrapped)
    ragged = wrapped.replace(" and shows", "\nand shows")
    assert unwrapped(ragged) == unwrapped(wrapped)
    items = (
        "- the first item of a list that is rather long\n- the second item of the same long list"
    )
    assert unwrapped(items) == items
    assert unwrapped("Anna\nBo\nCecilia") == "Anna\nBo\nCecilia"


def test_paragraphs_and_form_feeds(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("One.\n\nTwo.\fThree.", encoding="utf-8")
    nodes = PlainTextReader().read(path, source="a.txt")
    assert [(text_of(n), provenance_of(n).page) for n in nodes] == [
        ("One.\nTwo.", 1),
        ("Three.", 2),
    ]
    assert nodes[0].metadata["mimetype"] == "text/plain"


def test_long_texts_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text((SWEDISH * 50 + "\n\n") * 200, encoding="utf-8")
    nodes = PlainTextReader().read(path, source="a.txt")
    assert "".join(text_of(n) for n in nodes).count("Räksmörgås") == 10_000


def test_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(LoadError, match="no such file"):
        read_text(path)
    path.write_bytes(b"")
    with pytest.raises(EmptyFile):
        read_text(path)
    path.write_bytes(b"\xef\xbb\xbf\xff\xff")
    with pytest.raises(CorruptFile, match="utf-8"):
        read_text(path)
    path.write_text("x" * 100)
    with pytest.raises(LimitExceeded, match="has 100 document_bytes; limit document_bytes=99"):
        read_text(path, Limits(document_bytes=99))
    with pytest.raises(LimitExceeded, match="has 100 text_chars; limit text_chars=99"):
        read_text(path, Limits(text_chars=99))


def test_pages_and_paragraphs_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a\n\n" * 5 + "b\fc")
    assert len(PlainTextReader().read(path, source="s")) == 2
    with pytest.raises(LimitExceeded, match="has 5 elements; limit elements=4"):
        PlainTextReader(limits=Limits(elements=4)).read(path, source="s")
    with pytest.raises(LimitExceeded, match="has 2 pages; limit pages=1"):
        PlainTextReader(limits=Limits(pages=1)).read(path, source="s")


def test_an_encoding_is_told_by_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "Зимой в хижине было холодно, и козы ели журнал наблюдений. " * 6000
    path.write_bytes(text.encode("cp1251"))
    assert read_text(path) == text
