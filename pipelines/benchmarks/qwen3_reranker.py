"""Qwen3-Rerankers with random weights, of the real size and tiny, and texts for them to judge."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REAL: Mapping[str, Any] = {
    "vocab_size": 151_936,
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 40_960,
    "tie_word_embeddings": True,
}
"""config.json of Qwen/Qwen3-Reranker-0.6B."""
TINY: Mapping[str, Any] = {
    **REAL,
    "vocab_size": 1024,
    "hidden_size": 48,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 12,
}
CONTROLS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
"""Special tokens; <think> and </think> are whole tokens too, and no special ones, as in Qwen's."""
QUESTION = "When was the aneroid barometer bought, and where?"
WORDS = """
the a of in on at and was were had that this from with by for to it he she they observer hut station
barometer mast wind snow storm winter summer morning evening valley ridge ladder lamp letter logbook
page note goat horse timber bread coal stove door roof bought sold carried wrote read fell rose
broke mended found lost kept left right north south 1934 1938 1941 12 40 1204
""".split()


def save_reranker(folder: Path, sizes: Mapping[str, Any], seed: int = 0) -> Path:
    """Model and tokenizer as transformers saves them, in bfloat16 as the published ones are.

    A common word is one token, as in the published tokenizer.
    """
    import torch
    from transformers import AutoModelForCausalLM, Qwen3Config

    from mmrag.rerank.qwen3_prompt import INSTRUCTION, prompt

    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]  # so it is there
        Qwen3Config(**sizes), dtype=torch.bfloat16
    )
    model.save_pretrained(folder)
    corpus = [prompt(INSTRUCTION, QUESTION, " ".join(WORDS)), "yes no yes no"]
    bpe_tokenizer("\n".join(corpus), 900).save_pretrained(folder)
    return folder


def bpe_tokenizer(corpus: str, size: int = 520) -> Any:  # noqa: ANN401  (imported on use)
    """Byte-level BPE learned from a few lines, without tokens that it adds to a text by itself."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=CONTROLS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator([corpus] * 5 + corpus.split(), trainer)
    bpe.add_tokens([AddedToken(t, normalized=False) for t in ("<think>", "</think>")])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # so it is in transformers
        tokenizer_object=bpe,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        model_max_length=131_072,
    )


def passages(count: int, seed: int = 11) -> list[str]:
    """Texts of 10 to 110 words, 60 in the mean, in no order: what the loaders cut files into."""
    rng = random.Random(seed)
    lengths = [10 + round(100 * row / (count - 1)) for row in range(count)]
    rng.shuffle(lengths)
    return [" ".join(rng.choices(WORDS, k=length)) for length in lengths]
