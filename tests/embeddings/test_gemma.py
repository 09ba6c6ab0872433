"""EmbeddingGemma 2, small and random, against the library's own processor and forward."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import MediaResource, Node
from PIL import Image
from standins.tiny_checkpoints import set_weights

from mmrag.embeddings.gemma import RATE, WINDOW, EmbeddingGemma2Embedding
from mmrag.errors import (
    CheckpointMismatch,
    ConfigError,
    CorruptFile,
    MmragError,
    ModelUnavailable,
    NonFiniteVector,
)
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

Reference = Callable[..., FloatArray]
QUERY, TEXT = "task: search result | query: ", "title: none | text: "
MARKS = {
    "boi_token": "<|image>",
    "image_token": "<|image|>",
    "eoi_token": "<image|>",
    "boa_token": "<|audio>",
    "audio_token": "<|audio|>",
    "eoa_token": "<audio|>",
    "video_token": "<|video|>",
}
CHARACTERS = "abcdefghijklmnopqrstuvwxyz|:.<>0123456789"
VOCABULARY = {
    token: number
    for number, token in enumerate(
        ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *MARKS.values(), "▁", *CHARACTERS)
    )
}


def save_checkpoint(folder: Path) -> None:
    """All three towers with real config classes, random weights; files as on the hub."""
    from transformers import (
        EmbeddingGemma2Config,
        EmbeddingGemma2Model,
        Gemma4AudioFeatureExtractor,
        GemmaTokenizer,
    )
    from transformers.models.gemma4.image_processing_pil_gemma4 import Gemma4ImageProcessorPil

    config = EmbeddingGemma2Config(
        text_config={
            "vocab_size": len(VOCABULARY),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "global_head_dim": 32,
            "sliding_window": 8,
            "sliding_window_pattern": 3,
            "hidden_size_per_layer_input": 8,
            "embedding_dim": 144,
        },
        vision_config={
            "model_type": "gemma4_vision",
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "patch_size": 4,
            "position_embedding_size": 256,
        },
        audio_config={
            "model_type": "gemma4_audio",
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "subsampling_conv_channels": [128, 4],
            "output_proj_dims": 40,
        },
        boi_token_id=VOCABULARY["<|image>"],
        image_token_id=VOCABULARY["<|image|>"],
        eoi_token_id=VOCABULARY["<image|>"],
        boa_token_id=VOCABULARY["<|audio>"],
        audio_token_id=VOCABULARY["<|audio|>"],
        eoa_token_index=VOCABULARY["<audio|>"],
        video_token_id=VOCABULARY["<|video|>"],
    )
    model = EmbeddingGemma2Model(config)
    set_weights(model, 5)
    model.save_pretrained(folder)
    GemmaTokenizer(
        vocab=VOCABULARY,
        merges=[],
        extra_special_tokens=MARKS,
        add_bos_token=True,
        add_eos_token=True,
        padding_side="right",
    ).save_pretrained(folder)
    ear = Gemma4AudioFeatureExtractor().to_dict()
    eye = Gemma4ImageProcessorPil(patch_size=4, max_soft_tokens=70).to_dict()
    both = {"feature_extractor": ear, "image_processor": eye}
    (folder / "processor_config.json").write_text(json.dumps(both, default=np.ndarray.tolist))
    (folder / "preprocessor_config.json").write_text(json.dumps(ear, default=np.ndarray.tolist))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embeddinggemma-2")
    save_checkpoint(path)
    return path


@pytest.fixture(scope="module")
def embedding(folder: Path) -> EmbeddingGemma2Embedding:
    return EmbeddingGemma2Embedding(str(folder), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def processor(folder: Path) -> Any:
    """The library's own, with a stand-in for its video part, which would need torchvision."""
    from transformers import AutoTokenizer, EmbeddingGemma2Processor, Gemma4AudioFeatureExtractor
    from transformers.models.gemma4.image_processing_pil_gemma4 import Gemma4ImageProcessorPil

    class WithoutVideo:
        model_input_names = ()

    class Unchecked(EmbeddingGemma2Processor):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> type:
            return type(argument)

    return Unchecked(
        feature_extractor=Gemma4AudioFeatureExtractor.from_pretrained(folder),
        image_processor=Gemma4ImageProcessorPil.from_pretrained(folder),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        video_processor=WithoutVideo(),
    )


