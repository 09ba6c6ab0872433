"""Good files that were cut off, flipped, renamed or emptied."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

from hostile.cases import Case, Expect, Malformed, case, sparse
from hostile.good_files import BUILDERS, TEXT, encrypted_pdf, good, packed, unpacked

_CUTS = (0.02, 0.3, 0.6, 0.9)
_FLIPS = (3, 40)
_TEXTS = ("csv", "html", "md", "json", "jsonl", "txt")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def damaged_files() -> Iterator[Case]:
    """Every kind of damage to every kind of file."""
    for suffix in BUILDERS:
        yield from _cut(suffix)
        yield from _flipped(suffix)
        if suffix not in _TEXTS:
            yield from _misnamed(suffix)
        yield case(f"empty/empty.{suffix}", "zero bytes", "fails", b"")
        junk = random.Random(suffix).randbytes(600)
        yield case(f"junk/junk.{suffix}", "random bytes", "fails", b"\x00\x01" + junk)
    yield from _locked()
    yield from _emptied()
    yield from _encoded()


def _cut(suffix: str) -> Iterator[Case]:
    data = good(suffix)
    expect: Expect = "either"
    if suffix in ("pdf", "docx", "pptx", "xlsx", "epub", "json", "png", "jpg", "bmp"):
        expect = "fails"
    for share in _CUTS:
        kept = max(1, round(len(data) * share))
        name = f"cut/{round(100 * share)}-percent.{suffix}"
        yield case(name, f"{kept} of {len(data)} bytes", expect, data[:kept])
    yield case(f"cut/last-byte.{suffix}", "without its last byte", "either", data[:-1])


def _flipped(suffix: str) -> Iterator[Case]:
    """Bits flipped everywhere, or only in the first 200 bytes."""
    data = good(suffix)
    for count in _FLIPS:
        for reach in {min(200, len(data)), len(data)}:
            dice = random.Random(f"{suffix} {count} {reach}")
            changed = bytearray(data)
            for _ in range(count):
                changed[dice.randrange(reach)] ^= 1 << dice.randrange(8)
            where = "head" if reach == 200 else "all"
            what = f"{count} bits flipped in {reach} bytes"
            yield case(f"flipped/{where}-{count}.{suffix}", what, "either", bytes(changed))


def _misnamed(suffix: str) -> Iterator[Case]:
    other = "pdf" if suffix in ("png", "mp3") else "png" if suffix == "pdf" else "mp3"
    yield case(f"misnamed/{suffix}.{other}", f"a {suffix} by another name", "either", good(suffix))
    yield case(f"misnamed/text.{suffix}", f"text named .{suffix}", "fails", TEXT)


def _locked() -> Iterator[Case]:
    yield case("locked/password.pdf", "a PDF with a password", "fails", encrypted_pdf())
    for suffix in ("docx", "xlsx", "pptx"):
        yield case(f"locked/password.{suffix}", "an encrypted Office file", "fails", _OLE)
        data = bytearray(good(suffix))
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = -1
            while (start := data.find(mark, start + 1)) >= 0:
                data[start + at] |= 1
        yield case(f"locked/zip.{suffix}", "encrypted members", "fails", bytes(data))
    yield case("locked/old.doc", "an old Office file", "fails", _OLE)
    rights = {"META-INF/encryption.xml": '<e><CipherReference URI="p.xhtml"/></e>'}
    drm = packed({**unpacked(good("epub")), **rights}, stored=frozenset({"mimetype"}))
    yield case("locked/drm.epub", "a book under DRM", "fails", drm)


def _emptied() -> Iterator[Case]:
    """Containers whose parts are there and hold nothing."""
    for suffix in ("docx", "pptx", "xlsx"):
        parts = unpacked(good(suffix))
        kept = {name: data if "Content_Types" in name else b"" for name, data in parts.items()}
        yield case(f"emptied/parts.{suffix}", "parts of zero bytes", "fails", packed(kept))
        only = {name: data for name, data in parts.items() if "Content_Types" in name}
        yield case(f"emptied/types.{suffix}", "nothing but a table of parts", "fails", packed(only))
        for name in ("_rels/.rels", f"{_main(suffix)[:-4]}.rels"):
            gone = {part: data for part, data in parts.items() if not part.endswith(name)}
            what = f"without {name}"
            file = f"emptied/no-{name.strip('_').replace('/', '-')}.{suffix}"
            yield case(file, what, "either", packed(gone))
    yield case("emptied/none.zip", "a zip archive without members", "either", packed({}))
    none = b"stream\n\nendstream"
    content = good("pdf").split(b"stream", 1)[0] + none + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
    yield case("emptied/stream.pdf", "a stream of zero bytes", "either", content)
    idat = b"IDAT" + zlib.compress(b"")
    head = good("png")[:33]
    empty = len(idat[4:]).to_bytes(4, "big") + idat + zlib.crc32(idat).to_bytes(4, "big")
    yield case("emptied/pixels.png", "no pixels", "fails", head + empty + good("png")[-12:])
    yield case("emptied/data.wav", "no samples", "fails", good("wav")[:40] + bytes(4))
    yield case("emptied/spaces.txt", "nothing but spaces", "fails", b" \n\t\n" * 100)
    yield case("emptied/markup.html", "no words", "fails", b"<html><body><p></p></body></html>")
    yield case("emptied/value.json", "an empty object", "fails", b"{}")


def _main(suffix: str) -> str:
    return {"docx": "document.xml", "pptx": "presentation.xml", "xlsx": "workbook.xml"}[suffix]


def _encoded() -> Iterator[Case]:
    """Text in encodings that are half there."""
    wide = TEXT.encode("utf-16-le")
    for suffix in _TEXTS:
        yield case(f"encoded/bom.{suffix}", "only a byte order mark", "fails", b"\xef\xbb\xbf")
        yield case(
            f"encoded/half.{suffix}", "half of a UTF-16 unit", "either", b"\xff\xfe" + wide[:-1]
        )
    rows: tuple[tuple[str, str, Expect, bytes], ...] = (
        ("bom16.txt", "only a UTF-16 byte order mark", "fails", b"\xff\xfe"),
        ("bom32.txt", "only a UTF-32 byte order mark", "fails", b"\xff\xfe\0\0"),
        (
            "surrogate16.txt",
            "a lone surrogate in UTF-16",
            "fails",
            b"\xff\xfe" + wide + b"\x00\xd8",
        ),
        ("surrogate8.txt", "a surrogate in UTF-8", "either", b"word \xed\xa0\x80 word"),
        ("surrogate.json", "an escaped lone surrogate", "reads", b'{"a": "word \\ud800 word"}'),
        ("surrogate.html", "a lone surrogate by number", "reads", b"<p>word &#xD800; word</p>"),
        ("surrogate.md", "a lone surrogate by number", "reads", b"word &#xD800; word"),
        ("nul.txt", "a NUL early", "fails", b"word \0 word"),
        ("nul.html", "a NUL behind the first block", "either", b"<p>a</p> " * 2000 + b"\0<p>b</p>"),
        ("nul.json", "a NUL by number", "reads", b'{"a": "word \\u0000 word"}'),
        ("nul.csv", "NULs behind the first block", "either", b"a,b\n" * 3000 + b"\0,\0\n"),
        ("escapes.txt", "codes that terminals obey", "either", b"\x1b[2J\x1b]0;owned\x07 words"),
        ("overlong.txt", "overlong UTF-8", "either", b"\xc0\xaf" * 500),
        ("high.txt", "high bytes in no order", "either", bytes(range(128, 256)) * 300),
        ("cut.txt", "cut within a character", "either", ("å" * 5000).encode()[:-1]),
        ("wide.txt", "UTF-16 without a mark", "fails", wide),
    )
    for name, what, expect, data in rows:
        yield case(f"encoded/{name}", what, expect, data)
    sizes: tuple[tuple[str, bytes, int], ...] = (
        ("line.csv", b"a,b\n" * 3000, 100 << 20),
        ("line.txt", b"words\n" * 3000, 100 << 20),
        ("huge.txt", b"words\n" * 3000, 300 << 20),
        ("huge.pdf", b"%PDF-1.7\n", 300 << 20),
        ("huge.html", b"<html>" + b"words " * 3000, 100 << 20),
        ("huge.wav", good("wav"), 1 << 30),
        ("huge.mp3", good("mp3"), 200 << 20),
        ("huge.png", good("png")[:-12], 300 << 20),
        ("huge.docx", good("docx"), 100 << 20),
    )
    for name, head, size in sizes:
        what = f"a hole up to {size} bytes behind its beginning"
        yield Case(Malformed(f"sparse/{name}", what, "either"), sparse(head, size))
