"""Forms of one model: ranks by hand, and the tiny checkpoint in two number formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import InputError
from mmrag.optimize.forms import cells, compare, forms_of, weights_mb
from mmrag.training.pictures import draw
from mmrag.training.shapes import CONCEPTS, gallery

TINY = Path(__file__).parents[1] / "data" / "tiny"


class Turned(TinyEmbedding):
    """The tiny model with two of its numbers exchanged, alike for all vectors: nothing is lost."""

    def embed_texts(self, texts: list[str]) -> np.ndarray:  # type: ignore[override, type-arg]
        return super().embed_texts(texts)[:, ::-1]

    def embed_images(self, images: list[object]) -> np.ndarray:  # type: ignore[override, type-arg]
        return super().embed_images(images)[:, ::-1]  # type: ignore[arg-type]


def test_recall_is_told_beside_cosines(one_thread: None) -> None:
    items = gallery(3, [concept for concept in CONCEPTS if concept.seen][:24])
    captions, pictures = [item.caption() for item in items], [draw(item) for item in items]
    forms = {
        "float32": TinyEmbedding(model_name=str(TINY), dtype="float32", device="cpu"),
        "bfloat16": TinyEmbedding(model_name=str(TINY), dtype="bfloat16", device="cpu"),
        "turned": Turned(model_name=str(TINY), dtype="float32", device="cpu"),
    }
    size = weights_mb(TINY, ".safetensors")
    assert 2 < size < 4
    rows = compare(forms, captions, pictures, megabytes=dict.fromkeys(forms, size))
    first, halved, turned = rows
    assert first.cosine == pytest.approx(1) and first.speed == 1 and first.megabytes == size
    assert 0.999 < halved.cosine < 1 and first.recall_1.mean > 0.9
    assert abs(halved.recall_1.mean - first.recall_1.mean) < 0.05
    assert turned.cosine < 0.5 and turned.recall_1 == first.recall_1  # why cosines do not tell
    shuffled = compare(
        {"float32": forms["float32"]}, captions, pictures[::-1], megabytes={"float32": 1}
    )
    assert shuffled[0].recall_1.mean < 0.2
    with pytest.raises(InputError, match="24 captions and 23 pictures"):
        compare(forms, captions, pictures[1:], megabytes={})
    with pytest.raises(InputError, match="more than 10"):
        compare(forms, captions[:10], pictures[:10], megabytes={})


def test_a_clip_comes_in_five_forms(clip_folder: Path, tmp_path: Path) -> None:
    forms = forms_of(str(clip_folder), tmp_path)
    assert list(forms.embeddings) == ["float32", "bfloat16", "torch-int8", "onnx", "onnx-int8"]
    assert forms.megabytes["onnx-int8"] < forms.megabytes["onnx"]
    items = gallery(3, CONCEPTS[:12])
    captions, pictures = [item.caption() for item in items], [draw(item) for item in items]
    rows = compare(forms.embeddings, captions, pictures, megabytes=forms.megabytes)
    assert all(row.cosine > 0.98 for row in rows)
    assert cells(rows[0])[0] == "float32"
