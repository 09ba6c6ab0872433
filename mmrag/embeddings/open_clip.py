"""OpenCLIP's own checkpoints: the LAION and DataComp weights."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.checkpoints import pooled
from mmrag.embeddings.images import Preprocessing
from mmrag.embeddings.logit_scale import LogitScale, learnt
from mmrag.embeddings.open_clip_checkpoint import OpenClipConfig, found, read_config, read_weights
from mmrag.embeddings.open_clip_keys import CLIP_TOKENIZERS, clip_config, clip_weights, misfits
from mmrag.embeddings.open_clip_package import package_towers
from mmrag.embeddings.open_clip_pixels import preprocessing
from mmrag.embeddings.weights import Weights, locate
from mmrag.errors import CheckpointMismatch, ModelUnavailable
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

_VOCABULARIES = ("tokenizer.json", "vocab.json")
_MARK = re.compile(r"<\|(startoftext|endoftext)\|>")


class _Towers(Protocol):
    """A loaded model, be it of transformers or of the open_clip package."""

    @property
    def model(self) -> Any: ...  # noqa: ANN401  (of either library)
    @property
    def dimension(self) -> int: ...
    @property
    def shorter_side(self) -> int | None: ...
    def texts(self, texts: list[str]) -> torch.Tensor: ...
    def pixels(self, image: Image.Image) -> FloatArray: ...
    def images(self, prepared: list[FloatArray]) -> torch.Tensor: ...


class OpenClipEmbedding(MediaEmbedding):
    """Unit vectors of texts and pictures by an OpenCLIP checkpoint (Cherti et al. 2023).

    A checkpoint is a folder or hub id with open_clip_config.json and weights. Those of a ViT with a
    text transformer (ViT-B-32 to ViT-bigG-14, with and without quick-GELU) are run by transformers'
    CLIPModel; others by the open_clip package, where it can be imported.

    Texts are cleaned, cut at the model's context and read at their end as in OpenCLIP. Pictures are
    resized by the checkpoint's `preprocess_cfg`; JPEGs are decoded at the smallest of 1, 1/2, 1/4
    and 1/8 of their size that has a quarter more pixels a side than needed.

    Raises, on first use:
        CheckpointMismatch: no such checkpoint, weights that are damaged, incomplete or of other
            sizes, or a model that CLIPModel cannot compute.
        ModelUnavailable: no weights here, and the hub is out of reach.
    """

    @classmethod
    def class_name(cls) -> str:
        return "OpenClipEmbedding"

    def __init__(
        self,
        model_name: str = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        **fields: Any,  # noqa: ANN401  (pydantic's)
    ) -> None:
        super().__init__(model_name, **fields)

    def _load(self) -> _Towers:
        weights, offline = self.weights, self.local_files_only
        config = read_config(weights, offline=offline)
        reasons = misfits(config.model_cfg)
        if not reasons:
            return _clip_towers(weights, config, self.device_name, offline=offline)
        dimension = config.model_cfg.get("embed_dim")
        if not isinstance(dimension, int):
            raise CheckpointMismatch(f"{weights.model}: model_cfg.embed_dim is {dimension!r}")
        return package_towers(weights, reasons, dimension=dimension, device=self.device_name)

    def _dimension(self, model: _Towers) -> int:
        return model.dimension

    def _logit_scale(self, model: _Towers, modality: Modality) -> LogitScale | None:
        return learnt(model.model)  # both libraries call it so

    def _shorter_side(self, model: _Towers) -> int | None:
        return model.shorter_side

    def _text_vectors(self, model: _Towers, texts: list[str]) -> torch.Tensor:
        return model.texts(texts)

    def _prepare_image(self, model: _Towers, image: Image.Image) -> FloatArray:
        return model.pixels(image)

    def _image_vectors(self, model: _Towers, prepared: list[FloatArray]) -> torch.Tensor:
        return model.images(prepared)


@dataclass(frozen=True)
class _ClipTowers:
    """OpenCLIP's weights in transformers' CLIPModel; `longest` counts tokens."""

    model: Any
    tokenizer: Any
    steps: Preprocessing
    longest: int
    device: str

    @property
    def dimension(self) -> int:
        return int(self.model.config.projection_dim)

    @property
    def shorter_side(self) -> int | None:
        return self.steps.draft_side

    def texts(self, texts: list[str]) -> torch.Tensor:
        # Padding needs no mask: attention is causal, and the vector is read at the first of the
        # highest ids, which is the end of the text.
        tokens = self.tokenizer(
            [cleaned(text) for text in texts],
            truncation=True,
            max_length=self.longest,
            padding="longest",
            return_tensors="pt",
        )
        return pooled(self.model.get_text_features(input_ids=tokens["input_ids"].to(self.device)))

    def pixels(self, image: Image.Image) -> FloatArray:
        return self.steps(image)

    def images(self, prepared: list[FloatArray]) -> torch.Tensor:
        torch = require("torch", extra="all", purpose="embed pictures")
        batch = torch.from_numpy(np.stack(prepared)).to(self.device)
        return pooled(self.model.get_image_features(pixel_values=batch))


def cleaned(text: str) -> str:
    """A text as OpenCLIP's tokenizer cleans it: mojibake, entities, white space, capitals.

    Marks of CLIP's start and end in a text are taken apart into what OpenCLIP reads them as.
    """
    ftfy = require("ftfy", extra="all", purpose="clean texts as OpenCLIP does")
    text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return _MARK.sub(r"<| \1 |>", " ".join(text.split()).lower())


def _clip_towers(
    weights: Weights, config: OpenClipConfig, device: str, *, offline: bool
) -> _ClipTowers:
    transformers = require("transformers", extra="all", purpose="load models")
    torch = require("torch", extra="all", purpose="load models")
    arguments = clip_config(config.model_cfg)
    steps = preprocessing(config.preprocess_cfg, arguments["vision_config"]["image_size"])
    tokenizer = _tokenizer(weights, offline=offline)
    vocabulary = arguments["text_config"]["vocab_size"]
    if len(tokenizer) != vocabulary or tokenizer.eos_token_id != vocabulary - 1:
        raise CheckpointMismatch(
            f"{weights.model} has {vocabulary} tokens, of which the last ends a text; its "
            f"tokenizer has {len(tokenizer)} and ends texts with {tokenizer.eos_token_id}"
        )
    with torch.device("meta"):  # no memory yet, and no random numbers for it
        model = transformers.CLIPModel(transformers.CLIPConfig(**arguments))
    state = read_weights(weights, offline=offline)
    fitting = clip_weights(state, model.state_dict(), weights.model)
    model.to_empty(device=device)
    model.load_state_dict(fitting)
    for name, buffer in model.named_buffers():
        if name.endswith("position_ids"):  # 0, 1, 2 …, which no checkpoint holds
            buffer.copy_(torch.arange(buffer.shape[-1]))
    longest = arguments["text_config"]["max_position_embeddings"]
    return _ClipTowers(model.eval(), tokenizer, steps, longest, device)


def _tokenizer(weights: Weights, *, offline: bool) -> Any:  # noqa: ANN401
    """The checkpoint's tokenizer, else that of OpenAI's CLIP, which OpenCLIP has built in."""
    source, name = weights, CLIP_TOKENIZERS[0]
    try:
        vocabulary = found(source, _VOCABULARIES, offline=offline)
    except OSError:  # out of reach: the other one may be here, and is the same
        vocabulary = None
    if vocabulary is None:
        source = locate(name, purpose="tokenise text")
        try:
            vocabulary = found(source, _VOCABULARIES, offline=offline)
        except OSError as exc:
            raise ModelUnavailable(
                f"{weights.model} has no tokenizer of its own here, and CLIP's ({name}) is not on "
                f"this machine and the hub cannot be reached; put its tokenizer.json, or "
                f"vocab.json and merges.txt, into the folder of the checkpoint"
            ) from exc
    whole = vocabulary is not None and vocabulary.name == "tokenizer.json"
    if vocabulary is None or not (whole or found(source, ("merges.txt",), offline=offline)):
        raise CheckpointMismatch(f"{source.model} has no tokenizer.json, vocab.json or merges.txt")
    clip = require("transformers", extra="all", purpose="embed text").CLIPTokenizer
    try:
        tokenizer = clip.from_pretrained(str(vocabulary.parent), local_files_only=True)
    except Exception as exc:  # tokenizers has no narrower one for a damaged file
        raise CheckpointMismatch(f"{vocabulary} is no CLIP tokenizer: {exc}") from exc
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    return tokenizer
