"""The tiny tri-modal model that this project trains: for tests, tutorials and benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.embeddings.tiny_inputs import RATE, SIDE, pixels, spectrograms
from mmrag.embeddings.trainable import Trainable
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

    from mmrag.embeddings.tiny_model import TinyModel

_TOWERS = {
    Modality.TEXT: ("words.", "towers.text."),
    Modality.IMAGE: ("stems.image.", "towers.image."),
    Modality.AUDIO: ("stems.audio.", "towers.audio."),
}


class TinyEmbedding(MediaEmbedding):
    """64 numbers for a text, a picture or a sound of a world of coloured shapes and their tones.

    It knows nothing else: of the world at large it gives vectors, not meaning. Pictures are
    squeezed to 64 x 64 pixels; of a recording, up to five windows of one second are heard and
    averaged; of a text, the first 23 words are read, and words that no caption has hardly count.

    `mmrag/training/tiny.py` trains it. Text and sound never meet there; pictures join them.
    """

    takes: ClassVar[frozenset[Modality]] = frozenset(
        {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}
    )
    sample_rate: ClassVar[int] = RATE
    image_side: ClassVar[int | None] = SIDE

    @classmethod
    def class_name(cls) -> str:
        return "TinyEmbedding"

    def trainable(self) -> Trainable:
        """The whole model; see the base class. Saving rounds the weights to bfloat16."""
        from mmrag.embeddings.tiny_model import read_config, save

        model = self._loaded()
        config = read_config(Path(self.weights.path))
        known = {"architecture", "sizes"}
        provenance = {key: value for key, value in config.items() if key not in known}
        last = provenance.get("last_step", {})

        def write(folder: Path, temperature: float) -> None:
            about = {
                **provenance,
                "provenance": f"fine-tuned from {self.model_name}",
                "last_step": {"temperature": temperature},
            }
            save(model, folder, about)

        return Trainable(
            module=model,
            towers=_TOWERS,
            save=write,
            space="tiny",
            licence=str(provenance.get("licence", "unknown")),
            temperature=last.get("temperature"),
            learning_rate=1e-3,
        )

    def _load(self) -> TinyModel:
        from mmrag.embeddings.tiny_model import load

        return load(Path(self.weights.path)).to(self.device_name)

    def _dimension(self, model: TinyModel) -> int:
        return model.config.dimension

    def _logit_scale(self, model: TinyModel, modality: Modality) -> LogitScale | None:
        from mmrag.embeddings.tiny_model import temperature

        # one for all pairs that it was trained on
        found = temperature(Path(self.weights.path))
        return None if found is None else LogitScale(1 / found)

    def _text_vectors(self, model: TinyModel, texts: list[str]) -> torch.Tensor:
        return model.encode("text", model.tokens(texts).to(self.device_name))

    def _prepare_image(self, model: TinyModel, image: Image.Image) -> FloatArray:
        return pixels(image)

    def _image_vectors(self, model: TinyModel, prepared: list[FloatArray]) -> torch.Tensor:
        return model.encode("image", self._tensor(np.stack(prepared)))

    def _prepare_audio(self, model: TinyModel, samples: FloatArray) -> FloatArray:
        return spectrograms(samples)

    def _audio_vectors(self, model: TinyModel, prepared: list[FloatArray]) -> torch.Tensor:
        """Each the sum of the vectors of its windows, which points where their mean does."""
        heard = model.encode("audio", self._tensor(np.concatenate(prepared))).float()
        owners = np.repeat(np.arange(len(prepared)), [len(windows) for windows in prepared])
        sums = heard.new_zeros(len(prepared), heard.shape[1])
        return sums.index_add(0, self._tensor(owners), heard)

    def _tensor(self, values: NDArray[Any]) -> torch.Tensor:
        library = require("torch", extra="all", purpose="embed")
        tensor: torch.Tensor = library.from_numpy(values).to(self.device_name)
        return tensor
