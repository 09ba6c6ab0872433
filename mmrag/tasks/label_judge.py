"""Labels for the nodes of an index, by the vectors that it keeps anyway."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from llama_index.core.schema import Node

from mmrag.config import ClassifySettings
from mmrag.ingest.judging import Judgement
from mmrag.modalities import Modality
from mmrag.schema import LABEL_SCORES, LABELS, SURROGATE
from mmrag.spaces import Columns, Spaces, shows
from mmrag.tasks.classifiers import Classifiers
from mmrag.tasks.zero_shot import Prediction

DIGITS = 4
"""Of a probability that is kept."""


def label_fields(prediction: Prediction, *, top: int, min_probability: float) -> dict[str, Any]:
    """The metadata of a node with these labels; none where no label is likely enough."""
    kept = [row for row in prediction[:top] if row.probability >= min_probability]
    if not kept:
        return {}
    return {
        LABELS: [row.label for row in kept],
        LABEL_SCORES: [round(row.probability, DIGITS) for row in kept],
    }


class LabelJudge:
    """A `Judge` that writes labels and their probabilities on nodes.

    A picture or recording that no space holds as such is labelled by its words, if it has any.

    Args:
        top: most labels of a node.
        min_probability: that a label must reach.
    """

    keys = frozenset({LABELS, LABEL_SCORES})

    def __init__(
        self, classifiers: Classifiers, *, top: int = 1, min_probability: float = 0.0
    ) -> None:
        self._classifiers = classifiers
        self._top = top
        self._least = min_probability

    @classmethod
    def of(cls, spaces: Spaces, settings: ClassifySettings) -> LabelJudge:
        """What the settings say, over the spaces of an index; raises as `Classifiers`."""
        return cls(
            Classifiers(spaces, settings),
            top=settings.top,
            min_probability=settings.min_probability,
        )

    def judge(self, nodes: Sequence[Node], columns: Columns) -> list[Judgement]:
        """One judgement a node; empty for those without a vector to be told by."""
        rows: dict[Modality, list[int]] = defaultdict(list)
        for row, node in enumerate(nodes):
            if (modality := self._told_by(node)) is not None:
                rows[modality].append(row)
        out = [Judgement()] * len(nodes)
        for modality, chosen in rows.items():
            if (by := self._classifiers.of(modality)) is None:
                continue
            column = columns.get(by.space, [None] * len(nodes))
            there = [row for row in chosen if isinstance(column[row], np.ndarray)]
            vectors = np.array([column[row] for row in there], dtype=np.float32)
            found = by.classifier.classify_vectors(vectors, modality)
            for row, prediction in zip(there, found, strict=True):
                fields = label_fields(prediction, top=self._top, min_probability=self._least)
                out[row] = Judgement(fields)
        return out

    def _told_by(self, node: Node) -> Modality | None:
        modality = shows(node)
        if modality is None or self._classifiers.of(modality) is not None:
            return modality
        return None if node.metadata.get(SURROGATE) else Modality.TEXT
