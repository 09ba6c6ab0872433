"""A small set of pairs, and a tiny model of a few thousand numbers to fine-tune on it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, save
from mmrag.training import pictures
from mmrag.training.shapes import SHAPES, SIZES, Concept, gallery
from mmrag.training.tiny import vocabulary

NEW = {"lime": (0.22, 1.0), "teal": (0.47, 0.55), "navy": (0.62, 0.45), "brown": (0.06, 0.5)}
"""Hue and brightness of colours that no caption of the tiny world has."""


@pytest.fixture(scope="session")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 pictures in colours that the tiny model has not seen, with the caption of each beside it.

    Not to be changed by tests.
    """
    folder = tmp_path_factory.mktemp("stamps")
    concepts = [Concept(c, shape, size) for c in NEW for shape in SHAPES for size in SIZES]
    with pytest.MonkeyPatch.context() as patch:
        for colour, look in NEW.items():
            patch.setitem(pictures.HUES, colour, look)
        for number, item in enumerate(gallery(5, concepts)):
            pictures.draw(item).save(folder / f"{number:02d}.png")
            (folder / f"{number:02d}.txt").write_text(str(item.concept))
    return folder


@pytest.fixture(scope="session")
def micro(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A checkpoint of the tiny architecture that has learnt nothing yet."""
    folder = tmp_path_factory.mktemp("micro") / "model"
    torch.manual_seed(3)
    model = TinyModel(TinyConfig(vocabulary(), dimension=16, width=32, layers=1, heads=2)).eval()
    save(model, folder, {"licence": "CC0-1.0", "last_step": {"temperature": 0.1}})
    return folder
