"""Export of CLIP to ONNX, in float32 or 8 bits, into a folder that ClipEmbedding opens."""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.embeddings.agreement import CAPTIONS, Agreement, cosines, probe_pictures
from mmrag.embeddings.clip import Clip, ClipEmbedding
from mmrag.embeddings.clip_onnx import (
    CARD,
    IMAGE_TOWER,
    LOGIT_SCALE,
    PIXELS,
    TEXT_TOWER,
    TOKENS,
    VECTORS,
)
from mmrag.errors import InputError
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.optimize.int8 import quantised_file
from mmrag.version import __version__

OPSET = 18
"""Version of the ONNX operators; 18 is understood by ONNX Runtime from 1.14 on."""


@dataclass(frozen=True)
class Exported:
    """A folder that `ClipEmbedding(folder, backend="onnx")` opens, and how well it agrees."""

    folder: Path
    dtype: str
    agreement: Agreement
    megabytes: float


def export_clip(
    model: str, out: str | Path, *, int8: bool = False, force: bool = False
) -> Exported:
    """Export both towers, tokenizer and preprocessing; compare with torch in float32.

    Args:
        model: what ClipEmbedding takes: a local folder or a hub id.
        out: the folder to make; it is absent or empty.
        int8: store the weights of matrix products in 8 bits. The file is a quarter of the size.
        force: keep the folder even if the vectors agree too little.

    Raises:
        ConfigError: the mean cosine to float32 is below 0.99, and no `force`. Nothing is left.
        InputError: something is in `out` already.
        MissingExtra: onnx or onnxruntime is not installed.
    """
    for package in ("onnx", "onnxruntime"):
        require(package, extra="onnx", purpose="export to ONNX")
    folder = Path(out).expanduser().resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already and not empty; name another folder")
    original = ClipEmbedding(model, dtype="float32", device="cpu")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        fresh = Path(scratch) / folder.name
        _write(original, fresh, int8=int8)
        agreement = compared(original, ClipEmbedding(str(fresh), backend="onnx"))
        if not force:
            instead = "leave --int8 away" if int8 else "please report it"
            agreement.require(f"the export of {model}", instead=f"{instead}, or --force")
        exported = Exported(folder, "int8" if int8 else "float32", agreement, _megabytes(fresh))
        (fresh / CARD).write_text(_card(original, exported), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        fresh.rename(folder)
    return exported


def compared(original: ClipEmbedding, faster: ClipEmbedding) -> Agreement:
    """Cosines of two embeddings on generated pictures and texts, preprocessing included."""
    pictures, captions = probe_pictures(), list(CAPTIONS)
    return Agreement(
        image=cosines(original.embed_images(pictures), faster.embed_images(pictures)),
        text=cosines(original.embed_texts(captions), faster.embed_texts(captions)),
    )


def _write(original: ClipEmbedding, folder: Path, *, int8: bool) -> None:
    transformers = require("transformers", extra="all", purpose="export to ONNX")
    loaded: Clip = original._loaded()
    folder.mkdir()
    _trace(loaded, folder)
    if int8:
        for name in (IMAGE_TOWER, TEXT_TOWER):
            quantised_file(folder / name)
    loaded.model.config.save_pretrained(folder)
    loaded.tokenizer.save_pretrained(folder)
    weights = original.weights
    transformers.AutoImageProcessor.from_pretrained(
        weights.path, local_files_only=weights.local
    ).save_pretrained(folder)
    (folder / CARD).write_text("{}", encoding="utf-8")  # completed when the cosines are known


def _trace(loaded: Clip, folder: Path) -> None:
    """Record what the towers compute; the numbers of rows and tokens stay open."""
    torch = require("torch", extra="all", purpose="export to ONNX")
    model, side = loaded.model, int(loaded.model.config.vision_config.image_size)

    class Image(torch.nn.Module):  # type: ignore[misc, name-defined]  # torch is imported on use
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixel_values: Any) -> Any:  # noqa: ANN401
            return self.model.get_image_features(pixel_values=pixel_values).pooler_output

    class Text(Image):
        def forward(self, input_ids: Any) -> Any:  # noqa: ANN401
            return self.model.get_text_features(input_ids=input_ids).pooler_output

    tokens = loaded.tokenizer(["a", "b"], return_tensors="pt")["input_ids"]
    towers = (
        (Image(), torch.zeros(2, 3, side, side), IMAGE_TOWER, PIXELS, {0: "rows"}),
        (Text(), tokens, TEXT_TOWER, TOKENS, {0: "rows", 1: "tokens"}),
    )
    for tower, example, name, given, open_sizes in towers:
        with torch.no_grad(), warnings.catch_warnings():
            # of tracing: which branches on sizes are fixed; the comparison afterwards covers them
            warnings.simplefilter("ignore")
            torch.onnx.export(
                tower.eval(),
                (example,),
                str(folder / name),
                dynamo=False,  # the other exporter needs the package onnxscript
                opset_version=OPSET,
                input_names=[given],
                output_names=[VECTORS],
                dynamic_axes={given: open_sizes, VECTORS: {0: "rows"}},
            )


def _card(original: ClipEmbedding, exported: Exported) -> str:
    weights, learnt = original.weights, original.logit_scale(Modality.IMAGE)
    said = {
        "source_model": weights.model,
        "source_revision": weights.revision,
        "opset": OPSET,
        "dtype": exported.dtype,
        "cosine_to_float32": exported.agreement.as_dict(),
        LOGIT_SCALE: None if learnt is None else learnt.scale,
        "mmrag": __version__,
    }
    return json.dumps(said, indent=2) + "\n"


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6
