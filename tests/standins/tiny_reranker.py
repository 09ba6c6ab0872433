"""A tiny Qwen3-Reranker of real classes, a real byte-level BPE, random weights; texts to judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import NodeWithScore
from standins.tiny_checkpoints import set_weights

from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from pipelines.benchmarks.qwen3_reranker import bpe_tokenizer

Reference = Callable[[str, Sequence[str]], list[float]]
"""Question and documents to probabilities."""

QUERY = "When was the aneroid barometer bought, and where?"
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and "
    'the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n'
    "<|im_start|>user\n"
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
WORDS = "the barometer was bought in Bergen 1934 snow fell all night hut wind 雪 Höhe".split()
CORPUS = """
yes no yes no Judge whether the Document meets the requirements based on the Query and the Instruct
provided. Note that the answer can only be "yes" or "no". system user assistant
<Instruct>: Given a web search query, retrieve relevant passages that answer the query
<Query>: When was the aneroid barometer bought, and where? <Document>: The hut stands at 1204 m.
The aneroid barometer was bought in Bergen in 1934. Snow fell all night and the wind rose.
"""


def save_reranker(folder: Path, *, yes_no: bool = True, tied: bool = True, **sizes: int) -> Path:
    """Model and tokenizer as transformers saves them.

    Args:
        yes_no: whether "yes" and "no" are tokens.
        tied: whether input and output share their rows, as in the smaller published ones.
        sizes: fields of the config in place of the tiny ones.
    """
    tokenizer = bpe_tokenizer(CORPUS if yes_no else CORPUS.replace("yes", "oui"))
    tokenizer.save_pretrained(folder)
    model_of(tokenizer, tied=tied, **sizes).save_pretrained(folder)
    return folder


def model_of(tokenizer: Any, *, tied: bool = True, **sizes: int) -> Any:
    """A Qwen3 of 48 numbers and two layers whose answers differ from text to text."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = {
        "vocab_size": len(tokenizer) + 3,  # the published ones have spare rows too
        "hidden_size": 48,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 12,
        "max_position_embeddings": 2048,
        **sizes,
    }
    model = Qwen3ForCausalLM(
        Qwen3Config(**config, tie_word_embeddings=tied, pad_token_id=tokenizer.pad_token_id)
    )
    set_weights(model, 7)
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(1.5)
    return model


def passages(count: int = 50, longest: int = 90) -> list[str]:
    """Texts of one word to `longest` words, no two alike."""
    rng = np.random.default_rng(11)
    return [
        f"{n} " + " ".join(rng.choice(WORDS, size=int(rng.integers(1, longest + 1))))
        for n in range(count)
    ]


def hit(text: str, score: float = 0.5, *, name: str | None = None, **more: bool) -> NodeWithScore:
    """What a retriever returns."""
    node = build_node(
        text,
        Provenance(name or "notes.md"),
        modality=Modality.TEXT,
        mimetype="text/markdown",
        **more,
    )
    if name:
        node.id_ = name
    return NodeWithScore(node=node, score=score)
