"""Qwen3-Embedding, small and random, against the recipe of its model card written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from standins.tiny_checkpoints import set_weights

from mmrag.embeddings.recipes import instruct
from mmrag.embeddings.sentence_transformer import SentenceTransformerEmbedding
from mmrag.errors import CheckpointMismatch, ConfigError, NonFiniteVector
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

Reference = Callable[[Sequence[str]], FloatArray]
NAME = "Qwen3-Embedding-0.6B"
# get_detailed_instruct of the model card, for its retrieval task
QUERY = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)
TEXTS = [
    "The barometer fell all night.",
    "Barometern föll hela natten.",
    "",
    "Snow depth was measured every morning. " * 5,
    "[3] 雪 ❄ 1,204 m",
]


def save_transformers(folder: Path) -> None:
    """What transformers itself saves: no word of pooling, right padding, a chat template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3Model

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    ends = "<|endoftext|>"
    tokenizer = Tokenizer(models.BPE({token: n for n, token in enumerate([ends, *letters])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {ends}", special_tokens=[(ends, 0)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=ends, eos_token=ends, model_max_length=131_072
    )
    fast.chat_template = "{% for m in messages %}<|im_start|>{{ m['content'] }}{% endfor %}"
    fast.save_pretrained(folder)
    model = Qwen3Model(
        Qwen3Config(
            vocab_size=len(letters) + 1,
            hidden_size=48,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=12,
            max_position_embeddings=32_768,
        )
    )
    set_weights(model, 3)
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare") / NAME
    save_transformers(folder)
    return folder


@pytest.fixture(scope="module")
def laid_out(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout of the hub: modules.json with transformer, last-token pooling and norm."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    folder = tmp_path_factory.mktemp("laid-out") / NAME
    text = {"text": {"method": "forward", "method_output_name": "last_hidden_state"}}
    transformer = Transformer(
        str(bare),
        modality_config=text,
        module_output_name="token_embeddings",
        processor_kwargs={"padding_side": "left"},
    )
    modules = [transformer, Pooling(48, "lasttoken"), Normalize()]
    prompts = {"query": QUERY, "document": ""}
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save_pretrained(str(folder))
    kinds = [
        row["type"].rpartition(".")[2] for row in json.loads((folder / "modules.json").read_text())
    ]
    assert kinds == ["Transformer", "Pooling", "Normalize"]
    return folder


@pytest.fixture(params=["bare", "laid_out"])
def embedding(request: pytest.FixtureRequest) -> SentenceTransformerEmbedding:
    folder = request.getfixturevalue(request.param)
    return SentenceTransformerEmbedding(str(folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def reference(bare: Path) -> Reference:
    """The model card's use with transformers: left padding, 8,192 tokens, last_token_pool."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bare, padding_side="left")
    model = AutoModel.from_pretrained(bare).eval()

    def embed(texts: Sequence[str]) -> FloatArray:
        taken = tokenizer(
            list(texts), padding=True, truncation=True, max_length=8192, return_tensors="pt"
        )
        with torch.no_grad():
            states = model(**taken).last_hidden_state
        assert bool(taken["attention_mask"][:, -1].all())  # on the left: all texts end at the end
        unit: FloatArray = torch.nn.functional.normalize(states[:, -1], p=2, dim=1).numpy()
        return unit

    return embed


def test_vectors_are_those_of_the_model_card(
    embedding: SentenceTransformerEmbedding, reference: Reference
) -> None:
    found = embedding.embed_texts(TEXTS)
    assert (found.dtype, found.shape, embedding.dimension) == (np.float32, (5, 48), 48)
    assert np.abs(found - reference(TEXTS)).max() < 1e-5
    asked = embedding.embed_queries(TEXTS)
    assert np.abs(asked - reference([QUERY + text for text in TEXTS])).max() < 1e-5
    assert np.abs(asked - found).max() > 1e-2


def test_the_first_numbers_are_pinned(embedding: SentenceTransformerEmbedding) -> None:
    text = embedding.get_text_embedding("The barometer fell all night.")[:5]
    query = embedding.get_query_embedding("The barometer fell all night.")[:5]
    assert text == pytest.approx([0.1344, 0.0562, -0.1164, 0.1355, -0.0373], abs=1e-4)
    assert query == pytest.approx([0.1815, 0.0284, -0.1188, 0.1177, -0.0104], abs=1e-4)


def test_the_library_alone_would_take_the_mean_of_a_bare_folder(
    bare: Path, reference: Reference
) -> None:
    from sentence_transformers import SentenceTransformer

    alone = SentenceTransformer(str(bare), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert np.abs(alone - reference(TEXTS)).max() > 1e-2


def test_a_batch_is_what_its_texts_are_alone(embedding: SentenceTransformerEmbedding) -> None:
    alone = np.concatenate([embedding.embed_texts([text]) for text in TEXTS])
    assert np.abs(embedding.embed_texts(TEXTS) - alone).max() < 1e-5


def test_another_task_is_another_prompt(bare: Path, reference: Reference) -> None:
    assert instruct("Find the recipe") == "Instruct: Find the recipe\nQuery:"
    cook = SentenceTransformerEmbedding(
        str(bare), device="cpu", dtype="float32", query_prompt=instruct("Find the recipe")
    )
    wanted = reference(["Instruct: Find the recipe\nQuery:goat cheese"])
    assert np.abs(cook.embed_queries(["goat cheese"]) - wanted).max() < 1e-5


@pytest.mark.parametrize("dimensions", [32, 48])
def test_shorter_vectors_are_cut_and_scaled_again(
    bare: Path, reference: Reference, dimensions: int
) -> None:
    short = SentenceTransformerEmbedding(
        str(bare), device="cpu", dtype="float32", dimensions=dimensions
    )
    cut = reference(TEXTS)[:, :dimensions]
    cut /= np.linalg.norm(cut, axis=1, keepdims=True)
    found = short.embed_texts(TEXTS)
    assert (found.shape, short.dimension) == ((5, dimensions), dimensions)
    assert np.abs(found - cut).max() < 1e-5


def test_lengths_that_the_model_has_not_are_refused(bare: Path) -> None:
    for dimensions in (31, 1025, 0, -5):
        with pytest.raises(ConfigError, match=rf"no vectors of {dimensions} numbers; it has 32 to"):
            SentenceTransformerEmbedding(str(bare), dimensions=dimensions)
    too_long = SentenceTransformerEmbedding(str(bare), device="cpu", dimensions=64)
    with pytest.raises(CheckpointMismatch, match="gives 48 numbers; it cannot be cut to 64"):
        too_long.embed_texts(["snow"])


def test_a_text_of_ten_thousand_words_is_cut_at_8192_tokens(bare: Path) -> None:
    embedding = SentenceTransformerEmbedding(str(bare), device="cpu", dtype="float32")
    features = embedding._loaded().preprocess([{"text": "snow fell " * 5_000}, {"text": "snow"}])
    assert features["input_ids"].shape == (2, 8192)
    assert features["input_ids"][0, -1] == 0  # the end of text stays, for its vector is taken
    assert features["attention_mask"][1].tolist() == [0] * 8187 + [1] * 5  # padded on the left


def test_a_folder_of_another_name_follows_the_recipe_it_is_told(
    bare: Path, reference: Reference, tmp_path: Path
) -> None:
    own = tmp_path / "our-fine-tune"
    own.symlink_to(bare)
    told = SentenceTransformerEmbedding(
        str(own), device="cpu", dtype="float32", recipe=f"Qwen/{NAME}"
    )
    assert np.abs(told.embed_texts(TEXTS) - reference(TEXTS)).max() < 1e-5
    with pytest.raises(ConfigError, match=r"no recipe 'Qwen9'; known: .*Qwen/Qwen3-Embedding-4B"):
        SentenceTransformerEmbedding(str(own), recipe="Qwen9")


def test_a_layout_of_its_own_is_kept_but_for_length_and_padding(laid_out: Path) -> None:
    model = SentenceTransformerEmbedding(str(laid_out), device="cpu")._loaded()
    assert [type(module).__name__ for module in model] == ["Transformer", "Pooling", "Normalize"]
    assert (model.max_seq_length, model.tokenizer.padding_side) == (8192, "left")


def test_bfloat16_comes_near(bare: Path, reference: Reference) -> None:
    coarse = SentenceTransformerEmbedding(str(bare), device="cpu", dtype="bfloat16")
    assert (coarse.embed_texts(TEXTS) * reference(TEXTS)).sum(axis=1).min() > 0.99


def test_it_says_what_it_takes_without_being_loaded() -> None:
    known = SentenceTransformerEmbedding(f"Qwen/{NAME}", local_files_only=True)
    assert known.takes == {Modality.TEXT}
    assert known.dtype == "auto"
    assert known._model is None


def test_not_a_number_is_refused(bare: Path) -> None:
    import torch

    broken = SentenceTransformerEmbedding(str(bare), device="cpu", dtype="float32")
    with torch.no_grad():
        broken._loaded().transformers_model.norm.weight.fill_(float("nan"))
    with pytest.raises(NonFiniteVector, match="without direction"):
        broken.embed_texts(["snow"])
