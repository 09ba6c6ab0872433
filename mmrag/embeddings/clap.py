"""CLAP: texts and sounds in one space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.checkpoints import (
    check_vocabulary,
    model_type,
    pooled,
    reading,
    text_tokenizer,
    whole_model,
)
from mmrag.embeddings.logit_scale import LogitScale, learnt
from mmrag.embeddings.trainable import Trainable, of_transformers
from mmrag.embeddings.windows import spread_windows
from mmrag.errors import CheckpointMismatch
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

_TOWERS = {
    Modality.TEXT: ("text_model.", "text_projection."),
    Modality.AUDIO: ("audio_model.", "audio_projection."),
}
WINDOWS = 6
"""At most so many stretches of a recording are heard."""


@dataclass(frozen=True)
class Clap:
    """A loaded checkpoint; `longest` counts tokens."""

    model: Any
    tokenizer: Any
    extractor: Any
    longest: int

    @property
    def fused(self) -> bool:
        """Trained on four spectrograms a recording; the first of them is the whole."""
        return bool(self.model.config.audio_config.enable_fusion)


class ClapEmbedding(MediaEmbedding):
    """Unit vectors of texts and sounds by LAION-CLAP (Wu et al. 2023).

    The model hears 10 seconds. A shorter sound is repeated to fill them; of a longer one, up to
    WINDOWS stretches of 10 s, spread evenly, are heard, and the mean of their unit vectors counts.
    transformers itself takes one stretch at random, so that no two runs agree.

    Raises, on first use:
        CheckpointMismatch: weights of another architecture, incomplete, or of other sizes.
        ModelUnavailable: no weights here, and the hub is out of reach.
    """

    takes: ClassVar[frozenset[Modality]] = frozenset({Modality.TEXT, Modality.AUDIO})
    sample_rate: ClassVar[int] = 48_000

    @classmethod
    def class_name(cls) -> str:
        return "ClapEmbedding"

    def __init__(
        self,
        model_name: str = "laion/clap-htsat-unfused",
        **fields: Any,  # noqa: ANN401  (pydantic's)
    ) -> None:
        super().__init__(model_name, **fields)

    def trainable(self) -> Trainable:
        """The whole model; see the base class."""
        return of_transformers(self.weights, self._loaded().model, _TOWERS, space="clap")

    def _load(self) -> Clap:
        weights = self.weights
        offline = weights.local or self.local_files_only
        kind = model_type(weights, {"clap": "ClapModel"}, offline=offline)
        transformers = require("transformers", extra="all", purpose="embed sounds")
        with reading(weights):
            extractor = transformers.ClapFeatureExtractor.from_pretrained(
                weights.path, local_files_only=offline
            )
        if extractor.sampling_rate != self.sample_rate:
            raise CheckpointMismatch(
                f"{weights.model} hears {extractor.sampling_rate} samples a second, and "
                f"{kind} models {self.sample_rate}"
            )
        tokenizer = text_tokenizer(weights, offline=offline)
        model = whole_model(weights, "ClapModel", offline=offline)
        text = model.config.text_config
        check_vocabulary(weights, tokenizer, text)
        # RoBERTa counts positions from the one behind the padding's id
        places = text.max_position_embeddings - text.pad_token_id - 1
        longest = min(places, tokenizer.model_max_length)
        return Clap(model.to(self.device_name), tokenizer, extractor, longest)

    def _dimension(self, model: Clap) -> int:
        return int(model.model.config.projection_dim)

    def _logit_scale(self, model: Clap, modality: Modality) -> LogitScale | None:
        # of its two, that of a sound among texts, as in ClapModel's logits_per_audio
        return learnt(model.model, "logit_scale_a")

    def _text_vectors(self, model: Clap, texts: list[str]) -> torch.Tensor:
        tokens = model.tokenizer(
            texts, truncation=True, max_length=model.longest, padding="longest", return_tensors="pt"
        ).to(self.device_name)
        return pooled(
            model.model.get_text_features(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
            )
        )

    def _prepare_audio(self, model: Clap, samples: FloatArray) -> FloatArray:
        """(windows, 1 or 4, frames, mel bands) in dB."""
        length = model.extractor.nb_max_samples
        spectrograms: FloatArray = model.extractor(
            spread_windows(samples, length, most=WINDOWS),
            sampling_rate=self.sample_rate,
            # also chooses the filter bank
            truncation="fusion" if model.fused else "rand_trunc",
            return_tensors="np",
        )["input_features"].astype(np.float32)
        return spectrograms

    def _audio_vectors(self, model: Clap, prepared: list[FloatArray]) -> torch.Tensor:
        library = require("torch", extra="all", purpose="embed sounds")
        windows = library.from_numpy(np.concatenate(prepared))
        # No window is longer than the model's, so nothing is to be fused. The extractor would say
        # of one at random that it is.
        parts = [
            pooled(
                model.model.get_audio_features(
                    input_features=part.to(self.device_name),
                    is_longer=library.zeros((len(part), 1), dtype=library.bool),
                )
            ).float()
            for part in windows.split(self.embed_batch_size)
        ]
        units = library.nn.functional.normalize(library.cat(parts), dim=-1)
        rows = units.split([len(row) for row in prepared])
        means: torch.Tensor = library.stack([row.mean(0) for row in rows])
        return means
