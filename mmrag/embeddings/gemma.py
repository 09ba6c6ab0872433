"""EmbeddingGemma 2: texts, pictures and sounds in one space of 768 numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.checkpoints import model_type, reading, whole_model
from mmrag.embeddings.precision import dtype_of
from mmrag.embeddings.recipes import RECIPES, check_dimensions
from mmrag.embeddings.windows import PLACES, spread_windows
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.profiles import GEMMA
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

PURPOSE = "embed with EmbeddingGemma 2"
RECIPE = RECIPES[GEMMA]
RATE = 16_000
WINDOW = 30 * RATE
"""Samples that the audio tower hears at once: what the library cuts recordings to."""
SHORTEST = 321
"""Samples of one frame of the spectrogram; a shorter sound is filled up with silence."""


class _Media(NamedTuple):
    """One picture or stretch of sound: the tower's inputs, and how many tokens it becomes."""

    inputs: dict[str, Any]
    tokens: int


@dataclass(frozen=True)
class _Loaded:
    """The model and its preparations. `frame` is what the tokenizer puts around any input."""

    model: Any
    tokenizer: Any
    image_processor: Any
    feature_extractor: Any
    frame: tuple[list[int], list[int]]


class EmbeddingGemma2Embedding(MediaEmbedding):
    """google/embeddinggemma-2: the mean over all tokens of a bidirectional encoder, scaled to 1.

    Words go in behind the card's prompts for search; a picture becomes up to 280 tokens and a
    second of sound 25, set between the marks of its kind and given without a prompt. A recording of
    more than 30 s is heard at up to four places, which the card does not speak of; the library
    itself drops all after 30 s. Marks such as `<|image|>` in a text are words, not marks.

    transformers' own processor for it cannot be made without torchvision, for it insists on reading
    video; its tokenizer, picture and sound parts are used here without it. No weights could be had
    where this was written: it was checked on small random checkpoints of the library's classes that
    vectors equal the library's forward, and the layout of tokens against the processor's source.

    Sources: https://ai.google.dev/gemma/docs/embeddinggemma/model_card_2 and
    transformers/models/embedding_gemma2. Not to be run in float16, which its values exceed.

    Args:
        dimensions: Matryoshka: 512, 256 or 128 of the 768 numbers, scaled to 1 again.
        query_prompt, text_prompt: put before questions and passages; the card has others for
            other tasks, and says that none is needed.
    """

    takes: ClassVar[frozenset[Modality]] = RECIPE.takes
    sample_rate: ClassVar[int] = RATE
    image_side: ClassVar[int | None] = None

    dimensions: int | None = None
    query_prompt: str = RECIPE.query_prompt
    text_prompt: str = RECIPE.text_prompt

    def __init__(self, model_name: str = GEMMA, **fields: Any) -> None:  # noqa: ANN401
        check_dimensions(model_name, RECIPE, fields.get("dimensions"))
        fields.setdefault("embed_batch_size", 8)  # 2,520 patches a picture
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "EmbeddingGemma2Embedding"

    def _load(self) -> _Loaded:
        transformers = require("transformers", extra="all", purpose=PURPOSE)
        weights = self.weights
        offline = weights.local or self.local_files_only
        model_type(weights, {"embedding_gemma2": "EmbeddingGemma2Model"}, offline=offline)
        model = whole_model(weights, "EmbeddingGemma2Model", offline=offline)
        if model.vision_tower is None or model.audio_tower is None:
            raise CheckpointMismatch(f"{weights.model} lacks its picture or its sound tower")
        whole = model.config.text_config.embedding_dim
        if self.dimensions is not None and self.dimensions > whole:
            raise CheckpointMismatch(
                f"{weights.model} gives {whole} numbers; it cannot be cut to {self.dimensions}"
            )
        path, asked = weights.path, {"local_files_only": offline}
        with reading(weights):
            tokenizer = transformers.AutoTokenizer.from_pretrained(path, **asked)
            pil = require(
                "transformers.models.gemma4.image_processing_pil_gemma4",
                extra="all",
                purpose=PURPOSE,
            )
            images = pil.Gemma4ImageProcessorPil.from_pretrained(path, **asked)
            ear = transformers.Gemma4AudioFeatureExtractor.from_pretrained(path, **asked)
        tokenizer.padding_side = "right"
        device = self.device_name
        placed = model.to(device=device, dtype=dtype_of(device, self.dtype))
        return _Loaded(
            placed, tokenizer, images, ear, _frame(tokenizer, model.config.image_token_id)
        )

    def _dimension(self, model: _Loaded) -> int:
        return self.dimensions or int(model.model.config.text_config.embedding_dim)

    def _text_vectors(self, model: _Loaded, texts: list[str]) -> torch.Tensor:
        return self._word_vectors(model, [self.text_prompt + text for text in texts])

    def _query_vectors(self, model: _Loaded, texts: list[str]) -> torch.Tensor:
        return self._word_vectors(model, [self.query_prompt + text for text in texts])

    def _word_vectors(self, model: _Loaded, texts: list[str]) -> torch.Tensor:
        taken = model.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=RECIPE.tokens,
            split_special_tokens=True,
            return_tensors="pt",
        )
        return self._pooled(model, dict(taken))

    def _prepare_image(self, model: _Loaded, image: Image.Image) -> _Media:
        made = model.image_processor(image, return_tensors="pt")
        inputs = {key: made[key] for key in ("pixel_values", "image_position_ids")}
        return _Media(inputs, int(made["num_soft_tokens_per_image"][0]))

    def _image_vectors(self, model: _Loaded, prepared: list[_Media]) -> torch.Tensor:
        library = require("torch", extra="all", purpose=PURPOSE)
        config = model.model.config
        marks = (config.boi_token_id, config.image_token_id, config.eoi_token_id)
        inputs = {
            key: library.cat([media.inputs[key] for media in prepared])
            for key in prepared[0].inputs
        }
        return self._pooled(model, {**_laid_out(model, marks, prepared), **inputs})

    def _prepare_audio(self, model: _Loaded, samples: FloatArray) -> list[_Media]:
        return [
            _spectrogram(model.feature_extractor, window)
            for window in spread_windows(samples, WINDOW, most=PLACES)
        ]

    def _audio_vectors(self, model: _Loaded, prepared: list[list[_Media]]) -> torch.Tensor:
        library = require("torch", extra="all", purpose=PURPOSE)
        windows = [window for row in prepared for window in row]
        size = self.embed_batch_size
        parts = [
            self._window_vectors(model, windows[start : start + size])
            for start in range(0, len(windows), size)
        ]
        units = library.nn.functional.normalize(library.cat(parts))
        means: torch.Tensor = library.stack(
            [rows.mean(0) for rows in units.split([len(row) for row in prepared])]
        )
        return means

    def _window_vectors(self, model: _Loaded, windows: list[_Media]) -> torch.Tensor:
        pad = require("torch.nn.utils.rnn", extra="all", purpose=PURPOSE).pad_sequence
        config = model.model.config
        marks = (config.boa_token_id, config.audio_token_id, config.eoa_token_index)
        inputs = {
            key: pad([window.inputs[key] for window in windows], batch_first=True)
            for key in windows[0].inputs
        }
        return self._pooled(model, {**_laid_out(model, marks, windows), **inputs})

    def _pooled(self, model: _Loaded, inputs: dict[str, Any]) -> torch.Tensor:
        """(n, dimension) means over the tokens that are not padding."""
        placed = {key: value.to(self.device_name) for key, value in inputs.items()}
        states = model.model(**placed).last_hidden_state.float()
        mask = placed["attention_mask"].unsqueeze(-1)
        means: torch.Tensor = (states * mask).sum(1) / mask.sum(1)
        return means[:, : self.dimensions]


