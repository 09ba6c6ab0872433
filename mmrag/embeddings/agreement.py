"""How well a faster form of a model agrees with its float32 original, on generated inputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mmrag.errors import ConfigError
from mmrag.store.spec import FloatArray

LEAST_COSINE = 0.99
"""Below this mean cosine a faster form is refused: near neighbours would change places."""

CAPTIONS = (
    "a dog",
    "a photo of a red tractor in a field",
    "Wie hoch liegt die Hütte?",
    "two people on a bench, seen from behind, in heavy rain",
    "barometer 1013 hPa",
    "an aerial photograph of a harbour with eleven sailing boats and a long stone pier at low tide",
    "¿dónde está la biblioteca?",
    "bar chart of snow depth by month, with January the highest and July at zero",
    "x",
    "black and white portrait of a woman with a hat",
    "receipt: 2 coffees 5.80, total 11.60 EUR, paid in cash",
    "sunset over the sea",
)
"""Short and long, in three languages."""


@dataclass(frozen=True)
class Cosines:
    """Between two vectors of the same input: the mean and the lowest over the inputs."""

    mean: float
    lowest: float

    def __str__(self) -> str:
        return f"{self.mean:.5f} (lowest {self.lowest:.5f})"


@dataclass(frozen=True)
class Agreement:
    """Cosines of a faster form with the original, tower by tower."""

    image: Cosines
    text: Cosines

    @property
    def mean(self) -> float:
        """Of the worse tower, so that a good one cannot hide a broken one."""
        return float(np.minimum(self.image.mean, self.text.mean))  # NaN if one of them is

    def as_dict(self) -> dict[str, dict[str, float]]:
        """{"image": {"mean", "lowest"}, "text": …}."""
        return asdict(self)

    def require(self, what: str, *, instead: str) -> None:
        """Refuse a faster form that answers differently.

        Args:
            what: the faster form, for the message.
            instead: what to do, for the message.

        Raises:
            ConfigError: the mean cosine is below LEAST_COSINE, or not a number.
        """
        if not self.mean >= LEAST_COSINE:
            raise ConfigError(
                f"{what} agrees too little with float32: mean cosine {self.image} for pictures and "
                f"{self.text} for texts, and {LEAST_COSINE} is required; {instead}"
            )


def cosines(one: FloatArray, other: FloatArray) -> Cosines:
    """Of two (n, d) arrays, row by row; the rows may have any length."""
    left, right = one.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # a vector of zeros agrees with nothing
        values = np.einsum("nd,nd->n", left, right) / lengths
    return Cosines(mean=float(values.mean()), lowest=float(values.min()))


def probe_pictures() -> list[Image.Image]:
    """Twelve pictures, the same each time: soft and fine textures, shapes, writing, extremes."""
    rng = np.random.default_rng(20)
    made = [_texture(rng, cells) for cells in (3, 12, 60, 240)]
    made += [_shapes(rng, count) for count in (1, 5, 40)]
    made += [_writing(rng, lines) for lines in (2, 14)]
    made += [Image.new("RGB", (320, 240), colour) for colour in ("black", "white")]
    return [*made, made[2].filter(ImageFilter.GaussianBlur(2)).convert("L").convert("RGB")]


def _texture(rng: np.random.Generator, cells: int) -> Image.Image:
    small = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC)


def _shapes(rng: np.random.Generator, count: int) -> Image.Image:
    image = Image.new("RGB", (240, 320), _colour(rng))
    draw = ImageDraw.Draw(image)
    for number in range(count):
        x, y = rng.integers(0, 200, 2).tolist()
        width, height = rng.integers(20, 120, 2).tolist()
        form = draw.ellipse if number % 2 else draw.rectangle
        form((x, y, x + width, y + height), fill=_colour(rng))
    return image


def _writing(rng: np.random.Generator, lines: int) -> Image.Image:
    image = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(image)
    for line in range(lines):
        words = CAPTIONS[int(rng.integers(len(CAPTIONS)))]
        place = (8, 6 + line * 230 / lines)
        draw.text(place, words, fill="black", font_size=150 / (lines + 4))
    return image


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue
