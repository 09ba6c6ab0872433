"""ImageBind fine-tuned as in its paper: sounds are brought to the pictures of a frozen tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmrag import fine_tune
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.training.pool import write_items
from mmrag.training.shapes import CONCEPTS, gallery


def test_sounds_are_bound_to_pictures_that_stay(folder: Path, tmp_path: Path) -> None:
    items = write_items(gallery(3, CONCEPTS[::12]), tmp_path, side=32, sound="wav")
    rows = [f"pictures/{one.picture.name},sounds/{one.sound.name}" for one in items]
    (tmp_path / "pairs.csv").write_text("\n".join(["image,audio", *rows]))
    found = fine_tune(
        tmp_path / "pairs.csv",
        tmp_path / "out",
        model=str(folder),
        steps=6,
        batch=6,
        learning_rate=0.02,
        validation=0.3,
    )
    assert found.plan.freeze == ("image",)
    assert found.plan.space == "imagebind"
    base, tuned = (ImageBindEmbedding(str(p), dtype="float32") for p in (folder, found.folder))
    pictures = [items[0].picture]
    np.testing.assert_array_equal(base.embed_images(pictures), tuned.embed_images(pictures))
    assert "Trained: audio tower;" in (found.folder / "README.md").read_text()
