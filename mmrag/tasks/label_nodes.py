"""Labels for the nodes of anybody's LlamaIndex pipeline."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from llama_index.core.schema import BaseNode, TransformComponent
from pydantic import Field, PrivateAttr

from mmrag.embeddings.base import MediaEmbedding
from mmrag.schema import LABEL_SCORES, LABELS
from mmrag.tasks.calibration import load
from mmrag.tasks.label_judge import label_fields
from mmrag.tasks.zero_shot import ZeroShotClassifier

LOG = logging.getLogger("mmrag")


class ZeroShotLabels(TransformComponent):
    """A step of an `IngestionPipeline` that labels nodes by what they show or say.

    The best labels go into `metadata["predicted_labels"]`, their probabilities beside them; neither
    is embedded or shown to a language model. Nodes of a modality that the embedding does not take
    pass as they are, and so do those that cannot be read, of which a warning is logged.

    Args:
        embedding: what pictures, sounds or texts are embedded by; not needed for anything else.
        labels: names, or for each name its descriptions.
        templates, multi_label: as of `ZeroShotClassifier`.
        top, min_probability: at most so many labels a node, and at least so likely.
        calibration: a file that `mmrag classify --calibrate` wrote.
    """

    embedding: MediaEmbedding
    labels: list[str] | dict[str, str | list[str]]
    templates: list[str] = Field(default_factory=list)
    top: int = Field(default=1, ge=1)
    min_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    multi_label: bool = False
    calibration: str | None = None

    _classifier: ZeroShotClassifier | None = PrivateAttr(default=None)

    @classmethod
    def class_name(cls) -> str:
        return "ZeroShotLabels"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: object) -> Sequence[BaseNode]:
        """The same nodes, labelled.

        Raises:
            InputError: labels, templates or a calibration that cannot be used.
        """
        found, faults = self._made().classify_nodes(nodes)
        for row, error in faults.items():
            LOG.warning("node %s gets no label: %s", nodes[row].node_id, error)
        for node, prediction in zip(nodes, found, strict=True):
            for key in (LABELS, LABEL_SCORES):
                node.metadata.pop(key, None)
                for unread in (
                    node.excluded_embed_metadata_keys,
                    node.excluded_llm_metadata_keys,
                ):
                    if key not in unread:
                        unread.append(key)
            if prediction is not None:
                node.metadata.update(
                    label_fields(prediction, top=self.top, min_probability=self.min_probability)
                )
        return nodes

    def _made(self) -> ZeroShotClassifier:
        if self._classifier is None:
            self._classifier = ZeroShotClassifier(
                self.embedding,
                self.labels,
                templates=self.templates,
                multi_label=self.multi_label,
                calibration=load(Path(self.calibration)) if self.calibration else (),
            )
        return self._classifier
