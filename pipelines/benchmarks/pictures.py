"""Pictures of 2 megapixels: generated textures, and drawings and photographs from Debian."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.benchmarks.debian import unpacked

SIZE = (1632, 1224)
STAMPS = "tuxpaint-stamps-default"


def textures(folder: Path, count: int) -> list[Path]:
    """Textures with detail of every size, as JPEGs of quality 88, about 400 kB each."""
    rng = np.random.default_rng(7)
    grain = _layer(rng, 816)
    paths = []
    for number in range(count):
        # sizes and strengths differ from picture to picture; the fine grain is the same, shifted
        layers = [_layer(rng, int(cells)) for cells in rng.choice([3, 6, 12, 25, 50, 100, 200], 3)]
        values = 128 + 9 * np.roll(grain, number * 37, axis=1)
        for layer, strength in zip(layers, rng.uniform(15, 60, 3), strict=True):
            values += np.float32(strength) * layer
        path = folder / f"texture-{number:03}.jpg"
        Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(path, quality=88)
        paths.append(path)
    return paths


def stamps(folder: Path, count: int) -> list[Path]:
    """Tux Paint's stamps, on white, enlarged to 2 megapixels and saved as the textures are.

    Raises:
        Unreachable: the Debian package cannot be fetched.
    """
    found = sorted(unpacked(STAMPS).rglob("*.png"), key=lambda path: path.as_posix())
    # photographs are stored with more pixels and colours than drawings, so large files come first
    chosen = sorted(found, key=lambda path: (-path.stat().st_size, path.name))[:count]
    paths = []
    for number, source in enumerate(chosen):
        with Image.open(source) as image:
            stamp = image.convert("RGBA")
        scale = max(SIZE[0] / stamp.width, SIZE[1] / stamp.height)
        wide = (round(stamp.width * scale), round(stamp.height * scale))
        shown = Image.new("RGBA", wide, "white")
        shown.alpha_composite(stamp.resize(wide, Image.Resampling.BICUBIC))
        left, top = (wide[0] - SIZE[0]) // 2, (wide[1] - SIZE[1]) // 2
        path = folder / f"stamp-{number:03}.jpg"
        shown.convert("RGB").crop((left, top, left + SIZE[0], top + SIZE[1])).save(path, quality=88)
        paths.append(path)
    return paths


def _layer(rng: np.random.Generator, cells: int) -> np.ndarray:
    """(height, width, 3) smooth noise, `cells` across, about 1 in strength."""
    small = rng.normal(size=(max(2, cells * 3 // 4), cells, 3)).astype(np.float32)
    channels = [
        np.asarray(Image.fromarray(small[..., c]).resize(SIZE, Image.Resampling.BILINEAR))
        for c in range(3)
    ]
    return np.stack(channels, axis=-1)
