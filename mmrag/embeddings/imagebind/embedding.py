"""ImageBind as an embedding: words, pictures, sounds, films, depth, heat and motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from llama_index.core.schema import BaseNode
from numpy.typing import ArrayLike
from PIL import Image

from mmrag.embeddings.ahead import Fault
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.imagebind import checkpoint
from mmrag.embeddings.imagebind.film import film_input
from mmrag.embeddings.imagebind.preprocess import array_input, image_input
from mmrag.embeddings.imagebind.sensed import INPUTS
from mmrag.embeddings.imagebind.sound import SAMPLE_RATE, sound_input
from mmrag.embeddings.imagebind.tokenizer import TextTokenizer
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.embeddings.media import VideoInput
from mmrag.embeddings.precision import dtype_of
from mmrag.embeddings.trainable import Trainable
from mmrag.errors import CheckpointMismatch, ConfigError, MmragError
from mmrag.extras import require
from mmrag.modalities import SENSORS, Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch

    from mmrag.embeddings.imagebind.model import ImageBindModel

PURPOSE = "embed with ImageBind"
_TOWERS = {
    modality: tuple(f"modality_{part}.{name}." for part in ("preprocessors", "trunks", "heads"))
    for modality, name in (
        (Modality.TEXT, "text"),
        (Modality.IMAGE, "vision"),
        (Modality.AUDIO, "audio"),
        *((sensor, sensor.value) for sensor in SENSORS),
    )
}


@dataclass(frozen=True)
class Loaded:
    """The towers and what reads text for them."""

    towers: ImageBindModel
    tokenizer: TextTokenizer


class ImageBindEmbedding(MediaEmbedding):
    """Unit vectors of six kinds of input in one space.

    Meta's weights are licensed CC BY-NC-SA 4.0, for no commercial use; a warning says so at load.

    Args:
        model_name: "imagebind_huge", a file of weights, or a folder that holds one.
    """

    takes: ClassVar[frozenset[Modality]] = frozenset(
        {Modality.TEXT, Modality.IMAGE, Modality.AUDIO, Modality.VIDEO, *SENSORS}
    )
    sample_rate: ClassVar[int] = SAMPLE_RATE

    def __init__(self, model_name: str = "imagebind_huge", **fields: Any) -> None:  # noqa: ANN401
        fields.setdefault("embed_batch_size", 8)
        super().__init__(model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "ImageBindEmbedding"

    def trainable(self) -> Trainable:
        """The whole model; see the base class. Trained so that it still binds to pictures.

        Raises:
            ConfigError: loaded with other numbers than float32, whose steps would be rounded away.
        """
        model = self._loaded()
        towers = model.towers
        if any(weight.dtype.itemsize < 4 for weight in towers.parameters()):
            raise ConfigError("weights in bfloat16 cannot be trained; load with dtype='float32'")

        def write(folder: Path, temperature: float) -> None:
            checkpoint.save_pretrained(towers, folder, tokenizer=model.tokenizer)

        return Trainable(
            module=towers,
            towers=_TOWERS,
            save=write,
            space="imagebind",
            licence=towers.config.licence,
            anchor=Modality.IMAGE,
        )

    def embed_videos(
        self, videos: Sequence[VideoInput], *, on_fault: Fault | None = None
    ) -> FloatArray:
        """(len(videos), dimension) unit vectors of films or scenes, by their pictures alone.

        Args:
            on_fault: told of bad films, whose rows are zeros; None raises at the first.

        Raises:
            LoadError: a film cannot be read.
        """
        model = self._loaded()
        side = model.towers.config.vision.shape[-1]
        out = np.zeros((len(videos), self._dimension(model)), dtype=np.float32)
        for row, given in enumerate(videos):  # a film is 15 clips, more than a batch of pictures
            try:
                out[row] = self._encoded("vision", [given], lambda film: film_input(film, side))
            except MmragError as error:
                if on_fault is None:
                    raise
                on_fault(row, error)
        return out

    def embed_depths(self, depths: Sequence[ArrayLike]) -> FloatArray:
        """(len(depths), dimension) unit vectors of depth pictures that are ready for the model;
        `embed_measured` prepares files.

        Args:
            depths: (224, 224) each, as disparity (1 / distance, normalised as in the training data
                of the checkpoint).

        Raises:
            InputError: another shape, or not finite numbers.
        """
        return self._measured("depth", depths)

    def embed_thermals(self, thermals: Sequence[ArrayLike]) -> FloatArray:
        """(len(thermals), dimension) unit vectors of thermal pictures, (224, 224) each."""
        return self._measured("thermal", thermals)

    def embed_imus(self, motions: Sequence[ArrayLike]) -> FloatArray:
        """(len(motions), dimension) unit vectors of motion.

        Args:
            motions: (6, 2000) each: three axes of acceleration and three of rotation for five
                seconds, at 400 Hz.
        """
        return self._measured("imu", motions)

    def _load(self) -> Loaded:
        device = self.device_name
        towers = checkpoint.load(
            self.weights.path, dtype=dtype_of(device, self.dtype), device=device
        )
        path, size = Path(self.weights.path).expanduser(), towers.config.text
        tokenizer = TextTokenizer.find(
            path if path.is_dir() else path.parent,
            size.context,
            local_files_only=self.local_files_only,
        )
        if tokenizer.size > size.vocabulary:
            raise CheckpointMismatch(
                f"the tokenizer beside {path} has {tokenizer.size} tokens, the model "
                f"{size.vocabulary}; put the tokenizer there that the model was trained with"
            )
        return Loaded(towers, tokenizer)

    def _dimension(self, model: Loaded) -> int:
        return model.towers.config.dimension

    def _logit_scale(self, model: Loaded, modality: Modality) -> LogitScale | None:
        # Pictures were paired with texts at the scale that texts learnt. Nothing else was; each has
        # that of its own pairs, with pictures. Meta's example multiplies both, which makes every
        # answer certain.
        name = "text" if modality is Modality.IMAGE else modality.value
        return LogitScale(model.towers.scale(name))

    def _text_vectors(self, model: Loaded, texts: list[str]) -> torch.Tensor:
        library = require("torch", extra="all", purpose=PURPOSE)
        ids = library.from_numpy(model.tokenizer.ids(texts)).to(self.device_name)
        return model.towers.encode_clips("text", ids)

    def _prepare_image(self, model: Loaded, image: Image.Image) -> FloatArray:
        return image_input(image, model.towers.config.vision.shape[-1])[None]

    def _image_vectors(self, model: Loaded, prepared: list[FloatArray]) -> torch.Tensor:
        return self._means(model, "vision", prepared)

    def _prepare_audio(self, model: Loaded, samples: FloatArray) -> FloatArray:
        return sound_input(samples, model.towers.config.audio.shape)

    def _audio_vectors(self, model: Loaded, prepared: list[FloatArray]) -> torch.Tensor:
        return self._means(model, "audio", prepared)

    def _prepare_measured(self, model: Loaded, sensor: Modality, values: FloatArray) -> FloatArray:
        shape = getattr(model.towers.config, sensor.value).shape
        return np.stack([INPUTS[sensor](one, shape) for one in values])

    def _measured_vectors(
        self, model: Loaded, sensor: Modality, prepared: list[FloatArray]
    ) -> torch.Tensor:
        return self._means(model, sensor.value, prepared)

    def _scene_vectors(self, scenes: Sequence[BaseNode], on_fault: Fault) -> FloatArray:
        return self.embed_videos(scenes, on_fault=on_fault)

    def _measured(self, name: str, values: Sequence[ArrayLike]) -> FloatArray:
        shape = getattr(self._loaded().towers.config, name).shape
        return self._encoded(name, values, lambda array: array_input(array, shape, name)[None])

    def _encoded(
        self, name: str, given: Sequence[Any], prepare: Callable[[Any], FloatArray]
    ) -> FloatArray:
        def forward(model: Loaded, prepared: list[FloatArray]) -> torch.Tensor:
            return self._means(model, name, prepared)

        return self._ahead(given, prepare, forward, None)

    def _means(self, model: Loaded, name: str, prepared: list[FloatArray]) -> torch.Tensor:
        """One vector a row: the mean over the clips of the row, of which each may have another
        number; all clips of a batch are computed together."""
        library = require("torch", extra="all", purpose=PURPOSE)
        clips = library.from_numpy(np.concatenate(prepared)).to(self.device_name)
        vectors = model.towers.encode_clips(name, clips)
        rows = library.split(vectors, [len(row) for row in prepared])
        means: torch.Tensor = library.stack([row.mean(0) for row in rows])
        return means
