"""What the embedding of a model implements: its weights, and inputs to vectors."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image

from mmrag.embeddings.llama import LlamaEmbedding
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    import torch


class ModelHooks(LlamaEmbedding):
    """Called by `MediaEmbedding`, with what `_load` gave as `model`."""

    image_side: ClassVar[int | None] = None
    """Pixels of the shorter side that preparing a picture needs at least; None wants all."""

    @abstractmethod
    def _load(self) -> Any:  # noqa: ANN401  (each model's own)
        """Load the weights of `self.weights`, on `self.device_name`."""

    @abstractmethod
    def _dimension(self, model: Any) -> int:  # noqa: ANN401
        """Numbers in a vector."""

    @abstractmethod
    def _text_vectors(self, model: Any, texts: list[str]) -> torch.Tensor:  # noqa: ANN401
        """(n, dimension); cut to the model's context, padded to the longest of these."""

    def _query_vectors(self, model: Any, texts: list[str]) -> torch.Tensor:  # noqa: ANN401
        """As `_text_vectors`, for questions; models that were trained with prompts override it."""
        return self._text_vectors(model, texts)

    def _shorter_side(self, model: Any) -> int | None:  # noqa: ANN401
        """`image_side`; models whose checkpoints differ in it override it."""
        return self.image_side

    def _prepare_image(self, model: Any, image: Image.Image) -> Any:  # noqa: ANN401
        """An RGB picture as the model's input of one row. Runs in a thread."""
        raise NotImplementedError

    def _image_vectors(self, model: Any, prepared: list[Any]) -> torch.Tensor:  # noqa: ANN401
        """(n, dimension) of what `_prepare_image` made."""
        raise NotImplementedError

    def _prepare_audio(self, model: Any, samples: FloatArray) -> Any:  # noqa: ANN401
        """(n,) mono samples at `sample_rate` as the model's input of one row. Runs in a thread."""
        raise NotImplementedError

    def _audio_vectors(self, model: Any, prepared: list[Any]) -> torch.Tensor:  # noqa: ANN401
        """(n, dimension) of what `_prepare_audio` made."""
        raise NotImplementedError

    def _logit_scale(self, model: Any, modality: Modality) -> LogitScale | None:  # noqa: ANN401
        """What the pair of text with `modality` was trained with; None where nothing tells."""
        return None

    def _prepare_measured(
        self,
        model: Any,  # noqa: ANN401
        sensor: Modality,
        values: FloatArray,
    ) -> FloatArray:
        """What `measured_of` gives as the model's inputs, one a row. Runs in a thread."""
        raise NotImplementedError

    def _measured_vectors(
        self,
        model: Any,  # noqa: ANN401
        sensor: Modality,
        prepared: list[FloatArray],
    ) -> torch.Tensor:
        """(n, dimension) of what `_prepare_measured` made, one vector for all rows of each."""
        raise NotImplementedError
