"""Tiny checkpoints of the CLIP family, with the layers and files of the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

SIDE = 32  # pixels a side of what the tiny models see
SMALL = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
MERGES = [("c", "a"), ("ca", "t</w>"), ("d", "o"), ("do", "g</w>"), ("r", "e"), ("re", "d</w>")]


def set_weights(model: Any, seed: int) -> Any:
    """Weights from numpy's generator, which gives the same numbers in every release of torch."""
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for name, tensor in sorted(model.named_parameters()):
            values = rng.standard_normal(tuple(tensor.shape)) * 0.2
            norm = "norm" in name.lower() and name.endswith("weight")
            tensor.copy_(torch.from_numpy(np.asarray(values + 1 if norm else values)))
    return model.eval()


def byte_letters() -> list[str]:
    """The letters that stand for the 256 bytes in byte-level vocabularies."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown}
    letters |= {byte: chr(256 + place) for place, byte in enumerate(hidden)}
    return [letters[byte] for byte in range(256)]


def clip_vocabulary() -> dict[str, int]:
    letters = byte_letters()
    tokens = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        *(first + second for first, second in MERGES),
    ]
    return {token: n for n, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}


def word_tokenizer(**settings: Any) -> Any:
    """Whole words as tokens, </s> at the end, as the tokenizers of SigLIP and MetaCLIP 2 do.

    It tells capitals apart, as the one of SigLIP 2's square checkpoints, which were not trained so.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = "<s> <pad> </s> <unk> a red blue cat dog and".split()
    tokenizer = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 2)]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # so it is in transformers
        tokenizer_object=tokenizer,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        **settings,
    )


def save_clip(folder: Path) -> Path:
    """A CLIP of 16 numbers, 32 x 32 pixels and 16 tokens."""
    import transformers

    words, merges = clip_vocabulary(), cast(Any, MERGES)  # annotated as strings there
    end = words["<|endoftext|>"]
    config = transformers.CLIPConfig(
        text_config={
            **SMALL,
            "vocab_size": len(words),
            "max_position_embeddings": 16,
            "bos_token_id": end - 1,
            "eos_token_id": end,
            "pad_token_id": end,
        },
        vision_config={**SMALL, "image_size": SIDE, "patch_size": 8},
        projection_dim=16,
    )
    set_weights(transformers.CLIPModel(config), 1).save_pretrained(folder)
    transformers.CLIPTokenizer(words, merges, model_max_length=16).save_pretrained(folder)
    clip_pixels().save_pretrained(folder)
    return folder


def clip_pixels() -> Any:
    """The image processor of both."""
    import transformers

    return transformers.CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )


def save_metaclip(folder: Path) -> Path:
    """A MetaCLIP 2 with the same pictures, and texts that end with token 2."""
    import transformers

    config = transformers.MetaClip2Config(
        text_config={
            **SMALL,
            "vocab_size": 10,
            "max_position_embeddings": 12,
            "eos_token_id": 2,
            "pad_token_id": 1,
        },
        vision_config={**SMALL, "image_size": SIDE, "patch_size": 8},
        projection_dim=16,
    )
    set_weights(transformers.MetaClip2Model(config), 2).save_pretrained(folder)
    word_tokenizer(model_max_length=12).save_pretrained(folder)
    clip_pixels().save_pretrained(folder)
    return folder


def save_siglip(folder: Path) -> Path:
    """A SigLIP of 32 numbers, 32 x 32 pixels and 8 tokens."""
    import transformers

    text = {
        **SMALL,
        "vocab_size": 10,
        "max_position_embeddings": 8,
        "projection_size": 32,
        "bos_token_id": 0,
        "eos_token_id": 2,
    }
    config = transformers.SiglipConfig(
        text_config=text, vision_config={**SMALL, "image_size": SIDE, "patch_size": 8}
    )
    set_weights(transformers.SiglipModel(config), 3).save_pretrained(folder)
    word_tokenizer(model_max_length=8).save_pretrained(folder)
    transformers.SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(
        folder
    )
    return folder


def save_naflex(folder: Path) -> Path:
    """A SigLIP 2 of 32 numbers that takes up to 20 patches of 8 x 8 pixels."""
    import transformers
    from tokenizers import processors

    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *map("<0x{:02X}>".format, range(256))]
    words += "▁abcdefghijklmnopqrstuvwxyz"
    text = {
        **SMALL,
        "vocab_size": len(words),
        "max_position_embeddings": 8,
        "projection_size": 32,
        "bos_token_id": 2,
        "eos_token_id": 1,
    }
    config = transformers.Siglip2Config(
        text_config=text, vision_config={**SMALL, "num_patches": 16, "patch_size": 8}
    )
    set_weights(transformers.Siglip2Model(config), 4).save_pretrained(folder)
    tokenizer = transformers.Siglip2Tokenizer({word: n for n, word in enumerate(words)})
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    tokenizer.save_pretrained(folder)
    transformers.Siglip2ImageProcessorPil(patch_size=8, max_num_patches=20).save_pretrained(folder)
    return folder


def save_clap(folder: Path, *, fused: bool) -> Path:
    """A CLAP of 16 numbers that hears 10 s in 64 mel bands, as the published ones."""
    import transformers

    words = ["<s>", "<pad>", "</s>", "<unk>", *byte_letters()]
    config = transformers.ClapConfig(
        text_config={**SMALL, "vocab_size": len(words), "max_position_embeddings": 34},
        audio_config={
            "patch_embeds_hidden_size": 8,
            "hidden_size": 16,
            "projection_dim": 16,
            "depths": [1, 1],
            "num_attention_heads": [2, 2],
            "num_hidden_layers": 2,
            "patch_size": 16,
            "patch_stride": [16, 16],
            "num_mel_bins": 64,
            "spec_size": 256,
            "window_size": 4,
            "enable_fusion": fused,
            "aff_block_r": 2,
        },
        projection_dim=16,
    )
    set_weights(transformers.ClapModel(config), 5).save_pretrained(folder)
    transformers.RobertaTokenizer(
        {word: n for n, word in enumerate(words)}, [], model_max_length=512
    ).save_pretrained(folder)
    transformers.ClapFeatureExtractor(
        truncation="fusion" if fused else "rand_trunc"
    ).save_pretrained(folder)
    return folder