@pytest.fixture(scope="module")
def reference(folder: Path, processor: Any) -> Reference:
    """One input: the library's processor, its forward, the mean of all tokens, scaled to 1."""
    import torch
    from transformers import EmbeddingGemma2Model

    model = EmbeddingGemma2Model.from_pretrained(folder).eval()

    def embed(**given: Any) -> FloatArray:
        taken = processor(**given, return_tensors="pt")
        with torch.no_grad():
            states = model(**taken).last_hidden_state[0].numpy()
        assert bool(taken["attention_mask"].all())
        mean = states.mean(axis=0)
        unit: FloatArray = mean / np.linalg.norm(mean)
        return unit

    return embed


def picture(width: int, height: int, seed: int) -> Image.Image:
    """Coarse random blocks: they survive being scaled."""
    blocks = np.random.default_rng(seed).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)


def sound(samples: int, seed: int) -> FloatArray:
    times = np.arange(samples) / RATE
    tone = np.sin(2 * np.pi * (300 + 170 * seed) * times) * np.sin(7 * times)
    noise = np.random.default_rng(seed).standard_normal(samples)
    return (0.3 * tone + 0.02 * noise).astype(np.float32)


TEXTS = ["snow fell.", "the barometer fell all night and the goats came down to the hut.", "", "a"]
PICTURES = [picture(60, 40, 1), picture(31, 200, 2), picture(400, 300, 3)]
SOUNDS = [sound(16_000, 1), sound(7_321, 2), sound(40_000, 3), sound(16_001, 4)]


def test_texts_are_those_of_the_library_behind_the_cards_prompts(
    embedding: EmbeddingGemma2Embedding, reference: Reference
) -> None:
    found = embedding.embed_texts(TEXTS)
    assert (found.dtype, found.shape, embedding.dimension) == (np.float32, (4, 144), 144)
    assert np.abs(found - [reference(text=TEXT + text) for text in TEXTS]).max() < 1e-5
    asked = embedding.embed_queries(TEXTS)
    assert np.abs(asked - [reference(text=QUERY + text) for text in TEXTS]).max() < 1e-5
    bare = embedding.model_copy(update={"query_prompt": ""})
    assert np.abs(bare.embed_queries(["snow"])[0] - reference(text="snow")).max() < 1e-5


def test_pictures_of_unequal_shape_are_those_of_the_library(
    embedding: EmbeddingGemma2Embedding, reference: Reference
) -> None:
    wanted = np.stack([reference(images=[[image]]) for image in PICTURES])
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3
    assert np.abs(embedding.embed_images(PICTURES) - wanted).max() < 1e-5


def test_sounds_of_unequal_length_are_those_of_the_library(
    embedding: EmbeddingGemma2Embedding, reference: Reference
) -> None:
    wanted = np.stack([reference(audio=[samples]) for samples in SOUNDS])
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3
    assert np.abs(embedding.embed_audios(SOUNDS) - wanted).max() < 1e-5


