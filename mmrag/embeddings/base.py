"""What every embedding of a shared space has in common: batches, read-ahead, checks, LlamaIndex."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from llama_index.core.schema import BaseNode, MetadataMode
from pydantic import Field, PrivateAttr

from mmrag.embeddings.ahead import Fault, prepared_batches
from mmrag.embeddings.hooks import ModelHooks
from mmrag.embeddings.lanes import in_lanes
from mmrag.embeddings.llama import EmbeddedNodes as EmbeddedNodes
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.embeddings.media import (
    AudioInput,
    ImageInput,
    SensorInput,
    measured_of,
    pixels_of,
    row_groups,
    samples_of,
)
from mmrag.embeddings.precision import DType, device_of, dtype_of
from mmrag.embeddings.trainable import Trainable
from mmrag.embeddings.weights import Weights, locate, unavailable, without_progress_bars
from mmrag.errors import ConfigError, InputError, MmragError, NonFiniteVector
from mmrag.extras import require
from mmrag.modalities import SENSORS, Modality
from mmrag.store.spec import FloatArray
from mmrag.timing import timed

if TYPE_CHECKING:
    import torch
    from typing_extensions import Self


class MediaEmbedding(ModelHooks):
    """Unit vectors of texts, pictures and sounds in one space.

    Every batch method returns float32 of shape (n, dimension), L2-normalised. Media are decoded in
    threads ahead of the model; texts are batched by length, padded to the longest of their batch,
    and cut where the model's context ends. A vector with NaN raises NonFiniteVector.

    Args:
        model_name: a local folder or file, a name of `mmrag models list`, or a hub id.
        device: torch device; None chooses.
        dtype: "auto" computes in bfloat16 where the processor or GPU has it.
        local_files_only: never ask the hub.
    """

    takes: ClassVar[frozenset[Modality]] = frozenset({Modality.TEXT, Modality.IMAGE})
    """What can be embedded."""
    sample_rate: ClassVar[int] = 48_000
    """Samples a second of arrays given as sound."""

    device: str | None = None
    dtype: DType = "auto"
    local_files_only: bool = Field(default=False, description="never ask the hub")

    _model: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, model_name: str, **fields: Any) -> None:  # noqa: ANN401  (pydantic's fields)
        fields.setdefault("embed_batch_size", 32)
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def from_pretrained(cls, path: str | os.PathLike[str], **fields: Any) -> Self:  # noqa: ANN401
        """The embedding with the weights in a local folder or file."""
        return cls(model_name=os.fspath(path), **fields)

    # --- batches ---------------------------------------------------------------------------------

    @property
    def weights(self) -> Weights:
        """Which weights are used, for the index to remember."""
        return locate(self.model_name, purpose=f"embed for {self.class_name()}")

    @property
    def device_name(self) -> str:
        """The torch device that is used."""
        return device_of(self.device)

    @property
    def dimension(self) -> int:
        """Numbers in a vector. Loads the model."""
        return self._dimension(self._loaded())

    @property
    def embeds(self) -> frozenset[Modality]:
        """What nodes may be of: what takes pictures takes scenes, by one picture of each."""
        return self.takes | ({Modality.VIDEO} if Modality.IMAGE in self.takes else set())

    def logit_scale(self, modality: Modality) -> LogitScale | None:
        """How the model makes logits of cosines between texts and what is of `modality`.

        None where it learnt no temperature, kept none, or never saw such pairs, as of texts with
        texts. Scenes of films count as pictures. Loads the model.

        Raises:
            InputError: this model takes nothing of that modality.
        """
        if modality is Modality.VIDEO:
            modality = Modality.IMAGE
        self._check_takes(modality)
        return None if modality is Modality.TEXT else self._logit_scale(self._loaded(), modality)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), dimension) unit vectors of passages or captions."""
        return self._in_batches(texts, self._text_vectors)

    def embed_queries(self, queries: Sequence[str]) -> FloatArray:
        """(len(queries), dimension) unit vectors of questions."""
        return self._in_batches(queries, self._query_vectors)

    def embed_images(
        self, images: Sequence[ImageInput], *, on_fault: Fault | None = None
    ) -> FloatArray:
        """(len(images), dimension) unit vectors of pictures.

        Args:
            on_fault: told of bad pictures, whose rows are zeros; None raises at the first.

        Raises:
            LoadError: a picture cannot be read.
            InputError: this model takes no pictures.
        """
        self._check_takes(Modality.IMAGE)
        prepare = partial(self.prepared, Modality.IMAGE)
        return self._ahead(images, prepare, self._image_vectors, on_fault)

    def embed_audios(
        self, sounds: Sequence[AudioInput], *, on_fault: Fault | None = None
    ) -> FloatArray:
        """(len(sounds), dimension) unit vectors of recordings; as `embed_images` otherwise."""
        self._check_takes(Modality.AUDIO)
        prepare = partial(self.prepared, Modality.AUDIO)
        return self._ahead(sounds, prepare, self._audio_vectors, on_fault)

    def trainable(self) -> Trainable:
        """The weights behind the vectors, to be trained in place. Loads the model.

        Raises:
            ConfigError: a model or backend without weights that can be trained.
        """
        raise ConfigError(
            f"{self.class_name()} ({self.model_name}) cannot be fine-tuned; what can are CLIP, "
            f"MetaCLIP 2, SigLIP, CLAP, ImageBind and the tiny model, with their torch weights"
        )

    def prepared(self, modality: Modality, given: Any) -> Any:  # noqa: ANN401
        """One input as the model takes it: text, ImageInput, AudioInput, SensorInput. Thread-safe.

        Raises:
            LoadError: a picture or recording cannot be read.
            InputError: this model does not take that modality.
        """
        self._check_takes(modality)
        model = self._loaded()
        if modality is Modality.IMAGE:
            pixels = pixels_of(given, shorter_side=self._shorter_side(model))
            return self._prepare_image(model, pixels)
        if modality is Modality.AUDIO:
            return self._prepare_audio(model, samples_of(given, rate=self.sample_rate))
        if modality in SENSORS:
            return self._prepare_measured(model, modality, measured_of(given, modality))
        return given

    def raw_vectors(self, modality: Modality, rows: Sequence[Any]) -> torch.Tensor:
        """(n, dimension) vectors of what `prepared` made, of any length, as the model gives them.

        Nothing is switched off around the model, so that gradients reach its weights.
        """
        model, given = self._loaded(), list(rows)
        if modality is Modality.IMAGE:
            return self._image_vectors(model, given)
        if modality is Modality.AUDIO:
            return self._audio_vectors(model, given)
        if modality in SENSORS:
            return self._measured_vectors(model, modality, given)
        return self._text_vectors(model, given)

    def embed_measured(
        self,
        sensor: Modality,
        given: Sequence[SensorInput],
        *,
        on_fault: Fault | None = None,
    ) -> FloatArray:
        """(len(given), dimension) unit vectors of depth maps, thermal pictures or motion.

        A motion recording of several windows gets the direction of their mean.

        Args:
            sensor: depth, thermal or imu.
            given: files, nodes, or arrays as of `measured_of`.
            on_fault: as of `embed_images`.
        """
        self._check_takes(sensor)

        def forward(model: Any, prepared: list[FloatArray]) -> torch.Tensor:  # noqa: ANN401
            return self._measured_vectors(model, sensor, prepared)

        return self._ahead(given, partial(self.prepared, sensor), forward, on_fault)

    def embed_nodes(self, nodes: Sequence[BaseNode]) -> EmbeddedNodes:
        """Each node by what it shows; a bad picture or recording costs its own row only.

        Nodes of a modality that the model does not embed get None.
        """
        out = EmbeddedNodes([None] * len(nodes))
        for modality, rows in row_groups(nodes).items():
            if modality not in self.embeds:
                continue
            vectors = self._of_modality(modality, nodes, rows, out.faults)
            for row, vector in zip(rows, vectors, strict=True):
                if row not in out.faults:
                    out.vectors[row] = vector
        return out

    def _of_modality(
        self,
        modality: Modality,
        nodes: Sequence[BaseNode],
        rows: Sequence[int],
        faults: dict[int, MmragError],
    ) -> FloatArray:
        def on_fault(place: int, error: MmragError) -> None:
            faults[rows[place]] = error

        chosen = [nodes[row] for row in rows]
        if modality is Modality.IMAGE:
            return self.embed_images(chosen, on_fault=on_fault)
        if modality is Modality.VIDEO:
            return self._scene_vectors(chosen, on_fault)
        if modality is Modality.AUDIO:
            return self.embed_audios(chosen, on_fault=on_fault)
        if modality in SENSORS:
            return self.embed_measured(modality, chosen, on_fault=on_fault)
        return self.embed_texts([node.get_content(MetadataMode.EMBED) for node in chosen])

    def _scene_vectors(self, scenes: Sequence[BaseNode], on_fault: Fault) -> FloatArray:
        """One picture of each; models that take films override it."""
        return self.embed_images(scenes, on_fault=on_fault)

    # --- inner parts -----------------------------------------------------------------------------

    def _check_takes(self, modality: Modality) -> None:
        if modality not in self.takes:
            known = ", ".join(sorted(m.value for m in self.takes))
            raise InputError(f"{self.class_name()} embeds {known}, not {modality.value}")

    def _in_batches(
        self, texts: Sequence[str], forward: Callable[[Any, list[str]], torch.Tensor]
    ) -> FloatArray:
        model = self._loaded()
        out = np.zeros((len(texts), self._dimension(model)), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        size = self.embed_batch_size
        batches = [by_length[start : start + size] for start in range(0, len(texts), size)]

        def compute(rows: list[int]) -> FloatArray:
            with self._computing():
                raw = forward(model, [texts[row] for row in rows])
            return self._unit(raw, rows, None)

        for rows, vectors in zip(
            batches, in_lanes(batches, compute, device=self.device_name), strict=True
        ):
            out[rows] = vectors
        return out

    def _ahead(
        self,
        given: Sequence[Any],
        prepare: Callable[[Any], Any],
        forward: Callable[[Any, list[Any]], torch.Tensor],
        on_fault: Fault | None,
    ) -> FloatArray:
        model = self._loaded()
        out = np.zeros((len(given), self._dimension(model)), dtype=np.float32)
        batches = prepared_batches(
            given,
            prepare,
            size=self.embed_batch_size,
            on_fault=on_fault,
            overlap=self.device_name != "cpu",
        )
        for rows, prepared in batches:
            with self._computing():
                raw = forward(model, prepared)
            out[rows] = self._unit(raw, rows, on_fault)
        return out

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """Around a pass of the model; those that run elsewhere override it."""
        torch = require("torch", extra="all", purpose="embed")
        device = self.device_name
        dtype = dtype_of(device, self.dtype)
        kind = device.partition(":")[0]
        with (
            torch.inference_mode(),
            torch.autocast(kind, dtype=torch.bfloat16, enabled=dtype is torch.bfloat16),
        ):
            yield

    def _unit(self, raw: Any, rows: Sequence[int], on_fault: Fault | None) -> FloatArray:  # noqa: ANN401
        """Rows scaled to length 1. Those that cannot be are zeros, and a fault."""
        values: FloatArray = (
            raw if isinstance(raw, np.ndarray) else raw.detach().float().cpu().numpy()
        ).astype(np.float32, copy=False)
        norms = np.linalg.norm(values, axis=1, keepdims=True)
        good = np.isfinite(norms[:, 0]) & (norms[:, 0] > 0)
        for place in np.flatnonzero(~good).tolist():
            error = NonFiniteVector(
                f"{self.class_name()} ({self.model_name}) gave a vector without direction "
                f"(length {norms[place, 0]}); the weights are damaged, or dtype {self.dtype!r} is "
                f"too coarse for them"
            )
            if on_fault is None:
                raise error
            on_fault(rows[place], error)
        return np.where(good[:, None], values / np.where(good[:, None], norms, 1), 0)

    def _loaded(self) -> Any:  # noqa: ANN401  (each model's own)
        with self._lock:
            if self._model is None:
                with timed(f"load {self.model_name}"):
                    self._model = self._read()
            return self._model

    def _read(self) -> Any:  # noqa: ANN401
        """`_load` of weights that lie in files; models that run elsewhere override it."""
        try:
            with without_progress_bars():
                return self._load()
        except OSError as exc:
            raise unavailable(self.model_name) from exc

    def __getstate__(self) -> dict[str, Any]:
        bare = self.model_copy()  # LlamaIndex tries whether each attribute can be pickled, by doing
        bare._model = bare._lock = bare._queries = None  # it: that would take gigabytes
        return super(MediaEmbedding, bare).__getstate__()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._model, self._lock = None, threading.Lock()
