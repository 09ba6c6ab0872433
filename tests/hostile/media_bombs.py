"""Pictures, recordings and films whose headers lie, and some whose content is far too much."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise

from PIL import Image

from hostile.cases import Case, Expect, case
from hostile.good_files import good, saved

_Row = tuple[str, str, Expect, bytes]


def media_bombs() -> Iterator[Case]:
    """A file a row."""
    for folder, rows in (
        ("pictures", (*_png(), *_tiff(), *_other_pictures())),
        ("recordings", (*_wav(), *_flac(), *_other_recordings())),
        ("films", _boxes()),
    ):
        for name, what, expect, data in rows:
            yield case(f"{folder}/{name}", what, expect, data)


def _chunk(kind: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return struct.pack(">I", size) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _header(width: int, height: int, bits: int = 8, colour: int = 2) -> bytes:
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))


def _png() -> Iterator[_Row]:
    sign, end = b"\x89PNG\r\n\x1a\n", _chunk(b"IEND")
    pixels = _chunk(b"IDAT", zlib.compress(bytes(1 << 20), 9))
    body = good("png")[8:]
    small, after = body[:25], body[25:]
    zeros = zlib.compress(bytes(20 << 20), 9)
    yield (
        "huge.png",
        "60,000 x 60,000 stated",
        "fails",
        sign + _header(60_000, 60_000) + pixels + end,
    )
    yield "long.png", "2^31 x 1 stated", "fails", sign + _header((1 << 31) - 1, 1) + pixels + end
    yield "zero.png", "0 x 0 stated", "fails", sign + _header(0, 0) + pixels + end
    yield (
        "below.png",
        "9,900 x 9,900 with few pixels",
        "fails",
        sign + _header(9900, 9900) + pixels + end,
    )
    true = _chunk(b"IDAT", zlib.compress(bytes(6000 * 12_001), 9))
    yield (
        "sixteen.png",
        "36 million pixels of 16 bits",
        "reads",
        sign + _header(6000, 6000, 16, 0) + true + end,
    )
    clear = _chunk(b"IDAT", zlib.compress(bytes(6000 * 24_001), 9))
    yield (
        "clear.png",
        "36 million transparent pixels",
        "reads",
        sign + _header(6000, 6000, 8, 6) + clear + end,
    )
    for name, kind, lead in (
        ("text", b"zTXt", b"a\0\0"),
        ("profile", b"iCCP", b"a\0\0"),
        ("words", b"iTXt", b"a\0\1\0\0\0"),
    ):
        bomb = _chunk(kind, lead + zeros)
        yield f"{name}.png", f"20 MB in {kind.decode()}", "either", sign + small + bomb + after
    yield (
        "chunks.png",
        "20,000 empty chunks",
        "either",
        sign + small + _chunk(b"IDAT") * 20_000 + after,
    )
    yield (
        "length.png",
        "a chunk of 4 GB stated",
        "fails",
        sign + small + _chunk(b"IDAT", b"x", 0xFFFFFFFF) + after,
    )
    frames = _chunk(b"acTL", struct.pack(">II", 0x7FFFFFFF, 0))
    yield (
        "frames.png",
        "two thousand million frames stated",
        "either",
        sign + small + frames + after,
    )
    exif = _chunk(b"eXIf", b"MM\0*\0\0\0\x08" + struct.pack(">H", 65_535) + bytes(600))
    yield "exif.png", "65,535 empty EXIF tags", "either", sign + small + exif + after
    palette = sign + _header(10, 10, 8, 3) + _chunk(b"PLTE", b"\0" * 7) + pixels + end
    yield "palette.png", "half a palette", "either", palette


def _ifd(tags: dict[int, tuple[int, int, int]], following: int) -> bytes:
    rows = b"".join(struct.pack("<HHII", tag, *row) for tag, row in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + rows + struct.pack("<I", following)


def _tiff() -> Iterator[_Row]:
    def tags(width: int, height: int, place: int, size: int) -> dict[int, tuple[int, int, int]]:
        return {
            256: (4, 1, width),
            257: (4, 1, height),
            258: (3, 1, 8),
            259: (3, 1, 1),
            262: (3, 1, 1),
            273: (4, 1, place),
            277: (3, 1, 1),
            278: (4, 1, height),
            279: (4, 1, size),
        }

    begin = b"II*\0\x08\0\0\0"
    one = len(_ifd(tags(1, 1, 0, 1), 0))

    def chain(count: int, last: int = 0) -> bytes:
        out = bytearray(begin)
        end = 8 + one * count
        for n in range(1, count + 1):
            out += _ifd(tags(1, 1, end, 1), 8 + one * n if n < count else last)
        return bytes(out + b"\x80")

    yield (
        "huge.tiff",
        "60,000 x 60,000 stated",
        "fails",
        begin + _ifd(tags(60_000, 60_000, 8, 9), 0),
    )
    yield (
        "below.tiff",
        "9,900 x 9,900 with few pixels",
        "either",
        begin + _ifd(tags(9900, 9900, 8, 100), 0),
    )
    yield "frames.tiff", "6,000 frames", "fails", chain(6_000)
    yield "cycle.tiff", "frames in a circle", "either", chain(3, last=8)
    yield "self.tiff", "a frame that follows itself", "either", chain(1, last=8)
    yield "far.tiff", "a frame beyond the file", "either", chain(2, last=0x7FFFFFF0)
    many = tags(100, 100, 8, 9) | {273: (4, 0x7FFFFFFF, 8), 279: (4, 0x7FFFFFFF, 8)}
    yield "strips.tiff", "2^31 strips stated", "fails", begin + _ifd(many, 0)
    tile = tags(100, 100, 8, 9) | {322: (4, 1, 0), 323: (4, 1, 0), 324: (4, 1, 8), 325: (4, 1, 9)}
    yield "tiles.tiff", "tiles of no size", "either", begin + _ifd(tile, 0)
    tile |= {322: (4, 1, 0x10000), 323: (4, 1, 0x10000)}
    yield "big-tiles.tiff", "tiles of 65,536 x 65,536", "either", begin + _ifd(tile, 0)
    for bits, samples in ((0, 1), (64, 1), (8, 60_000)):
        odd = tags(100, 100, 8, 9) | {258: (3, 1, bits), 277: (3, 1, samples)}
        name = f"bits-{bits}-{samples}.tiff"
        yield name, f"{samples} samples of {bits} bits", "fails", begin + _ifd(odd, 0)
    out = io.BytesIO()
    page = Image.new("1", (9000, 9000), 1)
    page.save(out, "TIFF", compression="group4", save_all=True, append_images=[page] * 4)
    yield "pages.tiff", "5 pages of 81 million pixels from 10 kB", "either", out.getvalue()


def _other_pictures() -> Iterator[_Row]:
    jpeg = good("jpg")
    at = jpeg.index(b"\xff\xc0") + 5
    for name, height, width in (("huge", 65_500, 65_500), ("flat", 0, 100), ("long", 65_500, 1)):
        data = jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]
        yield f"{name}.jpg", f"{width} x {height} stated", "either" if width == 1 else "fails", data
    segment = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)
    yield (
        "segments.jpg",
        "50,000 empty segments",
        "either",
        jpeg[:2] + (b"\xff\xe1\0\x02") * 50_000 + jpeg[2:],
    )
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08\0\0\0\x08"
    loop = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    yield "exif.jpg", "EXIF that points to itself", "either", jpeg[:2] + loop + segment + jpeg[2:]
    scan = jpeg[jpeg.index(b"\xff\xda") : -2]
    yield "scans.jpg", "40 scans", "either", jpeg[:-2] + scan * 40 + jpeg[-2:]
    gif = good("gif")
    frame = gif[gif.index(b"\x2c", 700) : -1]
    yield "frames.gif", "60 frames", "reads", gif[:-1] + frame * 60 + b";"
    tiny = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff"
    dot = b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    yield "dots.gif", "30,000 frames", "reads", tiny + dot * 30_000 + b";"
    yield "huge.gif", "65,535 x 65,535 stated", "fails", gif[:6] + b"\xff" * 4 + gif[10:]
    wide = tiny + b"\x2c\0\0\0\0\xff\xff\xff\xff\0\2\2\x44\1\0;"
    yield "outside.gif", "a frame larger than its picture", "either", wide
    bmp = good("bmp")
    for name, width, height in (
        ("huge", 60_000, 60_000),
        ("negative", -5, -5),
        ("most", 0x7FFFFFFF, 1),
        ("upside", 80, -0x80000000),
    ):
        data = bmp[:18] + struct.pack("<ii", width, height) + bmp[26:]
        yield f"{name}.bmp", f"{width} x {height} stated", "either", data
    webp = good("webp")
    at = webp.index(b"\x9d\x01\x2a") + 3
    yield (
        "huge.webp",
        "16,383 x 16,383 stated",
        "fails",
        webp[:at] + b"\xff\x3f\xff\x3f" + webp[at + 4 :],
    )
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + b"\xff\xff\0" * 2
    data = b"WEBP" + canvas + b"ANIM\6\0\0\0" + bytes(6) + webp[12:]
    yield (
        "canvas.webp",
        "a canvas of 65,536 x 65,536",
        "fails",
        b"RIFF" + struct.pack("<I", len(data)) + data,
    )
    avif = good("avif")
    at = avif.index(b"ispe") + 8
    data = avif[:at] + struct.pack(">II", 60_000, 60_000) + avif[at + 8 :]
    yield "huge.avif", "60,000 x 60,000 stated", "fails", data
    yield (
        "film.webp",
        "40 frames",
        "reads",
        saved(
            "WEBP",
            save_all=True,
            append_images=[Image.new("RGB", (80, 60), (n, 0, 0)) for n in range(40)],
        ),
    )


def _wav() -> Iterator[_Row]:
    data = good("wav")[-4000:]

    def wav(
        *,
        rate: int = 8000,
        channels: int = 1,
        bits: int = 16,
        code: int = 1,
        size: int | None = None,
    ) -> bytes:
        a_frame = channels * bits // 8
        fmt = struct.pack(
            "<HHIIHH", code, channels, rate, rate * a_frame & 0xFFFFFFFF, a_frame & 0xFFFF, bits
        )
        body = (
            b"WAVEfmt "
            + struct.pack("<I", 16)
            + fmt
            + b"data"
            + struct.pack("<I", len(data) if size is None else size)
            + data
        )
        return b"RIFF" + struct.pack("<I", len(body)) + body

    for rate in (0, 1, 4_294_967_295, 2_147_483_647, 10_000_000):
        yield f"rate-{rate}.wav", f"{rate} samples a second", "either", wav(rate=rate)
    for channels in (0, 64, 65_535):
        yield f"channels-{channels}.wav", f"{channels} channels", "either", wav(channels=channels)
    for bits in (0, 1, 65_535):
        yield f"bits-{bits}.wav", f"{bits} bits a sample", "either", wav(bits=bits)
    for code in (0, 0x55, 0xFFFF, 0x2001):
        yield f"code-{code}.wav", f"coded in way {code}", "either", wav(code=code)
    for size in (0, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"size-{size}.wav", f"{size} bytes of samples stated", "either", wav(size=size)
    yield (
        "format.wav",
        "a format of 4 GB stated",
        "either",
        wav().replace(b"fmt \x10\0\0\0", b"fmt \xff\xff\xff\xff"),
    )
    blank = b"RIFF\xff\xff\xff\xffWAVE" + bytes(400_000)
    yield "chunks.wav", "50,000 chunks of no size", "fails", blank
    lists = b"LIST\4\0\0\0INFO" * 20_000
    yield "lists.wav", "20,000 lists", "either", wav()[:12] + lists + wav()[12:]


def _flac() -> Iterator[_Row]:
    flac = good("flac")
    at = 18  # rate (20 bits), channels (3), bits (5), samples (36)
    for name, rate, samples in (
        ("rate", 0xFFFFF, 0),
        ("zero", 0, 0),
        ("samples", 48_000, (1 << 36) - 1),
        ("slow", 1, 1 << 35),
    ):
        packed = struct.pack(">Q", rate << 44 | 15 << 36 | samples)
        yield (
            f"{name}.flac",
            f"{rate} a second, {samples} samples stated",
            "either",
            flac[:at] + packed + flac[at + 8 :],
        )
    block = b"\x04\xff\xff\xff"
    yield "block.flac", "a block of 16 MB stated", "either", flac[:42] + block + flac[42:]
    picture = b"\x06\0\0\x20" + b"\xff" * 32
    yield "cover.flac", "a cover of 4 GB stated", "either", flac[:42] + picture * 50 + flac[42:]


def _other_recordings() -> Iterator[_Row]:
    mp3, ogg = good("mp3"), good("ogg")
    yield "tag.mp3", "an ID3 tag of 256 MB stated", "either", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + mp3
    yield "tags.mp3", "20,000 ID3 tags", "either", b"ID3\4\0\0\0\0\0\0" * 20_000 + mp3
    yield (
        "frames.mp3",
        "an ID3 tag of 30,000 frames",
        "either",
        b"ID3\4\0\0" + bytes((0, 14, 82, 48)) + b"TXXX\0\0\0\1\0\0\0" * 22_000 + mp3,
    )
    yield (
        "gap.mp3",
        "300 kB of nothing in between",
        "either",
        mp3[:2000] + bytes(_GAP) + mp3[2000:],
    )
    yield "sync.mp3", "200 kB of marks", "either", b"\xff\xfb" * 100_000
    pages = [at for at in range(len(ogg)) if ogg.startswith(b"OggS", at)] + [len(ogg)]
    parts = [ogg[a:b] for a, b in pairwise(pages)]
    yield "order.ogg", "pages in no order", "either", b"".join(reversed(parts))
    yield "repeated.ogg", "one page 1,000 times", "either", ogg[: pages[2]] + parts[-1][:400] * 1000
    empty = b"OggS\0\0" + bytes(20) + b"\0"
    yield "empty.ogg", "10,000 pages without content", "either", ogg[: pages[1]] + empty * 10_000
    yield (
        "granule.ogg",
        "a place in time beyond all",
        "either",
        ogg.replace(ogg[pages[-2] + 6 : pages[-2] + 14], b"\xff" * 7 + b"\x7f"),
    )
    yield "chained.ogg", "40 recordings in one", "either", ogg * 40
    comment = ogg.index(b"\3vorbis") + 7
    yield (
        "comment.ogg",
        "a comment of 4 GB stated",
        "either",
        ogg[:comment] + b"\xff" * 4 + ogg[comment + 4 :],
    )


def _box(kind: bytes, data: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I", len(data) + 8 if size is None else size) + kind + data


def _boxes() -> Iterator[_Row]:
    m4a = good("m4a")
    head = m4a[: struct.unpack(">I", m4a[:4])[0]]
    nested = b""
    for _ in range(2000):
        nested = _box(b"moov", nested)
    yield "nested.mp4", "boxes, 2,000 levels", "fails", head + nested
    yield (
        "endless.m4a",
        "a box up to the end, again and again",
        "either",
        head + _box(b"moov", size=0) * 10_000,
    )
    yield (
        "small.m4a",
        "boxes smaller than their own head",
        "either",
        head + _box(b"free", size=4) * 10_000 + m4a[len(head) :],
    )
    yield (
        "wide.m4a",
        "a box of 2^63 bytes",
        "either",
        head + struct.pack(">I4sQ", 1, b"mdat", 1 << 63) + m4a[len(head) :],
    )
    for name, kind, at in (
        ("samples", b"stsz", 12),
        ("times", b"stts", 8),
        ("chunks", b"stco", 8),
        ("groups", b"stsc", 8),
    ):
        place = m4a.index(kind) + at
        data = m4a[:place] + b"\x7f\xff\xff\xff" + m4a[place + 4 :]
        yield f"{name}.m4a", f"2^31 entries stated in {kind.decode()}", "either", data
    place = m4a.index(b"mdhd") + 16
    yield "scale.m4a", "no ticks a second", "either", m4a[:place] + bytes(4) + m4a[place + 4 :]
    yield (
        "length.m4a",
        "136 years stated",
        "either",
        m4a[: place + 4] + b"\xff" * 4 + m4a[place + 8 :],
    )
    for suffix in ("mkv", "webm"):
        film = good(suffix)
        at = film.index(b"\x1a\x45\xdf\xa3")
        yield (
            f"size.{suffix}",
            "a header of unknown size",
            "either",
            film[: at + 4] + b"\x01" + b"\xff" * 7 + film[at + 5 :],
        )
        voids = b"\xec\x80" * 100_000
        at = film.index(b"\x18\x53\x80\x67") + 12
        yield f"voids.{suffix}", "100,000 empty elements", "either", film[:at] + voids + film[at:]
    mp4 = good("mp4")
    at = mp4.index(b"mp4v") + 28
    yield "huge.mp4", "65,535 x 65,535 stated", "either", mp4[:at] + b"\xff" * 4 + mp4[at + 4 :]
    avi = (
        b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\xff\x7fhdrlavih"
        + struct.pack("<I", 56)
        + b"\xff" * 56
    )
    yield "lists.avi", "lists of 2 GB stated", "fails", avi + b"LIST\xff\xff\xff\x7fmovi" * 1000


_GAP = 300_000
