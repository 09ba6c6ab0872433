"""Written items hold what the arrays hold."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from mmrag.loaders.audio import stream_pcm
from mmrag.training.pictures import draw
from mmrag.training.pool import write_items
from mmrag.training.shapes import gallery
from mmrag.training.tones import synthesise


@pytest.mark.parametrize("sound", ["wav", "flac"])
def test_files_hold_the_items(tmp_path: Path, sound: Literal["wav", "flac"]) -> None:
    items = gallery(8)[:3]
    written = write_items(items, tmp_path, side=96, sound=sound)
    assert [row.item for row in written] == items
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == sorted(
        f"{folder}/000{n}.{suffix}"
        for folder, suffix in (("notes", "txt"), ("pictures", "png"), ("sounds", sound))
        for n in (1, 2, 3)
    )
    for row in written:
        assert row.note.read_text(encoding="utf-8") == row.item.caption() + "\n"
        assert np.array_equal(np.asarray(Image.open(row.picture)), np.asarray(draw(row.item, 96)))
        heard = np.concatenate(list(stream_pcm(row.sound)))
        assert np.abs(heard - synthesise(row.item)).max() < 1.6 / 32768  # 16 bits
