"""Zero-shot classification: which of some labels fits a picture, sound or text, without training.

A label is put into sentences, and what is nearest to them in a shared space has it (Radford et al.
2021, CLIP, section 3.1). Cosines are multiplied by what the model learnt to multiply them by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from llama_index.core.schema import BaseNode
from numpy.typing import NDArray

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.logit_scale import LogitScale
from mmrag.embeddings.media import AudioInput, ImageInput, row_groups
from mmrag.errors import InputError, MmragError
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray
from mmrag.tasks.calibration import Calibration
from mmrag.tasks.labels import GivenLabels, labels_of
from mmrag.tasks.platt import sigmoid
from mmrag.tasks.templates import filled, neutral_prompts, templates_for, templates_of

SCALE = 20.0
"""For models that tell no scale of their own, such as those of text alone: what
sentence-transformers multiplies cosines by in its losses."""


@dataclass(frozen=True)
class LabelScore:
    """How well one label fits: its probability, and the cosine that it was made of."""

    label: str
    probability: float
    cosine: float


Prediction: TypeAlias = tuple[LabelScore, ...]
"""All labels, the best first."""


class ZeroShotClassifier:
    """Labels what one embedding embeds. Vectors of labels are made on first use, and kept.

    With one label an item, probabilities are the softmax of the logits. With several
    (`multi_label`) each label stands alone, by a sigmoid of its margin: the logit where the model
    was trained with a sigmoid and its bias (SigLIP), else how much more the label is like the item
    than a sentence that fits anything of its kind ("a photo."). Only with a `calibration`, fitted
    to labelled items, may these be read as probabilities; without it 0.5 merely says "more than
    not".

    Args:
        embedding: with texts among what it takes.
        labels: names, or for each name its descriptions, of which the mean stands for it.
        templates: names of `mmrag.tasks.templates.TEMPLATES` and sentences with {} in them; none
            takes what suits each modality.
        scale: instead of the model's own.
        calibration: for one modality each.

    Raises:
        InputError: labels or templates that cannot be used, or one label and nothing to tell it
            from.
    """

    def __init__(
        self,
        embedding: MediaEmbedding,
        labels: GivenLabels,
        *,
        templates: Sequence[str] = (),
        scale: float | None = None,
        multi_label: bool = False,
        calibration: Iterable[Calibration] = (),
    ) -> None:
        self.embedding = embedding
        self.labels = labels_of(labels)
        self.multi_label = multi_label
        self._templates = templates_of(templates)
        self._given_scale = scale
        self._calibration = {row.modality: row for row in calibration}
        self._kept: dict[tuple[str, ...], FloatArray] = {}
        if len(self.labels) < 2 and not multi_label:
            raise InputError(
                f"one label, {self.labels[0].name!r}, is no choice: name at least two, or ask for "
                f"several labels an item, where each stands alone"
            )
        if scale is not None and not scale > 0:
            raise InputError(f"the scale of logits must be above 0, found {scale}")
        if calibration and not multi_label:
            raise InputError("a calibration is for several labels an item (multi_label)")

    @property
    def names(self) -> tuple[str, ...]:
        """The labels, in the order of columns."""
        return tuple(label.name for label in self.labels)

    def templates(self, modality: Modality) -> tuple[str, ...]:
        """The sentences that labels are put into."""
        return self._templates or templates_for(modality)

    def scale(self, modality: Modality) -> LogitScale:
        """What makes logits of cosines. Loads the model."""
        learnt = self.embedding.logit_scale(modality) or LogitScale(SCALE)
        return learnt if self._given_scale is None else LogitScale(self._given_scale, learnt.bias)

    def calibrated(self, modality: Modality) -> bool:
        """Whether its probabilities were fitted to labelled items."""
        return _shown(modality) in self._calibration

    def label_vectors(self, modality: Modality) -> FloatArray:
        """(labels, dimension) unit vectors, each the mean over descriptions and templates."""
        templates = self.templates(modality)
        if templates not in self._kept:
            self._kept[templates] = np.stack(
                [
                    self._mean([filled(t, d) for d in label.descriptions for t in templates])
                    for label in self.labels
                ]
            )
        return self._kept[templates]

    def margins(self, vectors: FloatArray, modality: Modality) -> NDArray[np.float64]:
        """(n, labels) of (n, dimension) unit vectors: above 0 speaks for a label, by itself."""
        cosines, scale = self._cosines(vectors, modality), self.scale(modality)
        if scale.bias is not None:
            return scale.scale * cosines + scale.bias
        prompts = neutral_prompts(modality)
        if prompts not in self._kept:
            self._kept[prompts] = self._mean(prompts)[None]
        neutral = vectors.astype(np.float64) @ self._kept[prompts].T
        return scale.scale * (cosines - neutral)

    def probabilities(self, vectors: FloatArray, modality: Modality) -> NDArray[np.float64]:
        """(n, labels) of (n, dimension) unit vectors; rows sum to 1 unless labels stand alone."""
        if not self.multi_label:
            logits = self.scale(modality).scale * self._cosines(vectors, modality)
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            softmax: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
            return softmax
        margins = self.margins(vectors, modality)
        fitted = self._calibration.get(_shown(modality))
        if fitted is None:
            return sigmoid(margins)
        fitted.check(
            self.names,
            self.embedding.model_name,
            self.templates(modality),
            self.scale(modality).scale,
        )
        columns = [fitted.sigmoids[name](margins[:, n]) for n, name in enumerate(self.names)]
        return np.stack(columns, axis=1)

    def calibrate(
        self, vectors: FloatArray, truth: Sequence[Iterable[str]], modality: Modality
    ) -> Calibration:
        """Sigmoids fitted to items of which the labels are known.

        Args:
            vectors: (n, dimension) unit vectors of the items.
            truth: the labels of each.

        Raises:
            InputError: a label that no item has, or every one.
        """
        return Calibration.fitted(
            self.margins(vectors, modality),
            [set(has) for has in truth],
            self.names,
            modality=_shown(modality),
            model=self.embedding.model_name,
            templates=self.templates(modality),
            scale=self.scale(modality).scale,
        )

    def classify_vectors(self, vectors: FloatArray, modality: Modality) -> list[Prediction]:
        """The labels of (n, dimension) unit vectors of this embedding, all of one modality."""
        if not len(vectors):
            return []
        chances = self.probabilities(vectors, modality)
        cosines = self._cosines(vectors, modality)
        return [self._ranked(*row) for row in zip(chances, cosines, strict=True)]

    def classify_images(self, images: Sequence[ImageInput]) -> list[Prediction]:
        """The labels of pictures; raises LoadError at the first that cannot be read."""
        return self.classify_vectors(self.embedding.embed_images(images), Modality.IMAGE)

    def classify_audios(self, sounds: Sequence[AudioInput]) -> list[Prediction]:
        """The labels of recordings; as `classify_images` otherwise."""
        return self.classify_vectors(self.embedding.embed_audios(sounds), Modality.AUDIO)

    def classify_texts(self, texts: Sequence[str]) -> list[Prediction]:
        """The labels of texts."""
        return self.classify_vectors(self.embedding.embed_texts(texts), Modality.TEXT)

    def classify_nodes(
        self, nodes: Sequence[BaseNode]
    ) -> tuple[list[Prediction | None], dict[int, MmragError]]:
        """The labels of nodes by what they show, and by row what is wrong with some.

        Nodes of a modality that the model does not embed get None.
        """
        done = self.embedding.embed_nodes(nodes)
        out: list[Prediction | None] = [None] * len(nodes)
        for modality, rows in row_groups(nodes).items():
            there = [(row, vector) for row in rows if (vector := done.vectors[row]) is not None]
            if there:
                stacked = np.stack([vector for _, vector in there])
                found = self.classify_vectors(stacked, modality)
                for (row, _), prediction in zip(there, found, strict=True):
                    out[row] = prediction
        return out, done.faults

    def _mean(self, texts: Sequence[str]) -> FloatArray:
        mean = self.embedding.embed_texts(list(texts)).mean(axis=0)
        unit: FloatArray = mean / np.linalg.norm(mean)
        return unit

    def _cosines(self, vectors: FloatArray, modality: Modality) -> NDArray[np.float64]:
        return vectors.astype(np.float64) @ self.label_vectors(modality).T.astype(np.float64)

    def _ranked(self, chances: NDArray[np.float64], cosines: NDArray[np.float64]) -> Prediction:
        order = sorted(range(len(self.labels)), key=lambda n: (-chances[n], -cosines[n], n))
        return tuple(
            LabelScore(self.labels[n].name, float(chances[n]), float(cosines[n])) for n in order
        )


def _shown(modality: Modality) -> Modality:
    """Scenes of films are labelled as pictures."""
    return Modality.IMAGE if modality is Modality.VIDEO else modality
