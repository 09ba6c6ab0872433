"""PDF files with loops, lies, depths and far too much in them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from hostile.cases import Case, Expect, case

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_TEXT = b"BT /F 12 Tf 40 500 Td (The barometer hangs in the hall.) Tj ET"
_PAGE = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>"
)
# PDFium draws a form wherever it is named, also within itself
_LOOPS = ("form-self", "form-laughs")
_BASE = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: _PAGE,
    5: _FONT,
}


def pdf(objects: Mapping[int, bytes], content: bytes = _TEXT, *, trailer: bytes = b"") -> bytes:
    """A PDF of these objects; number 4 is the content of the page unless it is given."""
    whole = {**_BASE, 4: stream(content, times=len(content) > 10_000), **objects}
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in sorted(whole.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    last = max(whole)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        used = b"n" if number in places else b"f"
        out += b"%010d 00000 %s \n" % (places.get(number, 0), used)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (last + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(data: bytes, entries: bytes = b"", *, times: int = 0) -> bytes:
    """A stream object, packed `times` times over."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = b"/Filter[" + b"/FlateDecode" * times + b"]" if times else b""
    return b"<</Length %d%s%s>>stream\n" % (len(data), filters, entries) + data + b"\nendstream"


def pdf_bombs() -> Iterator[Case]:
    """A file a row."""
    for name, what, data in (*_trees(), *_streams(), *_drawings()):
        expect: Expect = "stopped" if name in _LOOPS else "either"
        yield case(f"pdf/{name}.pdf", what, expect, data)


def _pages(count: int, **changes: bytes) -> bytes:
    kids = b"3 0 R " * count
    return b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)


