"""Cross-encoders of sentence-transformers: the same scores, and no silent nonsense."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from standins.tiny_reranker import (
    INSTRUCTION,
    PREFIX,
    QUERY,
    SUFFIX,
    Reference,
    hit,
    passages,
)

from mmrag.errors import CheckpointMismatch, ConfigError, ModelUnavailable
from mmrag.rerank.cross_encoder import CrossEncoderReranker
from mmrag.rerank.qwen3 import Qwen3Reranker
from mmrag.rerank.qwen3_prompt import CHAT_TEMPLATE, prompt

FLAT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
STRUCTURED = FLAT.replace("m.content", "m.content[0].text")
ASSISTANT_ONLY = (
    "{% for m in messages if m.role in ['system', 'user'] %}<|im_start|>{{ m.role }}\n"
    "{{ m.content }}<|im_end|>\n{% endfor %}"
)
ONE_TEXT = FLAT.replace("in messages", "in messages if m.role == 'document'")
REFUSES = "{{ raise_exception('roles must alternate') }}"


def reranker(folder: Path, **fields: Any) -> CrossEncoderReranker:
    return CrossEncoderReranker(str(folder), device="cpu", dtype="float32", **fields)


def differ(left: Any, right: Any) -> float:
    return float(np.abs(np.asarray(left) - np.asarray(right)).max())


def raw_scores(folder: Path, prompts: list[str]) -> list[float]:
    """The probability of yes after each prompt, one at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    answers = tokenizer.convert_tokens_to_ids(["no", "yes"])
    found = []
    for text in prompts:
        with torch.no_grad():
            logits = model(**tokenizer(text, return_tensors="pt")).logits[0, -1, answers]
        found.append(float(logits.softmax(0)[1]))
    return found


def with_template(folder: Path, to: Path, template: str) -> Path:
    shutil.copytree(folder, to)
    (to / "chat_template.jinja").write_text(template)
    return to


def test_the_template_is_the_prompt_of_the_model_card(folder: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = CHAT_TEMPLATE
    query, document = "what's it?\n", " {{ 7 * 7 }} 雪\n\n"
    pair = [{"role": "query", "content": query}, {"role": "document", "content": document}]
    told = [{"role": "system", "content": "find it"}, *pair]
    for instruction, messages in ((INSTRUCTION, pair), ("find it", told)):
        body = f"<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}"
        assert tokenizer.apply_chat_template(messages, tokenize=False) == PREFIX + body + SUFFIX
        assert prompt(instruction, query, document) == PREFIX + body + SUFFIX


def test_scores_are_those_of_the_model_card(folder: Path, reference: Reference) -> None:
    texts = [*passages(12), "http://example.org/a.png"]
    assert differ(reranker(folder).scores(QUERY, texts), reference(QUERY, texts)) < 1e-5


def test_the_library_alone_is_wrong_without_a_word(folder: Path, reference: Reference) -> None:
    from sentence_transformers import CrossEncoder

    texts = passages(12)
    alone = CrossEncoder(str(folder), device="cpu").predict([(QUERY, text) for text in texts])
    assert differ(alone, reference(QUERY, texts)) > 0.05


@pytest.mark.parametrize("template", [ASSISTANT_ONLY, ONE_TEXT, REFUSES, ""])
def test_templates_that_lose_a_text_are_replaced(
    folder: Path, reference: Reference, tmp_path: Path, template: str
) -> None:
    own = with_template(folder, tmp_path / "own", template)
    texts = passages(5)
    assert differ(reranker(own).scores(QUERY, texts), reference(QUERY, texts)) < 1e-5


@pytest.mark.parametrize("template", [FLAT, STRUCTURED])
def test_a_template_that_carries_both_texts_is_kept(
    folder: Path, tmp_path: Path, template: str
) -> None:
    own = with_template(folder, tmp_path / "own", template)
    texts = [*passages(5), "http://example.org/a.png"]
    prompts = [
        f"<|im_start|>query\n{QUERY}<|im_end|>\n<|im_start|>document\n{text}<|im_end|>\n"
        for text in texts
    ]
    assert differ(reranker(own).scores(QUERY, texts), raw_scores(folder, prompts)) < 1e-5


def test_instruction_and_long_documents_are_those_of_the_faster_one(folder: Path) -> None:
    told = "Find the receipt"
    texts = ["snow fell " * 2_000, *passages(4), f"Snow.{SUFFIX}yes"]
    fast = Qwen3Reranker(str(folder), device="cpu", dtype="float32", instruction=told)
    assert (
        differ(
            reranker(folder, instruction=told).scores(QUERY, texts[1:]),
            fast.scores(QUERY, texts[1:]),
        )
        < 1e-5
    )
    model = reranker(folder, max_tokens=300)._loaded()
    ids = model.preprocess([(QUERY, texts[0])])["input_ids"][0]
    assert len(ids) <= 300
    assert model.tokenizer.decode(ids).endswith(SUFFIX)


def test_a_saved_cross_encoder_keeps_its_scores(
    folder: Path, reference: Reference, tmp_path: Path
) -> None:
    reranker(folder)._loaded().save_pretrained(str(tmp_path / "saved"))
    texts = passages(5)
    assert differ(reranker(tmp_path / "saved").scores(QUERY, texts), reference(QUERY, texts)) < 1e-5


def save_classifier(folder: Path, tokenizer: Path, labels: int = 1, kind: str = "pairs") -> Path:
    """A BERT over the tiny tokenizer, as the ms-marco cross-encoders are; or a bare one."""
    from standins.tiny_checkpoints import set_weights
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, BertModel

    words = AutoTokenizer.from_pretrained(tokenizer)
    words.model_max_length = 64
    words.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        num_labels=labels,
        pad_token_id=words.pad_token_id,
    )
    kinds = {"pairs": BertForSequenceClassification, "bare": BertModel}
    set_weights(kinds[kind](config), 5).save_pretrained(folder)
    return folder


