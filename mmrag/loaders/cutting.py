"""How films are to be cut into scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cutting:
    """How films are cut.

    Attributes:
        method: "keyframes" compares thumbnails; "content" asks PySceneDetect's ContentDetector
            about every picture, which takes as long as decoding all.
        gap_s: where nothing is cut for so long and the picture changes, a scene begins too.
    """

    method: Literal["keyframes", "content"] = "keyframes"
    gap_s: float = 20.0


BY_KEY_FRAMES = Cutting()
