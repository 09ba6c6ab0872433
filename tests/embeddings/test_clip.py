"""CLIP and MetaCLIP 2 on tiny checkpoints, against the library's own forward."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file

from mmrag.embeddings.clip import ClipEmbedding
from mmrag.errors import CheckpointMismatch, ModelUnavailable, NonFiniteVector
from mmrag.loaders.pixels import picture

TEXTS = ["a red cat", "", "dogs & cats, 3 of them", "a", "Ein roter Hund schläft.", "cat " * 40]
PINNED = [  # computed once by transformers 5.23 alone
    [0.307425, -0.027924, -0.237809, 0.054840, -0.253730],
    [-0.332828, -0.399060, 0.129127, -0.082507, 0.443278],
    [0.134241, -0.132765, 0.347780, 0.388576, -0.043986],
]
NAMES = ["wide.png", "tall.png", "grey.png", "palette.png", "dot.png"]


def units(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


def reference_texts(folder: Path, texts: list[str]) -> np.ndarray:
    """As transformers documents it: padded to the context, with the attention mask."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt")
    with torch.no_grad():
        return units(model.get_text_features(**tokens).pooler_output)


def reference_images(folder: Path, images: list[Image.Image]) -> np.ndarray:
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.CLIPImageProcessorPil.from_pretrained(folder)
    with torch.no_grad():
        pixels = processor(images=images, return_tensors="pt")
        return units(model.get_image_features(**pixels).pooler_output)


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> ClipEmbedding:
    return ClipEmbedding.from_pretrained(clip_folder, dtype="float32")


