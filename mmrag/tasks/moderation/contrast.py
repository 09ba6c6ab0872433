"""Scores by contrast: how much nearer an item is to what speaks for a category than against it.

Each category is a question of its own, so that one item may be several things or none of them: the
score is sigmoid(scale * (for - against)), not a softmax over the categories. `for` is the highest
or mean cosine to the prompts for it, `against` the mean cosine to those against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.embeddings.base import MediaEmbedding
from mmrag.modalities import Modality
from mmrag.profiles import TEXT
from mmrag.store.spec import FloatArray
from mmrag.tasks.moderation.policy import Contrast, Sense
from mmrag.tasks.platt import sigmoid

_SHOWN = {"image": Modality.IMAGE, "audio": Modality.AUDIO, "text": Modality.TEXT}


@dataclass(frozen=True)
class Scored:
    """Scores of items in one space.

    Attributes:
        scores: (n,) in 0..1.
        nearest: (n,) rows of `contrast.for_`.
    """

    scores: NDArray[np.float64]
    nearest: NDArray[np.intp]


class Contraster:
    """A contrast with its prompts embedded, once, on first use."""

    def __init__(self, contrast: Contrast, embedding: MediaEmbedding, scale: float) -> None:
        self.contrast, self._embedding, self._scale = contrast, embedding, scale
        self._prompts: FloatArray | None = None

    def score(self, vectors: FloatArray) -> Scored:
        """The scores of (n, dimension) unit vectors."""
        if self._prompts is None:
            said = [*self.contrast.for_, *self.contrast.against]
            self._prompts = self._embedding.embed_texts(said)
        cosines = np.asarray(vectors @ self._prompts.T, dtype=np.float64)
        count = len(self.contrast.for_)
        near, far = cosines[:, :count], cosines[:, count:].mean(axis=1)
        pooled = near.max(axis=1) if self.contrast.pool == "max" else near.mean(axis=1)
        return Scored(sigmoid(self._scale * (pooled - far)), near.argmax(axis=1))


def spaces_of(embeddings: Mapping[str, MediaEmbedding]) -> dict[Sense, str]:
    """The space by which each sense is judged; one that no space takes with words is left out.

    Words are judged in `text`, looks and sounds in the first other space that takes them and words.
    """
    found: dict[Sense, str] = {}
    order: Sequence[str] = sorted(embeddings, key=lambda space: space == TEXT)
    senses: tuple[Sense, ...] = ("image", "audio")
    for sense in senses:
        both = {_SHOWN[sense], Modality.TEXT}
        for space in order:
            if space != TEXT and both <= embeddings[space].takes:
                found[sense] = space
                break
    words = next((s for s in reversed(order) if Modality.TEXT in embeddings[s].takes), None)
    return found if words is None else {**found, "text": words}
