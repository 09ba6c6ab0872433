"""Forms of one model side by side: what bfloat16, 8 bits or ONNX do to retrieval, speed and size.

Cosines to float32 alone do not tell: a form may turn all vectors alike and change no ranking, or
turn few and change many. So captions look for their pictures, and pictures for their captions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mmrag.embeddings.agreement import cosines
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.catalogue import embedding_named
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.media import ImagePart
from mmrag.embeddings.precision import DType
from mmrag.errors import InputError
from mmrag.evaluation.intervals import Interval, interval
from mmrag.evaluation.ranks import ranks
from mmrag.evaluation.tables import with_ends
from mmrag.optimize.onnx import export_clip
from mmrag.store.spec import FloatArray

_DTYPES: tuple[DType, ...] = ("float32", "bfloat16")
ROUNDS = 3
"""Turns that the forms take; the median is the time of each."""


@dataclass(frozen=True)
class FormRow:
    """What a form came to, the first one being what it is compared with.

    Attributes:
        recall_1, recall_10: of both directions together, with intervals over queries.
        cosine: mean to the first form's vectors, of the worse tower.
        speed: items in a second over those of the first form, captions and pictures together.
        megabytes: of its weights.
    """

    name: str
    recall_1: Interval
    recall_10: Interval
    cosine: float
    speed: float
    megabytes: float


@dataclass(frozen=True)
class Forms:
    """A model in every form that it can have here: the embeddings, and megabytes of weights."""

    embeddings: dict[str, MediaEmbedding]
    megabytes: dict[str, float]


def forms_of(model: str, scratch: Path) -> Forms:
    """float32 and bfloat16 of a model, and of CLIP also 8 bits and ONNX, all on the CPU.

    Args:
        model: a local folder, or a name or hub id whose weights are here.
        scratch: a folder for the exports.

    Raises:
        ConfigError, ModelUnavailable, CheckpointMismatch: as of the model's own embedding.
        MissingExtra: onnx is not installed, for a CLIP.
    """
    found: dict[str, MediaEmbedding] = {}
    for dtype in _DTYPES:
        found[dtype] = embedding_named(model)
        found[dtype].device, found[dtype].dtype = "cpu", dtype
    path = Path(found["float32"].weights.path)
    whole = weights_mb(path, ".safetensors", ".bin", ".pth")
    sizes = dict.fromkeys(found, whole)
    if isinstance(found["float32"], ClipEmbedding):
        found["torch-int8"] = ClipEmbedding(model, backend="torch-int8", dtype="float32")
        sizes["torch-int8"] = whole  # rounded while loading
        for name, int8 in (("onnx", False), ("onnx-int8", True)):
            folder = export_clip(model, scratch / name, int8=int8, force=True).folder
            found[name] = ClipEmbedding(str(folder), backend="onnx")
            sizes[name] = weights_mb(folder, ".onnx")
    return Forms(found, sizes)


def compare(
    forms: Mapping[str, MediaEmbedding],
    captions: Sequence[str],
    pictures: Sequence[Image.Image | ImagePart],
    *,
    megabytes: Mapping[str, float],
) -> list[FormRow]:
    """Embed the same captions and pictures by every form, in turns.

    Args:
        forms: by name; the first is the original.
        captions, pictures: caption i is of picture i, and of those that have the same one.
        megabytes: by form.

    Raises:
        InputError: there are too few pairs to rank ten, or not as many captions as pictures.
    """
    if len(captions) != len(pictures) or len(captions) <= 10:
        raise InputError(
            f"{len(captions)} captions and {len(pictures)} pictures; there must be as many of both "
            "and more than 10, for recall@10 to say anything"
        )
    made: dict[str, tuple[FloatArray, FloatArray]] = {}
    times: dict[str, list[float]] = {name: [] for name in forms}
    for name, form in forms.items():  # loads it, and warms it up
        made[name] = (form.embed_texts(list(captions)), form.embed_images(list(pictures)))
    for _ in range(ROUNDS):
        for name, form in forms.items():
            began = time.perf_counter()
            form.embed_texts(list(captions))
            form.embed_images(list(pictures))
            times[name].append(time.perf_counter() - began)
    first = next(iter(forms))
    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(caption, len(numbers)) for caption in captions]
    rows = []
    for name, (texts, images) in made.items():
        found = [ranks(texts, images, groups, groups), ranks(images, texts, groups, groups)]
        placed = np.concatenate(found)
        ratios = [one / own for one, own in zip(times[first], times[name], strict=True)]
        near = [cosines(made[first][tower], made[name][tower]).mean for tower in (0, 1)]
        rows.append(
            FormRow(
                name,
                interval((placed < 1).astype(float)),
                interval((placed < 10).astype(float)),
                min(near),
                statistics.median(ratios),
                megabytes[name],
            )
        )
    return rows


HEADER = ("form", "recall@1", "recall@10", "cosine", "speed", "MB")
"""Of a table of forms."""


def cells(row: FormRow) -> tuple[str, ...]:
    """A row of the table."""
    return (
        row.name,
        with_ends(row.recall_1),
        with_ends(row.recall_10),
        f"{row.cosine:.5f}",
        f"{row.speed:.2f}",
        f"{row.megabytes:.1f}",
    )


def weights_mb(folder: Path, *suffixes: str) -> float:
    """What the files with these suffixes in a checkpoint's folder take, or one file."""
    files = folder.iterdir() if folder.is_dir() else [folder]
    return sum(p.stat().st_size for p in files if p.suffix in suffixes) / 1e6
