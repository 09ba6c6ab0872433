"""Folders of captioned pictures for fine-tuning: new colours of the small world, and stamps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmrag.training.pictures import draw
from mmrag.training.shapes import Concept, Item, gallery
from pipelines.benchmarks.pool_stamps import Stamp, article, on_white

SIDE = 128
"""Pixels a side of a written picture; the tiny model sees 64."""


def items_of(concepts: Sequence[Concept], seed: int, renderings: int) -> list[Item]:
    """So many new items of each concept."""
    return [item for n in range(renderings) for item in gallery(seed * 1000 + n, concepts)]


def write_items(items: Sequence[Item], folder: Path) -> Path:
    """0001.png with its caption in 0001.txt and so on; returns the folder."""
    folder.mkdir(parents=True)
    for number, item in enumerate(items, 1):
        draw(item, SIDE).save(folder / f"{number:04d}.png")
        _caption(folder / f"{number:04d}.txt", item.caption())
    return folder


def write_stamps(stamps: Sequence[Stamp], folder: Path) -> Path:
    """As `write_items`; a caption is the stamp's name with its article."""
    folder.mkdir(parents=True)
    for number, stamp in enumerate(stamps, 1):
        on_white(stamp.picture).save(folder / f"{number:04d}.png")
        _caption(folder / f"{number:04d}.txt", article(stamp.name))
    return folder


def _caption(path: Path, words: str) -> None:
    path.write_text(words + "\n", encoding="utf-8")
