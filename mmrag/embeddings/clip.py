"""CLIP and MetaCLIP 2: texts and pictures in one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

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
from mmrag.embeddings.clip_onnx import onnx_towers
from mmrag.embeddings.images import Preprocessing, steps_of
from mmrag.embeddings.int8 import quantise
from mmrag.embeddings.logit_scale import LogitScale, learnt
from mmrag.embeddings.trainable import Trainable, of_transformers
from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch, ConfigError
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

_CLASSES = {"clip": "CLIPModel", "metaclip_2": "MetaClip2Model"}
_TOWERS = {
    Modality.TEXT: ("text_model.", "text_projection."),
    Modality.IMAGE: ("vision_model.", "visual_projection."),
}
_HIGHEST = 2  # as eos_token_id of a CLIP: the text's vector is read at its highest token id


@dataclass(frozen=True)
class Clip:
    """A loaded checkpoint; `longest` counts tokens."""

    model: Any
    tokenizer: Any
    pixels: Preprocessing
    longest: int


class ClipEmbedding(MediaEmbedding):
    """Unit vectors of texts and pictures by CLIP (Radford et al. 2021) or MetaCLIP 2 (2025).

    A text is cut at the model's context, 77 tokens in the published models. A picture is resized
    and cut to the middle square, as the checkpoint was trained; JPEGs are decoded at the smallest
    of 1, 1/2, 1/4 and 1/8 of their size that has a quarter more pixels a side than needed.

    Args:
        backend: "onnx" computes in ONNX Runtime, from a folder that `mmrag export clip --onnx`
            made; "torch-int8" rounds the weights to 8 bits while loading. Both are for the CPU.

    Raises, on first use:
        CheckpointMismatch: weights of another architecture, incomplete, or of other sizes.
        ConfigError: "torch-int8" changes this checkpoint's vectors too much.
        ModelUnavailable: no weights here, and the hub is out of reach.
    """

    backend: Literal["torch", "onnx", "torch-int8"] = "torch"

    @classmethod
    def class_name(cls) -> str:
        return "ClipEmbedding"

    def __init__(
        self,
        model_name: str = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        **fields: Any,  # noqa: ANN401  (pydantic's)
    ) -> None:
        super().__init__(model_name, **fields)

    @property
    def device_name(self) -> str:
        """The torch device that is used."""
        if self.backend == "torch":
            return super().device_name
        if self.device not in (None, "cpu"):
            raise ConfigError(f"backend {self.backend!r} is for the CPU, not {self.device!r}")
        return "cpu"

    def trainable(self) -> Trainable:
        """The whole model; see the base class."""
        if self.backend != "torch":
            raise ConfigError(
                f"backend {self.backend!r} has no weights that can be trained; fine-tune the torch "
                f"checkpoint, and export or quantise the result"
            )
        return of_transformers(self.weights, self._loaded().model, _TOWERS)

    def _load(self) -> Clip:
        weights = self.weights
        offline = weights.local or self.local_files_only
        kind = model_type(weights, _CLASSES, offline=offline)
        pixels = steps_of(image_processor(weights, offline=offline))
        tokenizer = text_tokenizer(weights, offline=offline)
        if self.backend == "onnx":
            model = onnx_towers(weights)
        else:
            model = whole_model(weights, _CLASSES[kind], offline=offline)
        text, vision = model.config.text_config, model.config.vision_config
        pixels.check_output(weights, vision.image_size)
        longest = min(text.max_position_embeddings, tokenizer.model_max_length)
        highest = kind == "clip" and text.eos_token_id == _HIGHEST
        check_vocabulary(weights, tokenizer, text)
        _check_end(weights, tokenizer, text, longest, highest=highest)
        loaded = Clip(model.to(self.device_name), tokenizer, pixels, longest)
        if self.backend == "torch-int8":
            quantise(self, loaded, model)
        return loaded

    def _dimension(self, model: Clip) -> int:
        return int(model.model.config.projection_dim)

    def _logit_scale(self, model: Clip, modality: Modality) -> LogitScale | None:
        return learnt(model.model)

    def _shorter_side(self, model: Clip) -> int | None:
        return model.pixels.draft_side

    def _text_vectors(self, model: Clip, texts: list[str]) -> torch.Tensor:
        # Without the attention mask: attention is causal, so what is read at the end token never
        # sees the padding behind it.
        ids = _tokens(model.tokenizer, texts, model.longest)
        return pooled(model.model.get_text_features(input_ids=ids.to(self.device_name)))

    def _prepare_image(self, model: Clip, image: Image.Image) -> FloatArray:
        return model.pixels(image)

    def _image_vectors(self, model: Clip, prepared: list[FloatArray]) -> torch.Tensor:
        torch = require("torch", extra="all", purpose="embed pictures")
        batch = torch.from_numpy(np.stack(prepared)).to(self.device_name)
        return pooled(model.model.get_image_features(pixel_values=batch))


def _tokens(tokenizer: Any, texts: list[str], longest: int) -> torch.Tensor:  # noqa: ANN401
    # Always with the same settings: a change of them in one thread disturbs the others.
    tokens: torch.Tensor = tokenizer(
        texts, truncation=True, max_length=longest, padding="longest", return_tensors="pt"
    )["input_ids"]
    return tokens


def _check_end(weights: Weights, tokenizer: Any, text: Any, longest: int, *, highest: bool) -> None:  # noqa: ANN401
    """Texts must end where the model looks for their vector, else all have that of their start."""
    row = _tokens(tokenizer, ["a"], longest)[0].tolist()
    end = max(row) if highest else text.eos_token_id
    if row.count(end) != 1 or row[-1] != end:
        raise CheckpointMismatch(
            f"{weights.model}: the tokenizer ends texts with the token {row[-1]}, and the model "
            f"reads their vector at the token {end}"
        )
