"""The trained tiny model, and renderings of the small world that it has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.training.shapes import CONCEPTS, Item, gallery

TINY = Path(__file__).parents[1] / "data" / "tiny"


@pytest.fixture(scope="session")
def tiny(one_thread: None) -> TinyEmbedding:
    return TinyEmbedding.from_pretrained(TINY, device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def items() -> list[Item]:
    """One of each concept that the model was trained on, drawn anew."""
    return gallery(901, [concept for concept in CONCEPTS if concept.seen])
