"""A CLIP ViT-B/32 of the real size with random weights, for measuring speed without a download."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORDS = """
a the of in on with and red blue green small large old new wooden metal dog cat horse boat car
tractor bicycle house hut barn harbour bridge street field mountain lake sea sky cloud rain snow
sun moon tree flower leaf stone man woman child people hat coat table chair window door lamp
book photo picture drawing map chart page letter receipt invoice meter thermometer barometer
station train morning evening summer winter
""".split()


def save_checkpoint(folder: Path, seed: int = 0) -> Path:
    """Model, tokenizer and preprocessing as transformers saves them; 605 MB.

    The tokenizer is CLIP's BPE trained on `WORDS`, so that a common word is one token, as in the
    published one.
    """
    import torch
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    tokenizer = tokenizer_of(WORDS)
    text = {
        "bos_token_id": len(tokenizer) - 2,
        "eos_token_id": len(tokenizer) - 1,
        "pad_token_id": len(tokenizer) - 1,
    }
    torch.manual_seed(seed)
    CLIPModel(CLIPConfig(text_config=text)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessorPil().save_pretrained(folder)
    return folder


def queries(count: int) -> list[str]:
    """Questions of 3 to 10 words, 5 to 12 tokens with start and end."""
    return [
        " ".join(WORDS[(7 * row + 13 * place) % len(WORDS)] for place in range(3 + row % 8))
        for row in range(count)
    ]


def tokenizer_of(words: Sequence[str]) -> Any:  # noqa: ANN401  (transformers is imported on use)
    """CLIP's kind of BPE, in which each of these words is about one token."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=2000, end_of_word_suffix="</w>", show_progress=False, initial_alphabet=alphabet
    )
    learner.train_from_iterator([" ".join(words)] * 20, trainer)
    learned = json.loads(learner.to_str())["model"]
    pieces = [*learned["vocab"], *(f"{letter}</w>" for letter in alphabet)]
    names = [*dict.fromkeys(pieces), "<|startoftext|>", "<|endoftext|>"]
    merges: Any = [tuple(pair) for pair in learned["merges"]]  # its annotation says str only
    vocabulary = {piece: number for number, piece in enumerate(names)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)
