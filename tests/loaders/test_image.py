"""Pictures: modes, orientation, frames, damage."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from mmrag.errors import CorruptFile, LimitExceeded, LoadError, UnsupportedFile
from mmrag.loaders.image import ImageReader
from mmrag.loaders.limits import Limits
from mmrag.loaders.pixels import picture
from mmrag.schema import provenance_of, text_of


def pixel(path: Path, at: tuple[int, int] = (0, 0)) -> object:
    return picture(path).getpixel(at)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif", "gif", "bmp"])
def test_one_node_a_picture(tmp_path: Path, photo: Image.Image, kind: str) -> None:
    path = tmp_path / "a"
    photo.save(path, kind.upper())
    (node,) = ImageReader().read(path, source="s")
    assert text_of(node) == ""
    assert node.metadata["mimetype"] == f"image/{kind}"
    assert (provenance_of(node).page, provenance_of(node).bbox) == (1, None)
    assert node.image_resource is not None and node.image_resource.path == path


def test_a_page_a_frame_of_tiff_and_the_first_of_gif(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    for name in ("a.tiff", "a.gif", "a.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    nodes = ImageReader().read(tmp_path / "a.tiff", source="s")
    assert [provenance_of(n).page for n in nodes] == [1, 2, 3]
    assert picture(tmp_path / "a.tiff", 3).getpixel((0, 0)) == (0, 0, 255)
    assert len(ImageReader().read(tmp_path / "a.gif", source="s")) == 1
    assert len(ImageReader().read(tmp_path / "a.webp", source="s")) == 1
    assert pixel(tmp_path / "a.gif") == (255, 0, 0)
    with pytest.raises(CorruptFile, match="no frame 4"):
        picture(tmp_path / "a.tiff", 4)
    with pytest.raises(LimitExceeded, match="limit pages=2"):
        ImageReader(limits=Limits(pages=2)).read(tmp_path / "a.tiff", source="s")


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    image.save(tmp_path / "a.png", exif=exif)
    upright = picture(tmp_path / "a.png")
    assert upright.size == (20, 40)
    assert upright.getpixel((18, 2)) == (255, 0, 0)
    corner = picture(tmp_path / "a.png", bbox=(0.6, 0.0, 1.0, 0.2))
    assert corner.size == (8, 8)
    assert np.asarray(corner).reshape(-1, 3).tolist() == [[255, 0, 0]] * 64


def test_sixteen_bit_greys_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
    for name in ("a.png", "a.tiff"):
        Image.fromarray(ramp).save(tmp_path / name)
        found = np.asarray(picture(tmp_path / name))
        assert found[..., 0].ravel().tolist() == list(range(256))


def test_floats_are_scaled(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32)).save(tmp_path / "a.tiff")
    assert np.asarray(picture(tmp_path / "a.tiff"))[0, :, 0].tolist() == [0, 128, 255]


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (2, 2), (255, 0, 0, 0)).save(path)
    assert pixel(path) == (255, 255, 255)
    Image.new("RGBA", (2, 2), (255, 0, 0, 128)).save(path)
    assert pixel(path) == (255, 127, 127)
    Image.new("LA", (2, 2), (0, 0)).save(path)
    assert pixel(path) == (255, 255, 255)
    palette = Image.new("P", (2, 2), 0)
    palette.putpalette([10, 20, 30, 0, 0, 255])
    palette.putpixel((1, 1), 1)
    palette.save(path, transparency=0)
    assert (pixel(path), pixel(path, (1, 1))) == ((255, 255, 255), (0, 0, 255))


def test_other_modes(tmp_path: Path) -> None:
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(tmp_path / "a.tiff")
    assert pixel(tmp_path / "a.tiff") == (255, 0, 0)
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red, green, blue = np.asarray(picture(tmp_path / "a.jpg"))[4, 4].tolist()
    assert red > 240 and green < 15 and blue < 15
    Image.new("1", (4, 4), 1).save(tmp_path / "a.png")
    assert pixel(tmp_path / "a.png") == (255, 255, 255)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "avif", "gif", "tiff", "bmp"])
def test_truncated(tmp_path: Path, photo: Image.Image, kind: str) -> None:
    path = tmp_path / "a"
    photo.save(path, kind.upper())
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptFile):
        ImageReader().read(path, source="s")
    with pytest.raises(CorruptFile):
        picture(path)


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [30_000, 10_100])
def test_bombs_are_refused_by_their_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(LimitExceeded, match="limit pixels=100000000"):
        ImageReader().read(path, source="s")


def test_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with pytest.raises(LoadError, match="no such file"):
        picture(path)
    path.write_text("words")
    with pytest.raises(CorruptFile, match="not a picture"):
        ImageReader().read(path, source="s")
    Image.new("RGB", (4, 4)).save(path, "PPM")
    with pytest.raises(UnsupportedFile, match="PPM"):
        ImageReader().read(path, source="s")


def test_pdf_pages_are_rendered_and_cropped(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(100, 300, 200, 150, stroke=0, fill=1)

    path = make_pdf(lambda canvas: None, page)
    whole = picture(path, 2, dpi=72)
    assert whole.size == (400, 600)
    assert whole.getpixel((5, 5)) == (255, 255, 255)
    assert whole.getpixel((200, 220)) == (255, 0, 0)
    part = np.asarray(picture(path, 2, (0.25, 0.25, 0.75, 0.5), dpi=144))
    assert part.shape == (300, 400, 3)
    assert (part[3:-3, 3:-3] == (255, 0, 0)).all()
    small = picture(path, 2, dpi=144, limits=Limits(pixels=60_000))
    assert 50_000 < small.width * small.height < 66_000
    with pytest.raises(CorruptFile, match="no page 3; it has 2"):
        picture(path, 3)


@pytest.mark.parametrize(("side", "expected"), [(None, 1200), (700, 1200), (600, 600), (224, 300)])
def test_a_jpeg_is_decoded_no_larger_than_needed(
    tmp_path: Path, side: int | None, expected: int
) -> None:
    path = tmp_path / "large.jpg"
    Image.linear_gradient("L").resize((1600, 1200)).convert("RGB").save(path)
    found = picture(path, shorter_side=side)
    assert min(found.size) == expected
    assert found.mode == "RGB"
    mean = np.asarray(found).mean()
    assert mean == pytest.approx(np.asarray(picture(path)).mean(), abs=1)
    assert picture(path, bbox=(0, 0, 0.5, 1), shorter_side=224).size == (800, 1200)


def test_pages_are_counted_while_they_are_decoded(tmp_path: Path, photo: Image.Image) -> None:
    path = tmp_path / "a.tiff"
    photo.save(path, save_all=True, append_images=[photo] * 3)
    assert len(ImageReader(limits=Limits(document_pixels=4 * 4800)).read(path, source="s")) == 4
    with pytest.raises(LimitExceeded, match="has 14400 document_pixels"):
        ImageReader(limits=Limits(document_pixels=14_399)).read(path, source="s")
    with pytest.raises(LimitExceeded, match="has 4 pages; limit pages=3"):
        ImageReader(limits=Limits(pages=3)).read(path, source="s")


def test_sixteen_bits_are_scaled_in_pieces(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 700 * 3, dtype=np.uint16).reshape(700, 3)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    found = np.asarray(picture(tmp_path / "a.png"))[..., 0]
    assert np.abs(found - ramp / 257).max() <= 0.5
