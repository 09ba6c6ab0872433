"""Office files, EPUBs and archives that are small on disk and large, deep or endless inside."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator

from hostile.cases import Case, case
from hostile.good_files import epub_members, good, packed, unpacked

_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
    '<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">]>'
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
_WORD, _SHEET, _SLIDE = "word/document.xml", "xl/worksheets/sheet1.xml", "ppt/slides/slide1.xml"
_STRINGS = "xl/sharedStrings.xml"
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def packed_bombs() -> Iterator[Case]:
    """Everything that is a zip, or a tar."""
    yield from _word()
    yield from _sheets()
    yield from _slides()
    yield from _books()
    yield from _zips()
    yield from _tars()


def _changed(suffix: str, part: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = unpacked(good(suffix))
    return packed({**parts, part: change(parts.get(part, b""))})


def _declared(declaration: str, mark: bytes) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        body = xml[xml.index(b"?>") + 2 :] if xml.startswith(b"<?xml") else xml
        return declaration.encode() + body.replace(mark, b"&f;", 1)

    return change


def _body(xml: bytes) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        at = whole.index(b"<w:body>") + 8
        return whole[:at] + xml + whole[at:]

    return change


def _word() -> Iterator[Case]:
    p, text = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>", b"The aneroid"
    cell = b"<w:tc><w:tcPr><w:gridSpan w:val='9999'/></w:tcPr>%s</w:tc>"
    wide = b"<w:p><w:r><w:t>" + b"wide " * 20_000 + b"</w:t></w:r></w:p>"
    rows = b"<w:tr>" + cell % wide * 100 + b"</w:tr>"
    rows_more = b"<w:tr>" + cell % p * 100 + b"</w:tr>"
    style = b"<w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>"
    heading = b"<w:p>" + style + b"long " * 100_000 + b"</w:t></w:r></w:p>"
    n = 2_000
    bodies: tuple[tuple[str, str, bytes], ...] = (
        ("paragraphs", "four million paragraphs", b"<w:p/>" * 4_000_000),
        (
            "controls",
            "content controls in each other",
            b"<w:sdt><w:sdtContent>" * n + p + b"</w:sdtContent></w:sdt>" * n,
        ),
        (
            "runs",
            "insertions in each other",
            b"<w:p>" + b"<w:ins>" * n + b"</w:ins>" * n + b"</w:p>",
        ),
        (
            "tables",
            "tables in each other",
            b"<w:tbl><w:tr><w:tc>" * 80 + p * 100 + b"</w:tc></w:tr></w:tbl>" * 80,
        ),
        (
            "merged",
            "cells that span 9999 columns",
            b"<w:tbl>" + rows + rows_more * 50 + b"</w:tbl>",
        ),
        ("deep", "100,000 levels", b"<w:ins>" * 100_000 + b"</w:ins>" * 100_000),
        ("heading", "a heading of 500,000 characters", heading + p * 50_000),
        (
            "span",
            "a span that is no number",
            b"<w:tbl><w:tr>" + cell.replace(b"9999", b"1e9") % p + b"</w:tr></w:tbl>",
        ),
    )
    for name, what, xml in bodies:
        yield case(f"office/{name}.docx", what, "either", _changed("docx", _WORD, _body(xml)))
    bomb = _changed("docx", _WORD, lambda xml: xml + b" " * (64 << 20))
    yield case("office/spaces.docx", "64 MB of spaces", "fails", bomb)
    for name, declaration in (("laughs", _LAUGHS), ("outside", _OUTSIDE)):
        for suffix, part, mark in (
            ("docx", _WORD, text),
            ("docx", "word/styles.xml", b"Normal"),
            ("xlsx", _SHEET, b"1"),
            ("pptx", _SLIDE, text),
        ):
            data = _changed(suffix, part, _declared(declaration, mark))
            stem = part.rpartition("/")[2][:-4]
            yield case(f"office/{name}-{stem}.{suffix}", f"entities in {part}", "fails", data)
    twice = good("docx").replace(b"word/document.xml", b"../../etc/passwd.")
    yield case("office/slip.docx", "a part with a path that leaves the archive", "fails", twice)


def _sheet(rows: str, dimension: str = "A1:B2") -> bytes:
    head = f'<worksheet {_S}><dimension ref="{dimension}"/>'
    return f"{head}<sheetData>{rows}</sheetData></worksheet>".encode()


def _sheets() -> Iterator[Case]:
    def one(xml: bytes, strings: bytes | None = None) -> bytes:
        parts = unpacked(good("xlsx"))
        return packed({**parts, _SHEET: xml, **({_STRINGS: strings} if strings else {})})

    last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    long = f'<row r="1"><c t="inlineStr"><is><t>{"long " * 100_000}</t></is></c>' + (
        '<c t="inlineStr"><is><t>b</t></is></c></row>'
    )
    shared = (
        f'<sst {_S} count="1" uniqueCount="4294967295"><si><t>{"word " * 200_000}</t></si></sst>'
    )
    uses = "".join(f'<row r="{n}"><c t="s"><v>0</v></c></row>' for n in range(1, 5000))
    sheets: tuple[tuple[str, str, bytes], ...] = (
        ("corner", "one cell, in the last corner", one(_sheet(last, "A1:XFD1048576"))),
        (
            "wide",
            "100 rows with a cell in the last column",
            one(
                _sheet(
                    "".join(
                        f'<row r="{n}"><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(1, 2000)
                    )
                )
            ),
        ),
        (
            "title",
            "a column title of 500,000 characters",
            one(_sheet(long + "<row><c><v>1</v></c><c><v>2</v></c></row>" * 20_000)),
        ),
        ("strings", "5,000 cells that share a string of 1 MB", one(_sheet(uses), shared.encode())),
        (
            "negative",
            "a shared string of number -1 and 99",
            one(_sheet('<row><c t="s"><v>-1</v></c><c t="s"><v>99</v></c></row>')),
        ),
        (
            "address",
            "a cell beyond the last column",
            one(_sheet('<row><c r="ZZZZZZ1"><v>1</v></c></row>')),
        ),
        (
            "row",
            "a row of number 99999999999",
            one(_sheet('<row r="99999999999"><c><v>1</v></c></row>')),
        ),
        (
            "number",
            "a number of a million digits",
            one(_sheet(f"<row><c><v>{'9' * 1_000_000}</v></c></row>")),
        ),
        (
            "date",
            "a date beyond the calendar",
            one(_sheet('<row><c t="d"><v>99999-99-99</v></c></row>')),
        ),
        ("rows", "a million empty rows", one(_sheet("<row/>" * 1_000_000))),
        (
            "escape",
            "an escaped lone surrogate",
            one(_sheet('<row><c t="inlineStr"><is><t>word _xD800_ word</t></is></c></row>')),
        ),
        ("cut", "XML that breaks off in a sheet", one(_sheet("<row><c><v>1</v></c></row>")[:-30])),
    )
    for name, what, data in sheets:
        yield case(f"office/{name}.xlsx", what, "either", data)
    book = unpacked(good("xlsx"))["xl/workbook.xml"]
    sheet = book[book.index(b"<sheet ") : book.index(b"</sheets>")]
    many = b"".join(sheet.replace(b'"Sheet"', b'"S%d"' % n) for n in range(20_000))
    data = _changed("xlsx", "xl/workbook.xml", lambda xml: xml.replace(sheet, many))
    yield case("office/sheets.xlsx", "20,000 sheets", "either", data)


def _slides() -> Iterator[Case]:
    slide = unpacked(good("pptx"))[_SLIDE]
    at = slide.index(b"</p:spTree>")
    group = (
        b'<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        b"<p:grpSpPr/>"
    )
    for name, levels in (("groups", 90), ("deep", 5000)):
        xml = slide[:at] + group * levels + b"</p:grpSp>" * levels + slide[at:]
        data = _changed("pptx", _SLIDE, lambda _, xml=xml: xml)  # type: ignore[misc]
        yield case(f"office/{name}.pptx", f"{levels} groups in each other", "either", data)
    master = unpacked(good("pptx"))["ppt/presentation.xml"]
    one = master[master.index(b"<p:sldId ") : master.index(b"</p:sldIdLst>")]
    data = _changed("pptx", "ppt/presentation.xml", lambda xml: xml.replace(one, one * 20_000))
    yield case("office/slides.pptx", "one slide 20,000 times", "either", data)
    gone = _changed("pptx", "ppt/presentation.xml", lambda xml: xml.replace(b"r:id", b"r:no"))
    yield case("office/relations.pptx", "slides without a relation", "fails", gone)


def _books() -> Iterator[Case]:
    def book(**changes: str | bytes) -> bytes:
        names = {"container": "META-INF/container.xml", "opf": "book.opf", "page": "p.xhtml"}
        parts = epub_members() | {names[key]: value for key, value in changes.items()}
        return packed(parts, stored=frozenset({"mimetype"}))

    opf = str(epub_members()["book.opf"])
    spine = '<itemref idref="p"/>'
    books: tuple[tuple[str, str, bytes], ...] = (
        ("laughs", "entities in its package", book(opf=_LAUGHS + opf.replace("Hall", "&f;"))),
        ("page-laughs", "entities in a page", book(page=f"{_LAUGHS}<html><body>&f;</body></html>")),
        (
            "outside",
            "a page that asks for a file",
            book(page=f"{_OUTSIDE}<html><p>&f; x</p></html>"),
        ),
        ("spine", "one page 20,000 times", book(opf=opf.replace(spine, spine * 20_000))),
        (
            "big-spine",
            "a page of 100 kB 5,000 times",
            book(
                opf=opf.replace(spine, spine * 5000),
                page=f"<html><p>{'words ' * 16_000}</p></html>",
            ),
        ),
        (
            "self",
            "a container that names itself",
            book(container='<c><rootfile full-path="META-INF/container.xml"/></c>'),
        ),
        ("gone", "a package that is not there", book(container='<c><rootfile full-path="x"/></c>')),
        (
            "slip",
            "a page outside the archive",
            book(opf=opf.replace("p.xhtml", "../../etc/passwd")),
        ),
        ("tags", "a page of two million elements", book(page="<html>" + "<b/>" * 2_000_000)),
        ("deep", "a package of 100,000 levels", book(opf="<a>" * 100_000)),
    )
    for name, what, data in books:
        yield case(f"books/{name}.epub", what, "either", data)


def _raw_zip(entries: list[tuple[bytes, bytes, int, int]], *, overlap: bool = False) -> bytes:
    """A zip file of (name, deflated bytes, CRC, stated size), which may share their bytes."""
    out, directory, at = bytearray(), bytearray(), 0
    for number, (name, data, crc, size) in enumerate(entries):
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(data), size, len(name), 0)
        if not (overlap and number):
            at = len(out)
            out += b"PK\x03\x04" + fields + name + data
        directory += b"PK\x01\x02\x14\x00" + fields + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return bytes(out + directory + b"PK\x05\x06" + end)


def _deflated(data: bytes) -> tuple[bytes, int, int]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(), zlib.crc32(data), len(data)


def _zips() -> Iterator[Case]:
    zeros = _deflated(bytes(7 << 20))
    types = _deflated(unpacked(good("docx"))["[Content_Types].xml"])
    kept = (b"[Content_Types].xml", *types)
    office = [kept, *((b"word/%d.xml" % n, *zeros) for n in range(150))]
    yield case("zips/many.docx", "150 parts of 7 MB, each from 7 kB", "fails", _raw_zip(office))
    plain = [(b"%d.txt" % n, *zeros) for n in range(150)]
    yield case("zips/many.zip", "150 members of 7 MB, each from 7 kB", "either", _raw_zip(plain))
    same = [(b"same.txt", *zeros)] * 5000
    yield case(
        "zips/overlap.zip",
        "5,000 members that share their bytes",
        "either",
        _raw_zip(same, overlap=True),
    )
    lie = [(b"lie.txt", zeros[0], zeros[1], 10)]
    yield case("zips/lie.zip", "a member that states 10 of 7 MB", "either", _raw_zip(lie))
    lie = [kept, (b"word/document.xml", zeros[0], zeros[1], 10)]
    yield case("zips/lie.docx", "a part that states 10 of 7 MB", "fails", _raw_zip(lie))
    empty = _deflated(b"")
    entries = [(b"%d" % n, *empty) for n in range(20_001)]
    yield case("zips/entries.zip", "20,001 members", "either", _raw_zip(entries, overlap=True))
    yield case(
        "zips/entries.docx", "20,001 parts", "fails", _raw_zip([kept, *entries], overlap=True)
    )
    nested = good("txt")
    for _ in range(60):
        nested = packed({"inner.zip": nested})
    yield case("zips/nested.zip", "zip in zip, 60 levels", "either", nested)
    names = ("../up.txt", "/etc/passwd", "C:\\x.txt", "a/../../b.txt", "nul\x00.txt", "\x1b[2J.txt")
    slips = _raw_zip([(name.encode(), *_deflated(b"words")) for name in names])
    yield case("zips/slip.zip", "names that leave the archive", "either", slips)
    twice = _raw_zip([(b"a.txt", *_deflated(b"one")), (b"a.txt", *_deflated(b"two"))])
    yield case("zips/twice.zip", "two members of one name", "either", twice)
    far = bytearray(good("docx"))
    far[-6:-2] = b"\xff\xff\xff\x7f"
    yield case("zips/far.docx", "a directory that lies beyond the file", "fails", bytes(far))
    odd = bytearray(packed({"a.txt": "words"}))
    odd[8] = odd[odd.index(b"PK\x01\x02") + 10] = 99
    yield case("zips/method.zip", "a method of compression that nobody knows", "either", bytes(odd))


def _tars() -> Iterator[Case]:
    def tar(*members: tuple[str, bytes, str, bytes], mode: str = "w") -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
            for name, kind, link, data in members:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname, entry.size = kind, link, len(data)
                archive.addfile(entry, io.BytesIO(data))
        return out.getvalue()

    f = tarfile.REGTYPE
    plain = tar(("a.txt", f, "", b"words in a tar"))
    huge = bytearray(plain)
    huge[124:136] = b"77777777777\0"
    huge[148:156] = b"%06o\0 " % (sum(huge[:148]) + 8 * 32 + sum(huge[156:512]))
    tars: tuple[tuple[str, str, bytes], ...] = (
        (
            "links.tar",
            "links that lead out",
            tar(
                ("a", tarfile.SYMTYPE, "/etc", b""),
                ("a/hostname", f, "", b"x"),
                ("b", tarfile.LNKTYPE, "/etc/hostname", b""),
                ("c", tarfile.SYMTYPE, "c", b""),
            ),
        ),
        (
            "slip.tar",
            "names that lead out",
            tar(("../up.txt", f, "", b"x"), ("/abs.txt", f, "", b"x")),
        ),
        (
            "devices.tar",
            "devices and pipes",
            tar(("null", tarfile.CHRTYPE, "", b""), ("pipe", tarfile.FIFOTYPE, "", b"")),
        ),
        ("size.tar", "a member that states 8 GB", bytes(huge)),
        ("cut.tar", "cut in a member", plain[:520]),
        ("head.tar", "half of a header", plain[:300]),
        (
            "bomb.tar.gz",
            "60 MB from 60 kB",
            tar(("zeros.txt", f, "", bytes(60 << 20)), mode="w:gz"),
        ),
        ("cut.tar.gz", "cut off", tar(("a.txt", f, "", b"words"), mode="w:gz")[:40]),
        (
            "nested.tar",
            "a tar in a tar in a tar",
            tar(("b.tar", f, "", tar(("c.tar", f, "", tar(("d.tar", f, "", plain)))))),
        ),
    )
    for name, what, data in tars:
        yield case(f"tars/{name}", what, "either", data)
