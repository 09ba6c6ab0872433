"""A tiny Qwen3-Reranker, and the recipe of its model card written out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from standins.tiny_reranker import INSTRUCTION, PREFIX, SUFFIX, Reference, save_reranker


@pytest.fixture(scope="session", autouse=True)
def _tiny_models(one_thread: None) -> None:
    """All models here are tiny."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reranker(tmp_path_factory.mktemp("models") / "Qwen3-Reranker-tiny")


@pytest.fixture(scope="session")
def reference_of() -> Callable[..., Reference]:
    """The model card's "Transformers Usage", one pair at a time in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    def of(folder: Path, *, instruction: str = INSTRUCTION, max_length: int = 8192) -> Reference:
        tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        false, true = (tokenizer.convert_tokens_to_ids(word) for word in ("no", "yes"))
        prefix = tokenizer.encode(PREFIX, add_special_tokens=False)
        suffix = tokenizer.encode(SUFFIX, add_special_tokens=False)

        def score(query: str, document: str) -> float:
            text = f"<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}"
            taken = tokenizer(
                text,
                padding=False,
                truncation="longest_first",
                max_length=max_length - len(prefix) - len(suffix),
            )["input_ids"]
            with torch.no_grad():
                logits = model(torch.tensor([prefix + taken + suffix])).logits[0, -1]
            answers = torch.stack([logits[false], logits[true]])
            return float(torch.nn.functional.log_softmax(answers, dim=0)[1].exp())

        return lambda query, documents: [score(query, document) for document in documents]

    return of


@pytest.fixture(scope="session")
def reference(folder: Path, reference_of: Callable[..., Reference]) -> Reference:
    return reference_of(folder)
