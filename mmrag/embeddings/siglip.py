"""SigLIP and SigLIP 2: texts and pictures in one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.checkpoints import (
    check_vocabulary,
    image_processor,
    model_type,
    pooled,
    text_tokenizer,
    whole_model,
)
from mmrag.embeddings.images import Preprocessing, steps_of
from mmrag.embeddings.logit_scale import LogitScale, learnt
from mmrag.embeddings.trainable import Trainable, of_transformers
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

_CLASSES = {"siglip": "SiglipModel", "siglip2": "Siglip2Model"}
_TOWERS = {Modality.TEXT: ("text_model.",), Modality.IMAGE: ("vision_model.",)}
_INPUTS = ("pixel_values", "pixel_attention_mask", "spatial_shapes")


@dataclass(frozen=True)
class Siglip:
    """A loaded checkpoint; `longest` counts tokens."""

    model: Any
    tokenizer: Any
    pixels: Preprocessing | Patches
    longest: int


@dataclass(frozen=True)
class Patches:
    """Pictures of any shape as a row of patches, by the image processor of transformers."""

    processor: Any

    @property
    def draft_side(self) -> int:
        """Twice the side of a square of as many patches; no picture's shorter side is longer."""
        side = self.processor.patch_size * self.processor.max_num_patches**0.5
        return int(2 * side)

    def __call__(self, image: Image.Image) -> tuple[FloatArray, ...]:
        """(patches, numbers in a patch) values, (patches,) which are there, (2,) their grid."""
        inputs = self.processor(images=image, return_tensors="np")
        return tuple(inputs[name][0] for name in _INPUTS)


class SiglipEmbedding(MediaEmbedding):
    """Unit vectors of texts and pictures by SigLIP (Zhai et al. 2023) or SigLIP 2 (2025).

    Texts are put in lower case, cut at the model's context (64 tokens in the published models) and
    padded to it, for that is how these models were trained: attention sees the padding. Pictures
    are squeezed to a square, or keep their shape in the "naflex" checkpoints.

    Raises, on first use:
        CheckpointMismatch: weights of another architecture, incomplete, or of other sizes.
        ModelUnavailable: no weights here, and the hub is out of reach.
    """

    @classmethod
    def class_name(cls) -> str:
        return "SiglipEmbedding"

    def __init__(
        self,
        model_name: str = "google/siglip2-base-patch16-224",
        **fields: Any,  # noqa: ANN401  (pydantic's)
    ) -> None:
        super().__init__(model_name, **fields)

    def trainable(self) -> Trainable:
        """The whole model; see the base class."""
        return of_transformers(self.weights, self._loaded().model, _TOWERS)

    def _load(self) -> Siglip:
        weights = self.weights
        offline = weights.local or self.local_files_only
        kind = model_type(weights, _CLASSES, offline=offline)
        processor = image_processor(weights, offline=offline)
        tokenizer = text_tokenizer(weights, offline=offline)
        model = whole_model(weights, _CLASSES[kind], offline=offline)
        text, vision = model.config.text_config, model.config.vision_config
        pixels: Preprocessing | Patches
        if kind == "siglip2":
            pixels = Patches(processor)
            if processor.patch_size != vision.patch_size:
                raise CheckpointMismatch(
                    f"{weights.model}: preprocessor_config.json makes patches of "
                    f"{processor.patch_size} pixels, and the model takes {vision.patch_size}"
                )
        else:
            pixels = steps_of(processor)
            pixels.check_output(weights, vision.image_size)
        check_vocabulary(weights, tokenizer, text)
        longest = min(text.max_position_embeddings, tokenizer.model_max_length)
        return Siglip(model.to(self.device_name), tokenizer, pixels, longest)

    def _dimension(self, model: Siglip) -> int:
        return int(model.model.config.vision_config.hidden_size)

    def _logit_scale(self, model: Siglip, modality: Modality) -> LogitScale | None:
        return learnt(model.model)

    def _shorter_side(self, model: Siglip) -> int | None:
        return model.pixels.draft_side

    def _text_vectors(self, model: Siglip, texts: list[str]) -> torch.Tensor:
        ids = model.tokenizer(
            [text.lower() for text in texts],
            truncation=True,
            max_length=model.longest,
            padding="max_length",
            return_tensors="pt",
        )["input_ids"]
        return pooled(model.model.get_text_features(input_ids=ids.to(self.device_name)))

    def _prepare_image(
        self, model: Siglip, image: Image.Image
    ) -> FloatArray | tuple[FloatArray, ...]:
        return model.pixels(image)

    def _image_vectors(self, model: Siglip, prepared: list[Any]) -> torch.Tensor:
        torch = require("torch", extra="all", purpose="embed pictures")
        rows = [row if isinstance(row, tuple) else (row,) for row in prepared]
        inputs = {
            name: torch.from_numpy(np.stack(values)).to(self.device_name)
            for name, values in zip(_INPUTS, zip(*rows, strict=True), strict=False)
        }
        return pooled(model.model.get_image_features(**inputs))
