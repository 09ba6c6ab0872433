"""A tiny CLIP checkpoint with random weights, saved as transformers saves it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

SIDE, CONTEXT, DIMENSION = 32, 24, 16


def save_clip(folder: Path, *, seed: int = 0, spoilt: bool = False) -> Path:
    """Two layers a tower, one token a letter.

    In a `spoilt` one each row of the first MLP layers has a weight of 1000 on an input that is
    always 0. In float32 it changes nothing; in 8 bits steps of 1000 / 127 leave the others at 0.
    """
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    names = [*pieces, "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(names)}
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=CONTEXT)
    tower = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    text = {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": CONTEXT,
        "bos_token_id": len(vocabulary) - 2,
        "eos_token_id": len(vocabulary) - 1,
        "pad_token_id": len(vocabulary) - 1,
    }
    config = CLIPConfig(
        text_config=tower | text,
        vision_config=tower | {"image_size": SIDE, "patch_size": 8},
        projection_dim=DIMENSION,
    )
    torch.manual_seed(seed)
    model = CLIPModel(config).eval()
    with torch.no_grad():
        for weight in model.parameters():  # random weights of the usual 0.02 say nothing of depth
            if weight.ndim > 1:
                weight.mul_(6)
        if spoilt:
            for layer in (*model.vision_model.encoder.layers, *model.text_model.encoder.layers):
                layer.mlp.fc1.weight[:, 0] = 1000.0
                layer.layer_norm2.weight[0] = layer.layer_norm2.bias[0] = 0.0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _tiny_models(one_thread: None) -> None:
    """All models here are tiny."""


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound checkpoint; not to be changed by tests."""
    return save_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="session")
def spoilt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that is sound in float32 and useless in 8 bits; not to be changed by tests."""
    return save_clip(tmp_path_factory.mktemp("spoilt") / "tiny", spoilt=True)
