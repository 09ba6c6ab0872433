"""ImageBind fine-tuned as in its paper: others are brought to the pictures of a frozen tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmrag import Modality, fine_tune
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.training.pool import write_items
from mmrag.training.sensed import depth_map
from mmrag.training.shapes import CONCEPTS, gallery


@pytest.mark.parametrize("other", ["audio", "depth"])
def test_others_are_bound_to_pictures_that_stay(other: str, folder: Path, tmp_path: Path) -> None:
    written = write_items(gallery(3, CONCEPTS[::12]), tmp_path, side=32, sound="wav")
    rows = ["image," + other]
    for one in written:
        file = one.sound
        if other == "depth":
            file = one.picture.with_suffix(".depth.npy")
            np.save(file, depth_map(one.item))
        rows.append(f"{one.picture.relative_to(tmp_path)},{file.relative_to(tmp_path)}")
    (tmp_path / "pairs.csv").write_text("\n".join(rows))
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
    assert found.plan.sides == ("image", other)
    assert found.plan.space == "imagebind"
    base, tuned = (ImageBindEmbedding(str(p), dtype="float32") for p in (folder, found.folder))
    pictures = [written[0].picture]
    np.testing.assert_array_equal(base.embed_images(pictures), tuned.embed_images(pictures))
    if other == "depth":
        maps = [written[0].picture.with_suffix(".depth.npy")]
        assert tuned.embed_measured(Modality.DEPTH, maps).shape == (1, 16)
    assert f"Trained: {other} tower;" in (found.folder / "README.md").read_text()
