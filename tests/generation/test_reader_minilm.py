"""The reader that ships: its logits, its weights and the base that they need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel

from mmrag.embeddings import weights
from mmrag.embeddings.weights import PackagedWeights, locate
from mmrag.errors import CheckpointMismatch
from mmrag.generation.reader_inputs import LONGEST, encode
from mmrag.generation.reader_minilm import (
    UNREAD,
    WEIGHTS,
    MiniLMReader,
    digest_of,
    packaged_reader,
    tokenizer_of,
)
from mmrag.generation.reader_model import LowRank, ReaderModel, collate
from mmrag.profiles import MINILM

BASE = Path(locate(MINILM, purpose="test").path)
FERRY = (
    "Log of the ferry",
    "The ferry left Marholm at 9.15 with forty sheep on deck.",
    "Captain Ulla Brandt took the wheel herself, because the mate was ill.",
    "The crossing to Skene took two hours and ten minutes.",
)
PRICES = (
    "Chandler, prices",
    "Item: rope; Length: 40 m; Price: 12 kronor",
    "Item: lantern; Length: 30 cm; Price: 45 kronor",
)


@pytest.fixture(scope="module")
def reader() -> MiniLMReader:
    return MiniLMReader()


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("Who took the wheel of the ferry?", FERRY, 2),
        ("For how long was the ferry under way?", FERRY, 3),
        ("what time did they sail from marholm", FERRY, 1),
        ("How many sheep were on deck?", FERRY, 1),
        ("What does the lantern cost?", PRICES, 2),
        ("How long is the rope?", PRICES, 1),
    ],
)
def test_the_sentence_that_answers_is_found(
    reader: MiniLMReader, question: str, passage: tuple[str, ...], answer: int
) -> None:
    (logits,) = reader.read(question, [passage])
    assert int(logits[1:].argmax()) + 1 == answer
    assert logits[answer] > 0


@pytest.mark.parametrize(
    ("question", "answer"), [("Who steered the ferry?", 2), ("How many animals were on board?", 1)]
)
def test_a_sentence_in_other_words_comes_first_at_least(
    reader: MiniLMReader, question: str, answer: int
) -> None:
    (logits,) = reader.read(question, [FERRY])
    assert int(logits[1:].argmax()) + 1 == answer


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What was the name of the mate?", FERRY),
        ("How much did the crossing to Skene cost?", FERRY),
        ("Of what breed were the sheep on deck?", FERRY),
        ("When was Captain Ulla Brandt born?", FERRY),
        ("What does the rope weigh?", PRICES),
        ("What does the anchor cost?", PRICES),
        ("How do I change a bicycle tyre?", FERRY),
    ],
)
def test_near_misses_and_strangers_are_refused(
    reader: MiniLMReader, question: str, passage: tuple[str, ...]
) -> None:
    (logits,) = reader.read(question, [passage])
    assert logits[1:].max() < 0


def test_a_logit_a_sentence_in_the_order_given(reader: MiniLMReader) -> None:
    passages = [FERRY, PRICES, ("", "Wind."), FERRY[:2], FERRY, ("title",)]
    found = reader.read("Who steered the ferry?", passages)
    assert [row.shape for row in found] == [(len(passage),) for passage in passages]
    alone = [reader.read("Who steered the ferry?", [passage])[0] for passage in passages]
    for row, other in zip(found, alone, strict=True):
        np.testing.assert_allclose(row, other, atol=2e-3)
    assert reader.read("Who?", []) == []


def test_what_is_past_the_longest_passage_is_unread(reader: MiniLMReader) -> None:
    (logits,) = reader.read("Who?", [("title", "snow " * LONGEST, "Olga.")])
    assert logits[2] == UNREAD < logits[1]


def test_words_that_nobody_reads_are_unread_too(reader: MiniLMReader) -> None:
    (logits,) = reader.read("", [("", "\u200b", "Olga came.")])
    assert logits[0] == logits[1] == UNREAD < logits[2]


def test_the_change_is_added_to_the_layer_and_folds_into_it() -> None:
    generator = torch.Generator().manual_seed(0)
    base = torch.nn.Linear(6, 5)
    weight, bias = base.weight.detach().numpy().copy(), base.bias.detach().numpy()
    layer = LowRank(base, 2)
    torch.nn.init.normal_(layer.up, generator=generator)
    x = torch.randn(3, 6, generator=generator)
    down, up = layer.down.detach().numpy(), layer.up.detach().numpy()
    expected = x.numpy() @ (weight + up @ down).T + bias
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(layer.folded()(x).detach().numpy(), expected, atol=1e-5)


def test_taking_weights_folds_them_and_changes_no_logit() -> None:
    kept = load_file(WEIGHTS)
    model = ReaderModel(BertModel.from_pretrained(BASE)).eval()
    model.load_state_dict({n: v.float() for n, v in kept.items()}, strict=False)
    batch = collate([encode(tokenizer_of(BASE), "Who steered?", FERRY)], len(FERRY))
    with torch.inference_mode():
        before = model.margins(batch)
    model.take(kept)
    assert not any(isinstance(module, LowRank) for module in model.modules())
    with torch.inference_mode():
        torch.testing.assert_close(model.margins(batch), before, atol=1e-3, rtol=0)


def test_another_base_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "reader.safetensors"
    save_file(load_file(WEIGHTS), other, metadata={"base": "0" * 64})
    with pytest.raises(CheckpointMismatch, match=f"SHA-256 0{{64}}, and .* has {digest_of(BASE)}"):
        MiniLMReader(other).read("Who?", [FERRY])


def test_other_weights_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "reader.safetensors"
    kept = load_file(WEIGHTS)
    kept["tags.weight"] = kept["tags.weight"][:2].contiguous()
    save_file(kept, other, metadata={"base": digest_of(BASE)})
    with pytest.raises(CheckpointMismatch, match=r"tags\.weight"):
        MiniLMReader(other).read("Who?", [FERRY])


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 3_000_000


def test_without_the_package_of_the_base_there_is_no_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert isinstance(packaged_reader(), MiniLMReader)
    assert packaged_reader() is packaged_reader(), "its weights are loaded once"
    row = PackagedWeights("no-such-weights", "no_such_weights", "model")
    monkeypatch.setitem(weights.PACKAGED, MINILM, row)
    assert packaged_reader.__wrapped__() is None