def _spectrogram(extractor: Any, samples: FloatArray) -> _Media:  # noqa: ANN401
    """Log-mel frames of up to 30 s, without those that the extractor fills up with."""
    library = require("torch", extra="all", purpose=PURPOSE)
    samples = np.pad(samples, (0, max(0, SHORTEST - len(samples))))
    made = extractor([samples], sampling_rate=RATE, max_length=WINDOW)
    mask = np.asarray(made["input_features_mask"][0], dtype=bool)
    frames = int(mask.sum())
    inputs = {
        "input_features": library.from_numpy(made["input_features"][0][:frames]),
        "input_features_mask": library.from_numpy(mask[:frames]),
    }
    # two convolutions, each of stride 2
    return _Media(inputs, -(-frames // 4))


def _frame(tokenizer: Any, mark: int) -> tuple[list[int], list[int]]:  # noqa: ANN401
    """What the tokenizer puts before and behind an input: <bos> and <eos>."""
    built = tokenizer(tokenizer.convert_ids_to_tokens(mark))["input_ids"]
    if built.count(mark) != 1:
        raise CheckpointMismatch(
            f"the tokenizer does not know token {mark} as the mark of pictures"
        )
    place = built.index(mark)
    return built[:place], built[place + 1 :]


def _laid_out(model: _Loaded, marks: tuple[int, int, int], media: list[_Media]) -> dict[str, Any]:
    """Token ids and mask of inputs that are one medium each: <bos> begin, place × n, end <eos>."""
    library = require("torch", extra="all", purpose=PURPOSE)
    begin, place, end = marks
    before, behind = model.frame
    rows = [[*before, begin, *[place] * one.tokens, end, *behind] for one in media]
    longest = max(map(len, rows))
    pad = model.model.config.text_config.pad_token_id
    return {
        "input_ids": library.tensor([row + [pad] * (longest - len(row)) for row in rows]),
        "attention_mask": library.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in rows]),
    }
