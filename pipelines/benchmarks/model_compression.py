"""Smaller forms of two models on the tiny world: recall, cosine, speed and size against float32.

No published CLIP can be fetched everywhere, so two small trained models stand for the kind: the
tiny checkpoint (convolutions and small transformers, in float32 and bfloat16), and a CLIP of
transformers' own classes, trained here for a minute on pictures and captions of seen concepts
(float32 and bfloat16 in torch, torch's 8-bit products, ONNX in float32 and 8 bits). Both are asked
with a gallery of freshly drawn items, one of each seen concept, by caption and by picture.

`<model>_<form>_recall_1` and `_10`, `_cosine` to float32, `_speed` over float32 in the same run,
`_mb` of the weights. bfloat16 halves a checkpoint's file only if it is saved so; here the file is
float32's. Of speed, models of this size say little: calls weigh more than products there.
`embed_speed` measures a ViT-B/32.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmrag.evaluation.tables import markdown_table
from mmrag.optimize.forms import HEADER, FormRow, cells, compare, forms_of
from mmrag.training.contrastive import PairBatch, TrainingOptions, train
from mmrag.training.pictures import draw
from mmrag.training.shapes import CONCEPTS, gallery
from pipelines.benchmarks.result import REPOSITORY, load, publish
from pipelines.benchmarks.vit_b32 import tokenizer_of

if TYPE_CHECKING:
    import torch

SEEN = tuple(concept for concept in CONCEPTS if concept.seen)
SIDE, HELD, STEPS, RENDERINGS = 32, 9_000, 400, 12
TINY = REPOSITORY / "tests" / "data" / "tiny"


def model_compression(say: Callable[[str], None]) -> dict[str, float]:
    """All metrics; `say` is told the tables."""
    held = gallery(HELD, SEEN)
    captions = [item.caption() for item in held]
    metrics: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        clip = train_clip(Path(scratch) / "clip")
        for model, folder, side in (("tiny", TINY, 64), ("clip", clip, SIDE)):
            pictures = [draw(item, side) for item in held]
            forms = forms_of(str(folder), Path(scratch) / f"{model}-forms")
            rows = compare(forms.embeddings, captions, pictures, megabytes=forms.megabytes)
            say(f"{model}: {len(held)} pairs, both directions\n{_table(rows)}")
            for row in rows:
                name = f"{model}_{row.name}"
                metrics |= {
                    f"{name}_recall_1": row.recall_1.mean,
                    f"{name}_recall_10": row.recall_10.mean,
                    f"{name}_cosine": row.cosine,
                    f"{name}_speed": row.speed,
                    f"{name}_mb": row.megabytes,
                }
    return metrics


def train_clip(folder: Path) -> Path:
    """A CLIP of 32 x 32 pixels that knows the seen concepts, saved as transformers saves it."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    items = [item for seed in range(RENDERINGS) for item in gallery(seed, SEEN)]
    tokenizer = tokenizer_of(sorted({word for item in items for word in item.caption().split()}))
    end = len(tokenizer) - 1
    small = {"hidden_size": 96, "intermediate_size": 256, "num_attention_heads": 4}
    config = CLIPConfig(
        text_config={
            **small,
            "num_hidden_layers": 2,
            "vocab_size": len(tokenizer),
            "max_position_embeddings": 24,
            "bos_token_id": end - 1,
            "eos_token_id": end,
            "pad_token_id": end,
        },
        vision_config={**small, "num_hidden_layers": 3, "image_size": SIDE, "patch_size": 8},
        projection_dim=64,
    )
    sized = {"height": SIDE, "width": SIDE}
    processor = CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=sized)
    torch.manual_seed(0)
    model = CLIPModel(config)
    pixels = processor([draw(item, SIDE) for item in items], return_tensors="pt")["pixel_values"]
    captions = [item.caption() for item in items]
    ids = tokenizer(captions, padding="max_length", max_length=24, return_tensors="pt")["input_ids"]
    of_concept = np.arange(len(items)).reshape(RENDERINGS, len(SEEN))

    class Towers(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def encode(self, modality: str, values: torch.Tensor) -> torch.Tensor:
            if modality == "text":
                found = model.get_text_features(input_ids=values)
            else:
                found = model.get_image_features(pixel_values=values)
            vectors: torch.Tensor = found.pooler_output
            return vectors

    def one_of_each(generator: torch.Generator) -> Sequence[PairBatch]:
        chosen = torch.randint(RENDERINGS, (len(SEEN),), generator=generator).numpy()
        rows = torch.from_numpy(of_concept[chosen, np.arange(len(SEEN))])
        return [PairBatch("image", "text", pixels[rows], ids[rows])]

    train(Towers(), one_of_each, TrainingOptions(STEPS, learning_rate=2e-3))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _table(rows: Sequence[FormRow]) -> str:
    return markdown_table(HEADER, map(cells, rows))


if __name__ == "__main__":
    publish("model_compression", model_compression(print), notes=load())
