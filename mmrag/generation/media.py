"""Pictures and sounds that go along with their sources, for models that see and hear.

What a picture shows or a recording lets hear cannot be checked against words. A statement that
rests on it alone is never delivered as part of an answer: it is told apart, as seen or heard and
not verified. The text of a source (OCR, caption, transcript) verifies as that of any other.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from llama_index.core.base.llms.types import AudioBlock, ImageBlock
from llama_index.core.schema import BaseNode, NodeWithScore
from PIL import Image

from mmrag.errors import LoadError
from mmrag.generation.llm import Wording
from mmrag.loaders.audio import pcm
from mmrag.loaders.pixels import picture
from mmrag.modalities import Modality
from mmrag.schema import FILE_PATH, MIMETYPE, MODALITY, BBox, provenance_of

MOST = 4
"""Pictures and sounds of one prompt. Small vision models mix up more."""
SHARE = 0.5
"""Of the context, at most, for pictures and sounds."""
LONGER_SIDE = 1024
"""Pixels; what common vision models read at once."""
QUALITY = 90
RATE = 16_000
LONGEST_MS = 30_000
"""Of a recording, from the beginning of its cited time range."""

PICTURE_TOKENS = 2048
SOUND_TOKENS_A_SECOND = 64
"""At most; today's models make 6 to 50 of a second. Of pictures likewise."""


@dataclass(frozen=True)
class Medium:
    """A picture or sound as it is sent.

    Attributes:
        tokens: of it, at most.
    """

    kind: Literal["picture", "recording"]
    block: ImageBlock | AudioBlock
    tokens: int


def media_for(
    hits: Sequence[NodeWithScore],
    wording: Wording,
    *,
    fresh: Callable[[str], bool] = lambda source: True,
) -> tuple[dict[int, Medium], list[str]]:
    """What the model is shown and played, by number of the source from 1; and notes on what not.

    The best sources come first, up to MOST and SHARE. A file that is gone, damaged or changed since
    it was indexed is left out with a note; its words stay.

    Args:
        fresh: whether a source is still what was indexed.
    """
    room = int(SHARE * wording.context_window)
    found: dict[int, Medium] = {}
    notes: list[str] = []
    for number, hit in enumerate(hits, start=1):
        if len(found) == MOST:
            break
        source = provenance_of(hit.node).source
        make = _maker(hit.node, wording)
        if make is None:
            continue
        try:
            if not fresh(source):
                notes.append(f"{source} is not shown, for it changed since it was indexed.")
                continue
            medium = make(hit.node)
        except (LoadError, OSError) as exc:
            notes.append(f"{source} is not shown: {exc}.")
            continue
        if medium.tokens <= room:
            room -= medium.tokens
            found[number] = medium
    return found, notes


def shown_picture(
    path: str | Path,
    page: int | None = None,
    region: BBox | None = None,
    at_ms: int | None = None,
) -> Medium:
    """A picture file, a page or figure of a PDF, or a moment of a film, as it is sent.

    Raises:
        LoadError: not a picture, damaged, or beyond the limits.
    """
    return _sent(picture(path, page, region, at_ms=at_ms, shorter_side=LONGER_SIDE))


def picture_of(node: BaseNode) -> Medium:
    """The picture that a node is of, as it is sent.

    Raises:
        LoadError, OSError: the file is gone, damaged, or beyond the limits.
    """
    where = provenance_of(node)
    # a region that is cited lies in a picture that is worth seeing whole; a figure is one of a page
    region = where.bbox if node.metadata.get(MIMETYPE) == "application/pdf" else None
    return shown_picture(node.metadata[FILE_PATH], where.page, region, where.frame_ms)


def _maker(node: BaseNode, wording: Wording) -> Callable[[BaseNode], Medium] | None:
    if not node.metadata.get(FILE_PATH):
        return None
    kind = node.metadata.get(MODALITY)
    if kind in (Modality.IMAGE, Modality.VIDEO) and wording.sees:
        return picture_of
    if kind == Modality.AUDIO and wording.hears:
        return _sound_of
    return None


def _sent(image: Image.Image) -> Medium:
    image.thumbnail((LONGER_SIDE, LONGER_SIDE))
    data = io.BytesIO()
    image.save(data, "JPEG", quality=QUALITY)
    block = ImageBlock(image=data.getvalue(), image_mimetype="image/jpeg")
    return Medium("picture", block, PICTURE_TOKENS)


def _sound_of(node: BaseNode) -> Medium:
    where = provenance_of(node)
    start = where.start_ms or 0
    end = min(where.end_ms if where.end_ms is not None else start + LONGEST_MS, start + LONGEST_MS)
    samples = pcm(Path(node.metadata[FILE_PATH]), rate=RATE, start_ms=start, end_ms=end)
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    block = AudioBlock(audio=data.getvalue(), format="wav")
    seconds = -(-len(samples) // RATE)
    return Medium("recording", block, SOUND_TOKENS_A_SECOND * seconds)
