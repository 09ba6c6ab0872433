"""A tiny ImageBind, random by seed, written and read by the real path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmrag.embeddings.imagebind import checkpoint
from mmrag.embeddings.imagebind.config import ImageBindConfig, TextTower, Tower
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.embeddings.imagebind.model import ImageBindModel
from mmrag.embeddings.imagebind.tokenizer import TextTokenizer

MERGES = [("a", "t</w>"), ("c", "at</w>"), ("o", "g</w>"), ("d", "og</w>")]
CONTEXT = 12


@pytest.fixture(scope="session")
def tokenizer() -> TextTokenizer:
    return TextTokenizer.from_merges(MERGES, CONTEXT)


@pytest.fixture(scope="session")
def config(tokenizer: TextTokenizer) -> ImageBindConfig:
    return ImageBindConfig(
        dimension=16,
        vision=Tower(32, 2, 4, (3, 32, 32), 8, 8),
        text=TextTower(24, 2, 3, CONTEXT, tokenizer.size),
        audio=Tower(24, 2, 2, (1, 16, 204), 16, 10),
        depth=Tower(16, 2, 2, (1, 16, 16), 4, 4),
        thermal=Tower(16, 1, 2, (1, 16, 16), 4, 4),
        imu=Tower(16, 1, 2, (6, 40), 8, 8),
        licence="Apache-2.0",
    )


@pytest.fixture(scope="session")
def model(config: ImageBindConfig) -> ImageBindModel:
    """Random weights large enough that each of them shows in the vectors."""
    made = ImageBindModel.random(config, seed=7)
    generator = torch.Generator().manual_seed(8)
    for parameter in made.parameters():
        noise = torch.empty(parameter.shape).normal_(0, 0.1, generator=generator)
        parameter.data += noise
    return made


@pytest.fixture(scope="session")
def folder(
    model: ImageBindModel, tokenizer: TextTokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A checkpoint folder; not to be changed by tests."""
    path = tmp_path_factory.mktemp("imagebind") / "tiny"
    checkpoint.save_pretrained(model, path, tokenizer=tokenizer)
    return path


@pytest.fixture(scope="session")
def embedding(folder: Path) -> ImageBindEmbedding:
    return ImageBindEmbedding.from_pretrained(folder, dtype="float32", device="cpu")


@pytest.fixture
def metas(config: ImageBindConfig) -> ImageBindConfig:
    """The same sizes under the licence of Meta's weights."""
    return replace(config, licence="CC-BY-NC-SA-4.0")
