"""Content decides, the suffix does not."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image

from mmrag.errors import CorruptFile, EmptyFile, LoadError, UnsupportedFile
from mmrag.loaders.sniff import sniff
from mmrag.modalities import FILE_KINDS


def save_docx(path: Path) -> None:
    docx.Document().save(str(path))


def save_pptx(path: Path) -> None:
    pptx.Presentation().save(str(path))


def save_xlsx(path: Path) -> None:
    openpyxl.Workbook().save(path)


@pytest.mark.parametrize(
    ("name", "save"), [("docx", save_docx), ("pptx", save_pptx), ("xlsx", save_xlsx)]
)
def test_office_files_are_told_apart_without_a_suffix(
    tmp_path: Path, name: str, save: Callable[[Path], None]
) -> None:
    path = tmp_path / f"file.{name}"
    save(path)
    bare = path.rename(tmp_path / "file")
    assert sniff(bare) is FILE_KINDS[name]


@pytest.mark.parametrize(
    ("kind", "pillow"),
    [(k, k.upper()) for k in ("png", "jpeg", "webp", "avif", "gif", "tiff", "bmp")],
)
def test_pictures(tmp_path: Path, photo: Image.Image, kind: str, pillow: str) -> None:
    path = tmp_path / "picture.jpg"
    photo.save(path, pillow)
    assert sniff(path) is FILE_KINDS[kind]


@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [
        ("a.wav", "pcm_s16le", "wav"),
        ("a.flac", "flac", "flac"),
        ("a.mp3", "libmp3lame", "mp3"),
        ("a.ogg", "libopus", "ogg"),
        ("a.m4a", "aac", "m4a"),
        ("a.mp4", "aac", "m4a"),
        ("a.aac", "aac", "m4a"),
    ],
)
def test_recordings(make_tone: Callable[..., Path], name: str, codec: str, kind: str) -> None:
    assert sniff(make_tone(name, codec, rate=48_000, seconds=0.5)) is FILE_KINDS[kind]


@pytest.mark.parametrize(
    ("name", "box", "codec", "kind"),
    [
        ("film.m4a", "mp4", "mpeg4", "mp4"),
        ("film.mp4", "mov", "mpeg4", "mov"),
        ("film", "matroska", "mpeg4", "mkv"),
        ("film.mkv", "webm", "libvpx", "webm"),
        ("film.mp4", "avi", "mpeg4", "avi"),
    ],
)
def test_films(tmp_path: Path, name: str, box: str, codec: str, kind: str) -> None:
    assert sniff(film_in(tmp_path / name, box, codec)) is FILE_KINDS[kind]


def test_films_in_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match=r"not read \(video/x-flv\); save it as MP4"):
        sniff(film_in(tmp_path / "film.mp4", "flv", "flv1"))


def film_in(path: Path, box: str, codec: str) -> Path:
    import av

    with av.open(str(path), "w", format=box) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame.from_image(Image.new("RGB", (32, 32), "red"))
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.md", b"# T", "markdown"),
        ("a.csv", b"a,b", "csv"),
        ("a.json", b"{}", "json"),
        ("a.html", b"hej", "html"),
        ("a.txt", b"hej", "text"),
        ("README", b"hej", "text"),
        ("page", b"<!-- x --><!DOCTYPE html><html>", "html"),
        ("a.txt", b"BMW is a car, GIF is a format, ID3 is a tag", "text"),
        ("BM.txt", b"BMW \xe4r en bil", "text"),
        ("a.txt", codecs.BOM_UTF16_LE + "hej".encode("utf-16-le"), "text"),
        ("a.txt", "Åäö ".encode("latin-1") * 9, "text"),
    ],
)
def test_texts(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert sniff(path) is FILE_KINDS[kind]


def test_epub(make_zip: Callable[..., Path]) -> None:
    assert sniff(make_zip("b.zip", {"mimetype": "application/epub+zip"})) is FILE_KINDS["epub"]


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.png", b"only words", CorruptFile, "named .png but its content is plain text"),
        ("a.pdf", b"<html><body>404", CorruptFile, "named .pdf but its content is HTML"),
        ("a.mp4", b"only words", CorruptFile, "named .mp4"),
        ("a.txt", b"", EmptyFile, "zero bytes"),
        ("a.bin", bytes(range(64)), UnsupportedFile, "00 01 02 03"),
        ("a.ogg", bytes(range(64)), CorruptFile, "is no recording"),
        ("a.svg", b"<svg xmlns='x'/>", UnsupportedFile, "SVG"),
        ("a.rtf", b"{\\rtf1 hej}", UnsupportedFile, "RTF"),
        ("a.docx", b"PK\x03\x04 broken", CorruptFile, "zip"),
        ("a.doc", bytes.fromhex("d0cf11e0a1b11ae1"), UnsupportedFile, "old Office"),
        ("a.sqlite", b"SQLite format 3\x00" + bytes(40), UnsupportedFile, "sqlite"),
    ],
)
def test_what_is_not_readable_says_why(
    tmp_path: Path, name: str, content: bytes, error: type[LoadError], message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        sniff(path)
    assert type(caught.value) is error


def test_zip_archives_are_not_documents(make_zip: Callable[..., Path]) -> None:
    with pytest.raises(UnsupportedFile, match=r"name it \.zip"):
        sniff(make_zip("a.zip", {"a.txt": "x"}))
    with pytest.raises(CorruptFile, match=r"named .docx"):
        sniff(make_zip("a.docx", {"a.txt": "x"}))


def test_missing_folder_and_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LoadError, match="no such file"):
        sniff(tmp_path / "gone.txt")
    with pytest.raises(LoadError, match="folder"):
        sniff(tmp_path)
    locked = tmp_path / "locked.txt"
    locked.write_text("hej")

    def refuse(*_: object, **__: object) -> io.IOBase:  # tests may run as root, who may read all
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(LoadError, match=r"locked.txt: cannot be read: Permission denied"):
        sniff(locked)


def test_many_comments_before_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("<!---->" * 1000 + "words")
    assert sniff(path).name == "text"
    path.write_text("<!-- a --><!-- -- > --> <html><p>words")
    assert sniff(path.rename(tmp_path / "a.dat")).name == "html"
