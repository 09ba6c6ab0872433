"""Abstention: more similar and less missing means more sure."""

from __future__ import annotations

import pytest
from llama_index.core.schema import NodeWithScore

from mmrag.generation.abstain import confidence, features
from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import CHANNELS_KEY
from mmrag.schema import Provenance, build_node

QUESTION = "Who measured snow with a stick?"


def hit(text: str, raw: float | None) -> NodeWithScore:
    node = build_node(text, Provenance("a.md"), modality=Modality.TEXT, mimetype="text/plain")
    if raw is not None:
        node.metadata[CHANNELS_KEY] = {"text": {"rank": 1, "raw": raw, "calibrated": None}}
    return NodeWithScore(node=node, score=0.3)


def test_signals_are_the_best_cosine_and_what_the_first_passages_lack() -> None:
    hits = [hit("Snow fell.", 0.2), hit("Wind rose.", 0.7), hit("Goats.", 0.1), hit("A stick.", 0)]
    similarity, missing = features(QUESTION, hits)
    assert similarity == 0.7
    complete = [hit("Snow was measured.", 0.2), hit("A stick.", 0.7)]
    assert 0.3 < missing < 1.0, "the stick of the fourth passage is too far away to count"
    assert features(QUESTION, complete)[1] == pytest.approx(0.0)


def test_hits_of_another_retriever_count_by_their_score() -> None:
    assert features(QUESTION, [hit("Snow.", None)])[0] == 0.3


def test_confidence_grows_with_similarity_and_falls_with_what_is_missing() -> None:
    good = confidence(QUESTION, [hit("Snow was measured with a stick.", 0.7)])
    unlike = confidence(QUESTION, [hit("Snow was measured with a stick.", 0.2)])
    lacking = confidence(QUESTION, [hit("Goats.", 0.7)])
    assert 1 > good > max(unlike, lacking) > 0
    assert good > 0.9
    assert confidence(QUESTION, []) == 0.0