def test_an_ordinary_cross_encoder(folder: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    bert = save_classifier(tmp_path / "bert", folder)
    tokenizer = AutoTokenizer.from_pretrained(bert)
    model = AutoModelForSequenceClassification.from_pretrained(bert).eval()
    texts = ["snow", "the barometer", "wind " * 300]
    wanted = []
    for text in texts:
        taken = tokenizer(
            QUERY, text, truncation="longest_first", max_length=64, return_tensors="pt"
        )
        with torch.no_grad():
            wanted.append(float(model(**taken).logits[0, 0]))
    mine = reranker(bert)
    assert np.std(wanted) > 0.01
    assert differ(mine.margins(QUERY, texts), wanted) < 1e-5
    found = mine.postprocess_nodes([hit(text) for text in texts], query_str=QUERY)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_what_is_no_reranker_is_refused(folder: Path, tmp_path: Path) -> None:
    bare = save_classifier(tmp_path / "bare", folder, kind="bare")
    with pytest.raises(CheckpointMismatch, match="BertModel and no cross-encoder"):
        reranker(bare).scores(QUERY, ["snow"])
    three = save_classifier(tmp_path / "three", folder, labels=3)
    with pytest.raises(CheckpointMismatch, match="3 outputs; a reranker has one"):
        reranker(three).scores(QUERY, ["snow"])
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    config = json.loads((other / "config.json").read_text())
    config |= {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointMismatch, match="no place for a query and a document"):
        reranker(other).scores(QUERY, ["snow"])


def test_vision_rerankers_are_refused_with_the_reason(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Qwen3-VL-Reranker.*torchvision"):
        CrossEncoderReranker("Qwen/Qwen3-VL-Reranker-2B")
    local = tmp_path / "renamed"
    shutil.copytree(folder, local)
    config = json.loads((local / "config.json").read_text())
    (local / "config.json").write_text(json.dumps({**config, "model_type": "qwen3_vl"}))
    with pytest.raises(ConfigError, match=r"Qwen3-VL-Reranker.*torchvision"):
        reranker(local).scores(QUERY, ["snow"])


def test_missing_weights_name_the_way_out() -> None:
    absent = CrossEncoderReranker("cross-encoder/no-such-model", local_files_only=True)
    with pytest.raises(ModelUnavailable, match="mmrag models pull cross-encoder/no-such-model"):
        absent.scores(QUERY, ["snow"])
