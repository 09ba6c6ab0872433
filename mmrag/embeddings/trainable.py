"""What fine-tuning needs of an embedding: its weights, its towers by name, and how it is saved."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.weights import Weights
from mmrag.modalities import Modality

if TYPE_CHECKING:
    import torch

_BESIDE = {".json", ".txt", ".model"}
"""Suffixes of what lies beside the weights of a checkpoint: vocabularies, and how to prepare."""
_SCALES = ("logit_scale", "logit_scale_a", "logit_scale_t")


@dataclass(frozen=True)
class Trainable:
    """A loaded model whose weights can be changed in place.

    Attributes:
        module: all of it; its embedding answers with whatever its weights are.
        towers: by modality, how the names of the parameters begin that it alone uses.
        save: writes a folder that the embedding loads by path, given the temperature of training,
            which models keep that say how probable their cosines are.
        space: of the profiles, that such a model fills.
        licence: of the weights, as far as they say.
        temperature: that the model was trained at; None if it does not say.
        learning_rate: a highest one to begin with when whole towers are trained. CLIP's recipes
            for fine-tuning lie around 1e-5.
        anchor: the modality that binds the others and is kept as it is unless asked otherwise.
    """

    module: torch.nn.Module
    towers: Mapping[Modality, tuple[str, ...]]
    save: Callable[[Path, float], None]
    space: str
    licence: str
    temperature: float | None = None
    learning_rate: float = 1e-5
    anchor: Modality | None = None


def of_transformers(
    weights: Weights,
    model: Any,  # noqa: ANN401  (a model of transformers)
    towers: Mapping[Modality, tuple[str, ...]],
    *,
    space: str = "clip",
) -> Trainable:
    """A model of transformers, to be saved as transformers does it."""
    scales = [getattr(model, name) for name in _SCALES if hasattr(model, name)]

    def save(folder: Path, temperature: float) -> None:
        for scale in scales:
            scale.data.fill_(-math.log(temperature))
        folder.mkdir(parents=True, exist_ok=True)
        # the tokenizer's and processor's own files: loading has changed settings of the objects
        for file in Path(weights.path).iterdir():
            beside = file.suffix in _BESIDE or file.name.startswith("LICENSE")
            if beside and not file.name.endswith(".index.json"):
                shutil.copyfile(file, folder / file.name)
        model.save_pretrained(folder)

    return Trainable(
        module=model,
        towers=towers,
        save=save,
        space=space,
        licence="as the base model's",
        temperature=math.exp(-scales[0].item()) if scales else None,
    )
