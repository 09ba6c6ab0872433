"""Abstention: more similar and less missing means more sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore

from mmrag.generation.abstain import confidence, features
from mmrag.generation.evidence import Evidence, gather
from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import CHANNELS_KEY
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

QUESTION = "Who measured snow with a stick?"


def hit(text: str, raw: float | None) -> NodeWithScore:
    node = build_node(text, Provenance("a.md"), modality=Modality.TEXT, mimetype="text/plain")
    if raw is not None:
        node.metadata[CHANNELS_KEY] = {"text": {"rank": 1, "raw": raw, "calibrated": None}}
    return NodeWithScore(node=node, score=0.3)


def found_in(*hits: NodeWithScore) -> list[Evidence]:
    def embed(texts: Sequence[str]) -> FloatArray:
        """The question along the first axis; sentences at a cosine of 0.25 to it."""
        rows = [[1.0, 0.0], *([0.25, 0.96825] for _ in texts[1:])]
        return np.array(rows, dtype=np.float32)

    return gather(QUESTION, hits, embed)


def sure(*hits: NodeWithScore) -> float:
    return confidence(QUESTION, hits, found_in(*hits))


def test_signals_are_the_best_cosine_and_what_the_first_passages_lack() -> None:
    hits = [hit("Snow fell.", 0.2), hit("Wind rose.", 0.7), hit("Goats.", 0.1), hit("A stick.", 0)]
    similarity, missing = features(QUESTION, hits, found_in(*hits))
    assert similarity == 0.7
    assert 0.3 < missing < 1.0, "the stick of the fourth passage is too far away to count"
    complete = [hit("Snow was measured.", None), hit("A stick.", None)]
    similarity, missing = features(QUESTION, complete, found_in(*complete))
    assert similarity == pytest.approx(0.25), "without channels the sentences count"
    assert missing == pytest.approx(0.0)


def test_confidence_grows_with_similarity_and_falls_with_what_is_missing() -> None:
    good = sure(hit("Snow was measured with a stick.", 0.7))
    unlike = sure(hit("Snow was measured with a stick.", 0.2))
    lacking = sure(hit("Goats.", 0.7))
    assert 1 > good > max(unlike, lacking) > 0
    assert good > 0.7
    assert sure() == 0.0