@pytest.fixture(params=["clip_folder", "metaclip_folder"])
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture
def copied(clip_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the tiny CLIP with a change to its weights, and others to one of its JSON files."""

    def make(
        change: Callable[[dict[str, Any]], object] = lambda state: None,
        *,
        file: str = "config.json",
        edit: Callable[[dict[str, Any]], object] = lambda settings: None,
    ) -> Path:
        made = tmp_path / "changed"
        shutil.copytree(clip_folder, made)
        state = load_file(made / "model.safetensors")
        change(state)
        save_file(state, made / "model.safetensors", metadata={"format": "pt"})
        settings = json.loads((made / file).read_text())
        edit(settings)
        (made / file).write_text(json.dumps(settings))
        return made

    return make


def test_texts_are_equal_to_the_library(folder: Path) -> None:
    found = ClipEmbedding.from_pretrained(folder, dtype="float32").embed_texts(TEXTS)
    assert abs(found - reference_texts(folder, TEXTS)).max() <= 1e-6


def test_pictures_are_equal_to_the_library(folder: Path, pictures: Path) -> None:
    paths = [pictures / name for name in NAMES]
    found = ClipEmbedding.from_pretrained(folder, dtype="float32").embed_images(paths)
    assert abs(found - reference_images(folder, [picture(path) for path in paths])).max() <= 1e-6


def test_the_first_five_numbers_stay(
    clip: ClipEmbedding, metaclip_folder: Path, pictures: Path
) -> None:
    metaclip = ClipEmbedding.from_pretrained(metaclip_folder, dtype="float32")
    found = [
        clip.embed_texts(["a red cat"])[0, :5],
        clip.embed_images([pictures / "wide.png"])[0, :5],
        metaclip.embed_texts(["a red cat"])[0, :5],
    ]
    np.testing.assert_allclose(found, PINNED, atol=1e-5)


def test_a_batch_gives_what_singles_give(clip: ClipEmbedding, pictures: Path) -> None:
    single = np.concatenate([clip.embed_texts([text]) for text in TEXTS])
    assert abs(clip.embed_texts(TEXTS) - single).max() <= 1e-6
    paths = [pictures / name for name in NAMES]
    single = np.concatenate([clip.embed_images([path]) for path in paths])
    assert abs(clip.embed_images(paths) - single).max() <= 1e-6


def test_a_long_text_is_cut_and_still_ended(clip: ClipEmbedding) -> None:
    whole, read, less = clip.embed_texts(["cat " * 10_000, "cat " * 14, "cat " * 13])
    assert abs(whole - read).max() <= 1e-6
    assert abs(whole - less).max() > 1e-3


def test_what_looks_like_a_path_stays_text(clip: ClipEmbedding, pictures: Path) -> None:
    text = str(pictures / "wide.png")
    as_text, as_image = clip.embed_queries([text])[0], clip.embed_images([text])[0]
    assert abs(as_text - clip.embed_texts([text])[0]).max() == 0
    assert as_text @ as_image < 0.9


def test_a_special_token_in_a_text_hides_nothing(clip: ClipEmbedding) -> None:
    cut, whole = clip.embed_texts(["a cat", "a cat <|endoftext|> and a red dog"])
    assert cut @ whole < 0.99


@pytest.mark.parametrize("highest", [False, True])
def test_old_configs_that_say_end_is_2_mean_the_highest_token(
    clip: ClipEmbedding, copied: Callable[..., Path], highest: bool
) -> None:
    def edit(settings: dict[str, Any]) -> None:
        settings["text_config"]["eos_token_id"] = 2 if highest else 7

    made = ClipEmbedding.from_pretrained(copied(edit=edit), dtype="float32")
    if highest:
        assert abs(made.embed_texts(TEXTS) - clip.embed_texts(TEXTS)).max() <= 1e-6
    else:
        with pytest.raises(CheckpointMismatch, match="reads their vector at the token 7"):
            made.embed_texts(TEXTS)


def test_half_precision_weights_are_computed_in_float32(
    clip: ClipEmbedding, copied: Callable[..., Path]
) -> None:
    def halve(state: dict[str, Any]) -> None:
        state.update({key: tensor.half() for key, tensor in state.items()})

    made = ClipEmbedding.from_pretrained(
        copied(halve, edit=lambda settings: settings.update(dtype="float16")), dtype="float32"
    )
    assert abs(made.embed_texts(TEXTS) - clip.embed_texts(TEXTS)).max() < 5e-3
    assert {p.dtype for p in made._loaded().model.parameters()} == {torch.float32}


def test_bfloat16_stays_close(clip: ClipEmbedding, clip_folder: Path, pictures: Path) -> None:
    coarse = ClipEmbedding.from_pretrained(clip_folder, dtype="bfloat16")
    pairs = [(coarse.embed_texts(TEXTS), clip.embed_texts(TEXTS))]
    paths = [pictures / name for name in NAMES]
    pairs.append((coarse.embed_images(paths), clip.embed_images(paths)))
    for found, exact in pairs:
        cosines = (found * exact).sum(1)
        assert cosines.min() > 0.998
        assert abs(found - exact).max() > 1e-5  # it was computed otherwise


def test_jpegs_are_decoded_at_a_fraction_of_their_size(
    clip_folder: Path, clip: ClipEmbedding, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    prepare = ClipEmbedding._prepare_image
    monkeypatch.setattr(
        ClipEmbedding,
        "_prepare_image",
        lambda self, model, image: (seen.append(image.size), prepare(self, model, image))[1],
    )
    drafted = clip.embed_images([pictures / "photo.jpg"])[0]
    exact = clip.embed_images([picture(pictures / "photo.jpg")])[0]
    assert seen == [(75, 50), (300, 200)]
    assert drafted @ exact > 0.999


@pytest.mark.parametrize(
    ("fixture", "advice"), [("siglip_folder", "SiglipEmbedding"), ("clap_folder", "ClapEmbedding")]
)
def test_another_architecture_is_told_which_class_takes_it(
    request: pytest.FixtureRequest, fixture: str, advice: str
) -> None:
    other = request.getfixturevalue(fixture)
    with pytest.raises(CheckpointMismatch, match=f"not clip or metaclip_2; use {advice}"):
        ClipEmbedding.from_pretrained(other).embed_texts(["a"])


def remove(state: dict[str, Any]) -> None:
    del state["text_model.encoder.layers.1.mlp.fc1.bias"]


def shrink(state: dict[str, Any]) -> None:
    state["visual_projection.weight"] = torch.zeros(3, 4)


MISSING = "text_model.encoder.layers.1.mlp.fc1.bias is missing"
SIZE = r"visual_projection.weight has the size \(3, 4\), not \(16, 32\)"


@pytest.mark.parametrize(("change", "message"), [(remove, MISSING), (shrink, SIZE)])
def test_weights_that_do_not_fit_are_named(
    copied: Callable[..., Path], change: Any, message: str
) -> None:
    with pytest.raises(CheckpointMismatch, match=f"do not fit CLIPModel: {message}"):
        ClipEmbedding.from_pretrained(copied(change)).embed_texts(["a"])


def test_keys_that_no_model_needs_are_no_matter(
    clip: ClipEmbedding, copied: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []
    log = logging.getLogger("transformers")
    monkeypatch.setattr(log, "handlers", [logging.NullHandler()])
    monkeypatch.setattr(log.handlers[0], "handle", lambda row: reports.append(row.getMessage()))
    extra = {"optimizer.step": torch.arange(16)}
    made = ClipEmbedding.from_pretrained(copied(lambda state: state.update(extra)), dtype="float32")
    assert abs(made.embed_texts(TEXTS) - clip.embed_texts(TEXTS)).max() == 0
    assert reports == []


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        (
            "preprocessor_config.json",
            lambda settings: settings.update(crop_size={"height": 24, "width": 24}),
            r"makes pictures of \(24, 24\) pixels, and the model takes \(32, 32\)",
        ),
        (
            "config.json",
            lambda settings: settings["text_config"].update(vocab_size=100),
            "token_embedding.weight has the size",
        ),
        ("config.json", lambda settings: settings.update(model_type="vit"), "type 'vit'"),
        ("config.json", lambda settings: settings.pop("model_type"), "type None"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    copied: Callable[..., Path], file: str, edit: Any, message: str
) -> None:
    with pytest.raises(CheckpointMismatch, match=message):
        ClipEmbedding.from_pretrained(copied(file=file, edit=edit)).embed_texts(["a"])


@pytest.mark.parametrize(
    "file", ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"]
)
@pytest.mark.parametrize("absent", [False, True])
def test_a_missing_or_cut_file_is_no_sound_checkpoint(
    copied: Callable[..., Path], file: str, absent: bool
) -> None:
    folder = copied()
    data = (folder / file).read_bytes()
    (folder / file).unlink()
    if not absent:
        (folder / file).write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointMismatch, match=f"^{folder}") as caught:
        ClipEmbedding.from_pretrained(folder).embed_texts(["a"])
    assert "mmrag models pull" not in str(caught.value)  # it would not help


def test_a_vector_that_is_not_a_number_is_refused(
    copied: Callable[..., Path], pictures: Path
) -> None:
    def poison(state: dict[str, Any]) -> None:
        state["text_projection.weight"][0, 0] = torch.nan

    made = ClipEmbedding.from_pretrained(copied(poison))
    with pytest.raises(NonFiniteVector, match="the weights are damaged"):
        made.embed_texts(["a"])
    assert np.isfinite(made.embed_images([pictures / "dot.png"])).all()


def test_weights_out_of_reach_name_the_model_the_cache_and_the_ways_out() -> None:
    made = ClipEmbedding("nobody/no-such-model", local_files_only=True)
    with pytest.raises(ModelUnavailable, match="nobody/no-such-model") as caught:
        made.embed_texts(["a"])
    for part in ("HF_HOME", "mmrag models pull nobody/no-such-model", "--profile offline"):
        assert part in str(caught.value)
    with pytest.raises(ModelUnavailable, match="no model folder at /no/such/folder"):
        ClipEmbedding("/no/such/folder").embed_texts(["a"])


def test_names_and_sizes(clip: ClipEmbedding) -> None:
    assert ClipEmbedding.class_name() == "ClipEmbedding"
    assert ClipEmbedding().model_name == "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    assert clip.dimension == 16
    assert clip.embed_texts([]).shape == clip.embed_images([]).shape == (0, 16)