def _trees() -> Iterator[tuple[str, str, bytes]]:
    deep = b"[" * 200_000 + b"]" * 200_000
    yield (
        "cycle",
        "a page tree that holds itself",
        pdf({2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"}),
    )
    yield (
        "cycle-two",
        "two nodes that hold each other",
        pdf(
            {
                2: b"<</Type/Pages/Kids[6 0 R]/Count 3>>",
                6: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 3>>",
            }
        ),
    )
    yield (
        "million",
        "a million pages stated, one there",
        pdf({2: b"<</Type/Pages/Kids[3 0 R]/Count 1000000>>"}),
    )
    yield (
        "four-thousand",
        "4,000 pages stated, one there",
        pdf({2: b"<</Type/Pages/Kids[3 0 R]/Count 4000>>"}),
    )
    yield "negative", "-5 pages stated", pdf({2: b"<</Type/Pages/Kids[3 0 R]/Count -5>>"})
    yield "none", "no pages", pdf({2: b"<</Type/Pages/Kids[]/Count 0>>"})
    yield "no-root", "a root that is not there", pdf({1: b"null"})
    yield "root-self", "pages that are the catalog", pdf({1: b"<</Type/Catalog/Pages 1 0 R>>"})
    text = b"BT /F 1 Tf 12 TL 40 590 Td " + b"(words and words) ' " * 300 + b" ET"
    yield "repeated", "one page of 4,800 characters 200 times", pdf({2: _pages(200)}, text)
    yield "blank", "one empty page 4,999 times", pdf({2: _pages(4999)}, b" ")
    yield "xref-loop", "a table of places that goes before itself", pdf({}, trailer=b"/Prev 9")
    same = pdf({})
    at = same.rindex(b"startxref") + 10
    start = same[at:].split(b"\n")[0]
    yield (
        "xref-self",
        "a table of places that names itself",
        same.replace(b"/Root", b"/Prev %s/Root" % start),
    )
    yield "xref-far", "a table of places beyond the file", same[:at] + b"99999999\n%%EOF"
    yield (
        "size",
        "two thousand million objects stated",
        same.replace(b"/Size 6", b"/Size 2147483647"),
    )
    yield "deep-array", "arrays, 200,000 levels", pdf({6: deep}, trailer=b"/Info 6 0 R")
    yield (
        "deep-page",
        "a page entry of 200,000 levels",
        pdf({3: _PAGE[:-2] + b"/Annots " + deep + b">>"}),
    )
    kids = {n: b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (n + 1) for n in range(10, 3000)}
    kids[3000] = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    yield (
        "deep-tree",
        "a page tree of 3,000 levels",
        pdf({2: b"<</Type/Pages/Kids[10 0 R]/Count 1>>", **kids}),
    )
    yield "reference", "an object that is itself", pdf({4: b"4 0 R"})
    yield (
        "length",
        "a stream of 4 GB stated",
        pdf({4: stream(_TEXT).replace(b"/Length ", b"/Length 4294967295%")}),
    )
    yield (
        "length-self",
        "a stream whose length is the stream",
        pdf({4: b"<</Length 4 0 R>>stream\n" + _TEXT + b"\nendstream"}),
    )
    for name, box in (
        ("zero", b"0 0 0 0"),
        ("endless", b"0 0 1e30 1e30"),
        ("back", b"400 600 0 0"),
        ("nan", b"0 0 nan inf"),
        ("far", b"-2e9 -2e9 2e9 2e9"),
        ("thin", b"0 0 0.001 1e6"),
    ):
        data = pdf({3: _PAGE.replace(b"0 0 400 600", box)}, _TEXT)
        yield f"box-{name}", f"a page of [{box.decode()}]", data
        blank = pdf({3: _PAGE.replace(b"0 0 400 600", box)}, b"0 0 m 9 9 l S")
        yield f"box-{name}-blank", f"a page of [{box.decode()}] without text", blank


def _streams() -> Iterator[tuple[str, str, bytes]]:
    zeros = bytes(50 << 20)
    yield "flate", "content of 50 MB from 50 kB", pdf({4: stream(zeros, times=1)})
    yield "flate-twice", "content of 50 MB from 500 bytes", pdf({4: stream(zeros, times=2)})
    yield (
        "filters",
        "a thousand filters",
        pdf({4: stream(_TEXT, b"/Filter[" + b"/ASCIIHexDecode" * 1000 + b"]")}),
    )
    predictor = b"/DecodeParms<</Predictor 12/Columns 2147483647/Colors 32/BitsPerComponent 32>>"
    yield "predictor", "a row of 2^31 columns", pdf({4: stream(_TEXT, predictor, times=1)})
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000"
    image += b"/BitsPerComponent %s/ColorSpace/Device%s"
    for name, bits, colour in (("gray", b"1", b"Gray"), ("colour", b"8", b"RGB")):
        bomb = stream(bytes(1 << 20), image % (bits, colour), times=1)
        page = _PAGE.replace(b"/Resources<<", b"/Resources<</XObject<</I 6 0 R>>")
        yield (
            f"image-{name}",
            "a picture of 60,000 x 60,000",
            pdf({3: page, 6: bomb}, b"400 0 0 600 0 0 cm /I Do"),
        )
    filled = b"".join(b"%d 0 %d 1 " % (n, 0) for n in range(2))
    objects = stream(filled + zeros[:1000], b"/Type/ObjStm/N 100000000/First 12", times=1)
    yield "object-stream", "a stream of 10^8 objects stated", pdf({6: objects})
    form = stream(
        b"/X Do " * 10,
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>",
    )
    page = _PAGE.replace(b"/Resources<<", b"/Resources<</XObject<</X 6 0 R>>")
    yield "form-self", "a form that draws itself", pdf({3: page, 6: form}, _TEXT + b" /X Do")
    forms = {}
    for n in range(6, 14):
        body = b"/X Do " * 10 if n < 13 else b"BT /F 1 Tf (laugh) Tj ET"
        inner = b"/XObject<</X %d 0 R>>" % (n + 1) + b"/Font<</F 5 0 R>>"
        forms[n] = stream(
            body, b"/Type/XObject/Subtype/Form/BBox[0 0 400 600]/Resources<<%s>>" % inner
        )
    yield "form-laughs", "forms that draw forms, 10^7 times", pdf({3: page, **forms}, b"/X Do")
    tounicode = stream(b"begincmap 1 beginbfrange <00> <ff> <D800> endbfrange endcmap")
    font = _FONT[:-2] + b"/ToUnicode 6 0 R>>"
    yield "surrogates", "letters that are lone surrogates", pdf({5: font, 6: tounicode})


def _drawings() -> Iterator[tuple[str, str, bytes]]:
    lines = b"".join(
        b"%d %d m %d %d l S\n" % (x, y, x + 90, y) for x in range(300) for y in range(100)
    )
    across = b"".join(b"0 %d m 400 %d l S %d 0 m %d 600 l S\n" % (y, y, y, y) for y in range(400))
    text = b"BT /F 1 Tf 1 TL 0 600 Td " + b"(a b c d e f g h i j) ' " * 60_000 + b" ET"
    spots = b"".join(
        b"BT /F 6 Tf %d %d Td (word) Tj ET " % (x, y)
        for x in range(0, 400, 5)
        for y in range(0, 600, 4)
    )
    yield "lines", "30,000 lines", pdf({}, _TEXT + lines)
    yield "grid", "a grid of 400 x 400 cells", pdf({}, _TEXT + across)
    yield "letters", "600,000 letters", pdf({}, text)
    yield "spots", "12,000 words that stand alone", pdf({}, spots)
    yield "nested-q", "100,000 states", pdf({}, b"q " * 100_000 + _TEXT)
    yield "operands", "300,000 operands", pdf({}, b"1 " * 300_000 + _TEXT)
    yield (
        "string",
        "a string of 600 kB",
        pdf({}, b"BT /F 12 Tf 40 500 Td (" + b"a" * 600_000 + b") Tj ET"),
    )
    size = b"BT /F 1e30 Tf 40 500 Td (huge) Tj ET BT /F 0 Tf (none) Tj ET BT /F -12 Tf (back) Tj ET"
    yield "sizes", "letters of no size and of 10^30 points", pdf({}, size)
    white = b"1 g " + b"".join(b"0.%d g %d 0 9 9 re f " % (n % 9, n % 400) for n in range(20_000))
    hidden = b"1 g BT /F 6 Tf 1 TL 0 600 Td " + b"(white on white) ' " * 500 + b" ET"
    yield "grounds", "20,000 grounds below white words", pdf({}, white + hidden)
    pictures = b"q 9 0 0 9 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n" * 5000
    yield "inline", "5,000 pictures in a page", pdf({}, _TEXT + pictures)
    dust = b"".join(
        b"q 1 0 0 1 %d %d cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n" % (x, y)
        for x in range(0, 400, 4)
        for y in range(0, 600, 8)
    )
    yield "dust", "7,500 pictures that do not touch", pdf({}, _TEXT + dust)
