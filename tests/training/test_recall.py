"""recall@1 on vectors whose neighbours are known."""

from __future__ import annotations

import numpy as np
import pytest

from mmrag.training.recall import recall_at_1, recalls

GALLERY = np.eye(4, dtype=np.float32)
QUERIES = GALLERY[[0, 1, 3, 3]]  # the third asks in vain


def test_the_share_of_queries_that_find_their_own() -> None:
    assert recall_at_1(QUERIES, GALLERY) == 0.75
    assert recall_at_1(GALLERY, QUERIES) == 0.5  # the last is as near to the third as to its own


def test_some_are_asked_of_the_whole_gallery() -> None:
    assert recall_at_1(QUERIES, GALLERY, [2, 3]) == 0.5
    assert recall_at_1(QUERIES, GALLERY, [2]) == 0.0


def test_directions_have_names() -> None:
    vectors = {"text": QUERIES, "audio": GALLERY}
    found = recalls(vectors, [("text", "audio"), ("audio", "text"), ("text", "text")], [2, 3])
    assert found == pytest.approx({"text_audio_r1": 0.5, "audio_text_r1": 0.0, "text_text_r1": 0.5})
