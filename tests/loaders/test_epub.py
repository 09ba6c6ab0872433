"""EPUB: spine order, headings, missing and encrypted parts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmrag.errors import CorruptFile
from mmrag.loaders.epub import EpubReader
from mmrag.schema import provenance_of, text_of

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Book</dc:title></metadata>
<manifest>
<item id="b" href="text/two%20x.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="c" href="x.css" media-type="text/css"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine>
</package>"""


def page(body: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE html><html><head><title>t</title></head>{body}</html>'


BOOK = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/nav.xhtml": page("<body><h1>Contents</h1><a>One</a></body>"),
    "OEBPS/text/two x.xhtml": page("<body><h1>Two</h1><p>Second.</p></body>"),
    "OEBPS/text/one.xhtml": page("<body><h1>One</h1><h2>Inner</h2><p>Först.</p></body>"),
    "OEBPS/x.css": "p{}",
}


def test_spine_order(make_zip: Callable[..., Path]) -> None:
    nodes = EpubReader().read(make_zip("a.epub", BOOK), source="s")
    assert [(provenance_of(n).heading, text_of(n)) for n in nodes] == [
        (("The Book", "One", "Inner"), "Först."),
        (("The Book", "Two"), "Second."),
    ]


def test_damage(make_zip: Callable[..., Path]) -> None:
    without = {name: text for name, text in BOOK.items() if "two" not in name}
    with pytest.raises(CorruptFile, match=r"There is no item named .*two x"):
        EpubReader().read(make_zip("a.epub", without), source="s")
    encryption = '<e><CipherReference URI="OEBPS/text/one.xhtml"/></e>'
    with pytest.raises(CorruptFile, match="DRM"):
        EpubReader().read(
            make_zip("b.epub", BOOK | {"META-INF/encryption.xml": encryption}), source="s"
        )
    laughs = '<!DOCTYPE x [<!ENTITY l "l"><!ENTITY m "&l;&l;">]>' + CONTAINER
    with pytest.raises(CorruptFile, match="unsafe XML"):
        EpubReader().read(make_zip("c.epub", BOOK | {"META-INF/container.xml": laughs}), source="s")
