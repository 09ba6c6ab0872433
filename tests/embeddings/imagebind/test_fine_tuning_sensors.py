"""ImageBind fine-tuned on what a sensor sees, against pictures of the frozen tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmrag import Modality, fine_tune
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.training.pictures import draw
from mmrag.training.sensed import depth_map
from mmrag.training.shapes import CONCEPTS, gallery


def test_depth_is_bound_to_pictures_that_stay(folder: Path, tmp_path: Path) -> None:
    items = gallery(3, CONCEPTS[::12])
    for number, item in enumerate(items):
        draw(item, 32).save(tmp_path / f"{number}.png")
        np.save(tmp_path / f"{number}.depth.npy", depth_map(item))
    rows = [f"{number}.png,{number}.depth.npy" for number in range(len(items))]
    (tmp_path / "pairs.csv").write_text("\n".join(["image,depth", *rows]))
    found = fine_tune(
        tmp_path / "pairs.csv",
        tmp_path / "out",
        model=str(folder),
        steps=4,
        batch=6,
        learning_rate=0.02,
        validation=0.3,
    )
    assert found.plan.sides == ("image", "depth")
    base, tuned = (ImageBindEmbedding(str(p), dtype="float32") for p in (folder, found.folder))
    pictures = [tmp_path / "0.png"]
    np.testing.assert_array_equal(base.embed_images(pictures), tuned.embed_images(pictures))
    assert tuned.embed_measured(Modality.DEPTH, [tmp_path / "0.depth.npy"]).shape == (1, 16)
    assert "Trained: depth tower;" in (found.folder / "README.md").read_text()