def test_tokens_lie_as_the_librarys_processor_lays_them(
    embedding: EmbeddingGemma2Embedding, processor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []
    pooled = EmbeddingGemma2Embedding._pooled
    monkeypatch.setattr(
        EmbeddingGemma2Embedding,
        "_pooled",
        lambda self, model, inputs: pooled(self, model, seen.append(inputs) or inputs),
    )
    embedding.embed_images(PICTURES)
    embedding.embed_audios(SOUNDS)
    for found, wanted in zip(
        seen,
        [
            processor(images=[[image] for image in PICTURES], return_tensors="pt"),
            processor(audio=SOUNDS, return_tensors="pt"),
        ],
        strict=True,
    ):
        assert found["input_ids"].tolist() == wanted["input_ids"].tolist()
        assert found["attention_mask"].tolist() == wanted["attention_mask"].tolist()


def test_the_first_numbers_are_pinned(embedding: EmbeddingGemma2Embedding) -> None:
    text = embedding.get_text_embedding("the barometer fell all night.")[:5]
    query = embedding.get_query_embedding("the barometer fell all night.")[:5]
    image = embedding.get_image_embedding(PICTURES[0])[:5]
    audio = embedding.get_audio_embedding(SOUNDS[0])[:5]
    assert text == pytest.approx([0.0119, 0.0188, -0.1782, -0.0285, 0.0354], abs=1e-4)
    assert query == pytest.approx([-0.013, -0.0203, -0.1798, -0.0374, 0.0148], abs=1e-4)
    assert image == pytest.approx([0.0152, -0.0388, -0.1015, 0.0261, -0.1565], abs=1e-4)
    assert audio == pytest.approx([0.0081, -0.0142, -0.1545, -0.0379, 0.1128], abs=1e-4)


def test_marks_in_a_text_are_words(embedding: EmbeddingGemma2Embedding) -> None:
    # taken for marks, each would be one token, and both the same for want of a medium
    image, audio = embedding.embed_texts(["snow <|image|>", "snow <|audio|>"])
    assert np.abs(image - audio).max() > 1e-3
    tokenizer = embedding._loaded().tokenizer
    ids = tokenizer("snow <|image|>", split_special_tokens=True)["input_ids"]
    assert VOCABULARY["<|image|>"] not in ids
    assert (ids[0], ids[-1]) == (VOCABULARY["<bos>"], VOCABULARY["<eos>"])


def test_shorter_vectors_are_cut_and_scaled_again(
    folder: Path, embedding: EmbeddingGemma2Embedding
) -> None:
    short = EmbeddingGemma2Embedding(str(folder), device="cpu", dtype="float32", dimensions=128)
    cut = embedding.embed_audios(SOUNDS[:2])[:, :128]
    cut /= np.linalg.norm(cut, axis=1, keepdims=True)
    found = short.embed_audios(SOUNDS[:2])
    assert (found.shape, short.dimension) == ((2, 128), 128)
    assert np.abs(found - cut).max() < 1e-6
    with pytest.raises(ConfigError, match=r"no vectors of 100 numbers; it has \(128, 256, 512"):
        EmbeddingGemma2Embedding(str(folder), dimensions=100)
    with pytest.raises(CheckpointMismatch, match="gives 144 numbers; it cannot be cut to 512"):
        _ = EmbeddingGemma2Embedding(str(folder), dimensions=512).dimension


def test_bfloat16_comes_near(folder: Path, embedding: EmbeddingGemma2Embedding) -> None:
    coarse = EmbeddingGemma2Embedding(str(folder), device="cpu", dtype="bfloat16")
    for found, wanted in (
        (coarse.embed_texts(TEXTS), embedding.embed_texts(TEXTS)),
        (coarse.embed_images(PICTURES), embedding.embed_images(PICTURES)),
        (coarse.embed_audios(SOUNDS), embedding.embed_audios(SOUNDS)),
    ):
        assert (found * wanted).sum(axis=1).min() > 0.99


def test_a_text_of_ten_thousand_words_is_cut_at_8192_tokens(
    embedding: EmbeddingGemma2Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    seen: list[dict[str, Any]] = []

    def pooled(_self: Any, _model: Any, inputs: dict[str, Any]) -> Any:
        seen.append(inputs)
        return torch.ones(len(inputs["input_ids"]), 144)

    monkeypatch.setattr(EmbeddingGemma2Embedding, "_pooled", pooled)
    embedding.embed_texts(["snow fell " * 5_000, "snow"])
    assert seen[0]["input_ids"].shape == (2, 8192)
    lengths = sorted(seen[0]["attention_mask"].sum(1).tolist())
    assert lengths == [len(TEXT) + len("snow") + 2, 8192]
    assert VOCABULARY["<eos>"] in seen[0]["input_ids"][:, -1].tolist()


def test_three_minutes_are_heard_at_four_places(
    embedding: EmbeddingGemma2Embedding, reference: Reference
) -> None:
    long = sound(180 * RATE, 5) * np.linspace(0.01, 1, 180 * RATE, dtype=np.float32)
    starts = np.linspace(0, len(long) - WINDOW, 4).round().astype(int)
    mean = np.mean([reference(audio=[long[s : s + WINDOW]]) for s in starts], axis=0)
    found = embedding.embed_audios([SOUNDS[0], long])
    assert np.abs(found[1] - mean / np.linalg.norm(mean)).max() < 1e-5
    assert np.abs(found[0] - reference(audio=[SOUNDS[0]])).max() < 1e-5


def test_silence_and_a_click_have_vectors(
    embedding: EmbeddingGemma2Embedding, reference: Reference
) -> None:
    silence = np.zeros(RATE, dtype=np.float32)
    click = np.ones(10, dtype=np.float32)
    wanted = [reference(audio=[silence]), reference(audio=[np.pad(click, (0, 311))])]
    assert np.abs(embedding.embed_audios([silence, click]) - wanted).max() < 1e-5


def test_a_damaged_picture_costs_its_own_row(
    embedding: EmbeddingGemma2Embedding, reference: Reference, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    PICTURES[0].save(good)
    bad.write_bytes(good.read_bytes()[:120])
    faults: dict[int, MmragError] = {}
    found = embedding.embed_images([good, bad, good], on_fault=faults.__setitem__)
    assert list(faults) == [1]
    assert isinstance(faults[1], CorruptFile)
    wanted = reference(images=[[PICTURES[0]]])
    assert np.abs(found - [wanted, np.zeros(144), wanted]).max() < 1e-5
    with pytest.raises(CorruptFile, match=r"bad\.png"):
        embedding.embed_images([good, bad])


def test_nodes_are_embedded_by_what_they_show(
    embedding: EmbeddingGemma2Embedding, reference: Reference, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    PICTURES[0].save(file)
    nodes = [
        Node(text_resource=MediaResource(text="snow fell.")),
        Node(image_resource=MediaResource(path=file)),
    ]
    assert embedding.takes == {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}
    embedding(nodes)
    wanted = [reference(text=f"{TEXT}snow fell."), reference(images=[[PICTURES[0]]])]
    assert np.abs(np.asarray([node.embedding for node in nodes]) - wanted).max() < 1e-5


def test_it_is_pickled_without_its_weights(embedding: EmbeddingGemma2Embedding) -> None:
    packed = pickle.dumps(embedding)
    assert len(packed) < 10_000
    again = pickle.loads(packed)
    assert again.get_text_embedding("snow") == embedding.get_text_embedding("snow")


def test_not_a_number_is_refused(folder: Path) -> None:
    import torch

    broken = EmbeddingGemma2Embedding(str(folder), device="cpu", dtype="float32")
    with torch.no_grad():
        broken._loaded().model.language_model.norm.weight.fill_(float("nan"))
    with pytest.raises(NonFiniteVector, match="without direction"):
        broken.embed_texts(["snow"])


def test_weights_that_do_not_fit_are_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = load_file(folder / "model.safetensors")
    del tensors["audio_tower.output_proj.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointMismatch, match=r"audio_tower\.output_proj\.weight is missing"):
        EmbeddingGemma2Embedding(str(tmp_path)).embed_texts(["snow"])
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(CheckpointMismatch, match="type 'bert'"):
        EmbeddingGemma2Embedding(str(tmp_path)).embed_texts(["snow"])


def test_weights_that_are_not_here_are_named_with_the_ways_out(tmp_path: Path) -> None:
    absent = EmbeddingGemma2Embedding("no-such-org/embeddinggemma-2", local_files_only=True)
    with pytest.raises(ModelUnavailable, match=r"no-such-org/embeddinggemma-2.*--profile offline"):
        absent.embed_queries(["snow"])
    with pytest.raises(ModelUnavailable, match="no model folder at"):
        EmbeddingGemma2Embedding(str(tmp_path / "nowhere")).embed_queries(["snow"])
