"""SigLIP and SigLIP 2 on tiny checkpoints, against the library's own forward."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from standins.media import texture

from mmrag.embeddings import checkpoints
from mmrag.embeddings.siglip import SiglipEmbedding
from mmrag.errors import CheckpointMismatch, MissingExtra
from mmrag.loaders.pixels import picture

# In lower case, as these models were trained: the tokenizers of some checkpoints leave that out.
TEXTS = ["a red cat", "", "dogs & cats", "a", "a blue dog and a red cat and a dog " * 3]
NAMES = ["wide.png", "tall.png", "grey.png", "palette.png", "dot.png"]
PINNED = {  # of a text and a picture, computed once by transformers 5.23 alone
    "siglip_folder": [
        [0.134744, -0.049989, -0.005270, 0.043826, -0.016553],
        [0.169439, -0.029098, -0.183463, -0.239146, -0.249670],
    ],
    "naflex_folder": [
        [0.060363, -0.322127, 0.099660, -0.096554, 0.104786],
        [-0.178033, 0.012563, -0.374026, 0.292954, 0.034432],
    ],
}


@pytest.fixture(params=list(PINNED))
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture
def siglip(folder: Path) -> SiglipEmbedding:
    return SiglipEmbedding.from_pretrained(folder, dtype="float32")


def units(vectors: torch.Tensor) -> np.ndarray:
    return torch.nn.functional.normalize(vectors, dim=-1).numpy()


def reference_texts(folder: Path, texts: list[str]) -> np.ndarray:
    """As these models were trained: filled up on the right to 8 tokens, without a mask."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    rows = [tokenizer(text, truncation=True, max_length=8)["input_ids"] for text in texts]
    filled = [row + [tokenizer.pad_token_id] * (8 - len(row)) for row in rows]
    with torch.no_grad():
        return units(model.get_text_features(input_ids=torch.tensor(filled)).pooler_output)


def reference_images(folder: Path, images: list[Image.Image]) -> np.ndarray:
    model = transformers.AutoModel.from_pretrained(folder).eval()
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    with torch.no_grad():
        inputs = processor(images=images, return_tensors="pt")
        return units(model.get_image_features(**inputs).pooler_output)


def test_texts_are_equal_to_the_library(siglip: SiglipEmbedding, folder: Path) -> None:
    assert abs(siglip.embed_texts(TEXTS) - reference_texts(folder, TEXTS)).max() <= 1e-6


def test_pictures_are_equal_to_the_library(
    siglip: SiglipEmbedding, folder: Path, pictures: Path
) -> None:
    paths = [pictures / name for name in NAMES]
    expected = reference_images(folder, [picture(path) for path in paths])
    assert abs(siglip.embed_images(paths) - expected).max() <= 1e-6


@pytest.mark.parametrize("name", list(PINNED))
def test_the_first_five_numbers_stay(
    request: pytest.FixtureRequest, name: str, pictures: Path
) -> None:
    made = SiglipEmbedding.from_pretrained(request.getfixturevalue(name), dtype="float32")
    found = [
        made.embed_texts(["a red cat"])[0, :5],
        made.embed_images([pictures / "wide.png"])[0, :5],
    ]
    np.testing.assert_allclose(found, PINNED[name], atol=1e-5)


def test_a_batch_gives_what_singles_give(siglip: SiglipEmbedding, pictures: Path) -> None:
    single = np.concatenate([siglip.embed_texts([text]) for text in TEXTS])
    assert abs(siglip.embed_texts(TEXTS) - single).max() <= 1e-6
    paths = [pictures / name for name in NAMES]
    single = np.concatenate([siglip.embed_images([path]) for path in paths])
    assert abs(siglip.embed_images(paths) - single).max() <= 1e-6


def test_capitals_make_no_difference(siglip: SiglipEmbedding) -> None:
    lower, upper = siglip.embed_texts(["a red cat", "A RED Cat"])
    assert abs(lower - upper).max() <= 1e-6


def test_a_long_text_is_cut_and_still_ended(siglip: SiglipEmbedding) -> None:
    whole, read, less = siglip.embed_texts(["a " * 10_000, "a " * 7, "a " * 2])
    assert abs(whole - read).max() <= 1e-6
    assert abs(whole - less).max() > 1e-3


def test_pictures_keep_their_shape_only_where_the_checkpoint_does(
    siglip_folder: Path, naflex_folder: Path
) -> None:
    """A picture and the same squeezed to a square are one to SigLIP and two to naflex."""
    wide = texture(96, 24)
    square = wide.resize((32, 32), Image.Resampling.BICUBIC)
    apart = []
    for folder in (siglip_folder, naflex_folder):
        a, b = SiglipEmbedding.from_pretrained(folder, dtype="float32").embed_images([wide, square])
        apart.append(abs(a - b).max())
    assert apart[0] <= 1e-6 < 1e-2 < apart[1]


@pytest.mark.parametrize("fixture", ["clip_folder", "metaclip_folder"])
def test_another_architecture_is_told_which_class_takes_it(
    request: pytest.FixtureRequest, fixture: str
) -> None:
    made = SiglipEmbedding.from_pretrained(request.getfixturevalue(fixture))
    with pytest.raises(CheckpointMismatch, match="not siglip or siglip2; use ClipEmbedding"):
        made.embed_texts(["a"])


@pytest.mark.parametrize(
    ("fixture", "settings", "message"),
    [
        ("naflex_folder", {"patch_size": 16}, "patches of 16 pixels, and the model takes 8"),
        (
            "siglip_folder",
            {"size": {"height": 16, "width": 16}},
            r"pictures of \(16, 16\) pixels, and the model takes \(32, 32\)",
        ),
    ],
)
def test_pictures_of_another_size_are_refused(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    fixture: str,
    settings: dict[str, object],
    message: str,
) -> None:
    made = shutil.copytree(request.getfixturevalue(fixture), tmp_path / "changed")
    file = made / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))
    with pytest.raises(CheckpointMismatch, match=message):
        SiglipEmbedding.from_pretrained(made).embed_texts(["a"])


def test_the_tokenizer_of_the_first_siglip_asks_for_sentencepiece(
    siglip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentencepiece", None)
    made = shutil.copytree(siglip_folder, tmp_path / "changed")
    file = made / "tokenizer_config.json"
    settings = json.loads(file.read_text()) | {"tokenizer_class": "SiglipTokenizer"}
    file.write_text(json.dumps(settings))
    monkeypatch.setattr(checkpoints, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="sentencepiece is needed to read the vocabulary of"):
        SiglipEmbedding.from_pretrained(made).embed_texts(["a"])


def test_names_and_sizes(siglip: SiglipEmbedding) -> None:
    assert SiglipEmbedding.class_name() == "SiglipEmbedding"
    assert siglip.dimension == 32
    assert siglip.embed_images([]).shape == (0, 32)
