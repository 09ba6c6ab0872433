"""The sizes of an ImageBind model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

META_LICENCE = "CC-BY-NC-SA-4.0"
"""Of Meta's weights and of everything made from them."""


FRAMES = 2
"""Pictures in one clip of film."""


@dataclass(frozen=True)
class Tower:
    """The transformer of one modality and how an input is cut into its tokens.

    Attributes:
        width, layers, heads: of the transformer.
        shape: of one input: (channels, height, width), or (channels, samples) for motion.
        kernel, stride: side of the square (or length of the stretch) that becomes one token, and
            the step from one to the next.
    """

    width: int
    layers: int
    heads: int
    shape: tuple[int, ...]
    kernel: int
    stride: int

    def __post_init__(self) -> None:
        _check_heads(self.width, self.heads)
        if min(self.shape[1:], default=0) < self.kernel:
            raise ValueError(f"kernel {self.kernel} is larger than an input of shape {self.shape}")

    @property
    def tokens(self) -> int:
        """Tokens of one input, without the class token."""
        count = 1
        for side in self.shape[1:]:
            count *= (side - self.kernel) // self.stride + 1
        return count


@dataclass(frozen=True)
class TextTower:
    """The text transformer: `context` tokens at most, out of a vocabulary of `vocabulary`."""

    width: int
    layers: int
    heads: int
    context: int = 77
    vocabulary: int = 49_408

    def __post_init__(self) -> None:
        _check_heads(self.width, self.heads)


@dataclass(frozen=True)
class ImageBindConfig:
    """Sizes of all towers (Girdhar et al. 2023, "ImageBind: One Embedding Space To Bind Them All").

    Attributes:
        dimension: numbers in a vector.
        licence: of the weights, as an SPDX identifier.
    """

    dimension: int
    vision: Tower
    text: TextTower
    audio: Tower
    depth: Tower
    thermal: Tower
    imu: Tower
    licence: str = META_LICENCE

    @classmethod
    def huge(cls) -> ImageBindConfig:
        """imagebind_huge, the one that Meta published: 1.2 billion numbers."""
        return cls(
            dimension=1024,
            vision=Tower(1280, 32, 16, (3, 224, 224), 14, 14),
            text=TextTower(1024, 24, 16),
            audio=Tower(768, 12, 12, (1, 128, 204), 16, 10),
            depth=Tower(384, 12, 8, (1, 224, 224), 16, 16),
            thermal=Tower(768, 12, 12, (1, 224, 224), 16, 16),
            imu=Tower(512, 6, 8, (6, 2000), 8, 8),
        )

    def to_dict(self) -> dict[str, Any]:
        """As `from_dict` reads it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, sizes: Mapping[str, Any]) -> ImageBindConfig:
        """The config of a dictionary out of JSON.

        Raises:
            TypeError, ValueError: missing or unknown names, or sizes that cannot be.
        """
        towers = {
            name: Tower(**{**row, "shape": tuple(row["shape"])})
            for name, row in sizes.items()
            if isinstance(row, Mapping) and name != "text"
        }
        return cls(**{**sizes, **towers, "text": TextTower(**sizes["text"])})


def _check_heads(width: int, heads: int) -> None:
    if width < 1 or heads < 1 or width % heads:
        raise ValueError(f"width {width} is not a multiple of heads {heads}")
