"""The tiny model that this project trains: for tests, tutorials and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.embeddings.tiny_inputs import RATE, SIDE, pixels, spectrograms
from mmrag.embeddings.tiny_sensor_inputs import GRIDS, WEIGHTS
from mmrag.embeddings.trainable import Trainable
from mmrag.errors import InputError
from mmrag.extras import require
from mmrag.modalities import SENSORS, Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

    from mmrag.embeddings.tiny_model import TinyModel
    from mmrag.embeddings.tiny_sensors import TinySensors


@dataclass(frozen=True)
class Loaded:
    """The model, and the towers for sensors where some lie beside it."""

    model: TinyModel
    sensors: TinySensors | None


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
    Depth maps, thermal pictures and motion are taken where there are towers for them beside the
    checkpoint; of distance, heat and movement, too, it knows those of its world alone.

    `mmrag/training/tiny.py` trains it, and `mmrag/training/sensors.py` the towers. Pictures join
    what never meets there.
    """

    sample_rate: ClassVar[int] = RATE
    image_side: ClassVar[int | None] = SIDE

    @classmethod
    def class_name(cls) -> str:
        return "TinyEmbedding"

    @property
    def takes(self) -> frozenset[Modality]:  # type: ignore[override]  # of the files, not the class
        """Text, pictures and sounds, and what there are towers for beside the checkpoint."""
        plain = {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}
        return frozenset(plain.union(SENSORS) if self._sensors_beside else plain)

    def trainable(self) -> Trainable:
        """The whole model; see the base class. Saving rounds the weights to bfloat16."""
        from mmrag.embeddings.tiny_model import read_config, save

        model = self._loaded().model
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

    @property
    def _sensors_beside(self) -> bool:
        return (Path(self.weights.path) / WEIGHTS).is_file()

    def _load(self) -> Loaded:
        from mmrag.embeddings import tiny_model, tiny_sensors

        folder, device = Path(self.weights.path), self.device_name
        sensors = tiny_sensors.load(folder).to(device) if self._sensors_beside else None
        return Loaded(tiny_model.load(folder).to(device), sensors)

    def _logit_scale(self, model: Loaded, modality: Modality) -> LogitScale | None:
        from mmrag.embeddings.tiny_model import temperature

        # one for all pairs that it was trained on
        found = temperature(Path(self.weights.path))
        return None if found is None else LogitScale(1 / found)

    def _dimension(self, model: Loaded) -> int:
        return model.model.config.dimension

    def _text_vectors(self, model: Loaded, texts: list[str]) -> torch.Tensor:
        tiny = model.model
        return tiny.encode("text", tiny.tokens(texts).to(self.device_name))

    def _prepare_image(self, model: Loaded, image: Image.Image) -> FloatArray:
        return pixels(image)

    def _image_vectors(self, model: Loaded, prepared: list[FloatArray]) -> torch.Tensor:
        return model.model.encode("image", self._tensor(np.stack(prepared)))

    def _prepare_audio(self, model: Loaded, samples: FloatArray) -> FloatArray:
        return spectrograms(samples)

    def _audio_vectors(self, model: Loaded, prepared: list[FloatArray]) -> torch.Tensor:
        heard = model.model.encode("audio", self._tensor(np.concatenate(prepared)))
        return self._sums(heard.float(), prepared)

    def _prepare_measured(self, model: Loaded, sensor: Modality, values: FloatArray) -> FloatArray:
        return np.stack([GRIDS[sensor](one) for one in values])

    def _measured_vectors(
        self, model: Loaded, sensor: Modality, prepared: list[FloatArray]
    ) -> torch.Tensor:
        if model.sensors is None:  # the towers were put there after the model was loaded
            raise InputError(f"{self.model_name} has no tower for {sensor.value}")
        sensed = model.sensors.encode(sensor.value, self._tensor(np.concatenate(prepared)))
        return self._sums(sensed.float(), prepared)

    def _sums(self, vectors: torch.Tensor, prepared: list[FloatArray]) -> torch.Tensor:
        """Each the sum of the vectors of its windows, which points where their mean does."""
        owners = np.repeat(np.arange(len(prepared)), [len(windows) for windows in prepared])
        sums = vectors.new_zeros(len(prepared), vectors.shape[1])
        return sums.index_add(0, self._tensor(owners), vectors)

    def _tensor(self, values: NDArray[Any]) -> torch.Tensor:
        library = require("torch", extra="all", purpose="embed")
        tensor: torch.Tensor = library.from_numpy(values).to(self.device_name)
        return tensor
