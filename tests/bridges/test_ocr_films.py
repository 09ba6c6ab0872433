"""Text in films: read scene by scene, kept once while it stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import BaseNode
from PIL import Image, ImageDraw
from standins.films import write_film
from standins.media import texture

from mmrag.bridges.ocr import OcrBridge
from mmrag.loaders.heartbeat import heard_by
from mmrag.loaders.video import VideoReader
from mmrag.schema import NOTE, provenance_of, spans_of, text_of

SIZE = (400, 240)


def shot(words: str, seed: int) -> tuple[Image.Image, float]:
    """Another background each, with words on white below."""
    image = texture(*SIZE, seed=seed)
    if words:
        image.paste("white", (0, 160, 400, 240))
        ImageDraw.Draw(image).text((20, 180), words, fill="black", font_size=28)
    return image, 1.5


@pytest.fixture(scope="module")
def ocr() -> OcrBridge:
    return OcrBridge(threads=1)


def kept(nodes: Sequence[BaseNode]) -> list[tuple[str, int, int, bool]]:
    found = []
    for node in nodes:
        where = provenance_of(node)
        row = (where.start_ms or 0) // 100, (where.end_ms or 0) // 100
        found.append((text_of(node), *row, bool(node.metadata.get("part"))))
    return found


def test_text_that_stays_is_kept_once_with_the_time_of_all(ocr: OcrBridge, tmp_path: Path) -> None:
    words = ["Mast in 1951", "Mast in 1951", "A", "Mast in 1952"]
    path = write_film(
        tmp_path / "a.mp4", [shot(text, n) for n, text in enumerate(words)], still=True
    )
    nodes = VideoReader().read(path, source="a.mp4")
    nodes[0].metadata[NOTE] = "kept"
    beats: list[int] = []
    with heard_by(lambda: beats.append(1)):
        done = ocr(nodes)
    assert kept(done) == [
        ("", 0, 15, False),
        ("Mast in 1951", 0, 30, True),
        ("", 15, 30, False),
        ("", 30, 45, False),
        ("Mast in 1952", 45, 60, False),
    ]
    assert len(beats) >= 4
    assert done[0].metadata[NOTE] == "kept"
    for node in (done[1], done[4]):
        assert (node.metadata["modality"], node.metadata["via"]) == ("video", "ocr")
        (span,) = spans_of(node)
        assert span.bbox is not None and span.bbox[1] > 0.6
        where = provenance_of(node)
        assert where.start_ms <= where.frame_ms <= where.end_ms  # type: ignore[operator]
    assert done[1].metadata["mimetype"] == "video/mp4"


def test_recordings_and_read_nodes_pass(ocr: OcrBridge, tmp_path: Path) -> None:
    silence = np.zeros(16_000, dtype=np.float32)
    path = write_film(tmp_path / "a.mp4", [shot("", 0)], sound=silence)
    nodes = VideoReader().read(path, source="a.mp4")
    once = ocr(nodes)
    assert [node.metadata["modality"] for node in once] == ["video", "audio"]
    assert list(once) == list(nodes)
