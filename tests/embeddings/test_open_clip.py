"""OpenCLIP's checkpoints against the open_clip package itself, and against numbers from it."""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from standins.torchvision_standin import open_clip_without_torchvision
from transformers import CLIPTokenizer

from mmrag.embeddings.open_clip import OpenClipEmbedding
from mmrag.errors import CheckpointMismatch, ModelUnavailable, NonFiniteVector
from mmrag.modalities import Modality

Config = dict[str, Any]
State = dict[str, torch.Tensor]

KINDS = ("weight", "bias")

CHARACTERS = [chr(code) for code in range(33, 127)]
MERGES = [("<", "|</w>"), ("|", "></w>"), ("c", "a"), ("ca", "t</w>")]
VOCABULARY = [
    *CHARACTERS,
    *(f"{character}</w>" for character in CHARACTERS),
    *("".join(pair) for pair in MERGES),
    "<|startoftext|>",
    "<|endoftext|>",
]
TINY: Config = {
    "embed_dim": 8,
    "vision_cfg": {
        "image_size": 16,
        "layers": 2,
        "width": 16,
        "head_width": 8,
        "patch_size": 8,
        "mlp_ratio": 2.3,
    },
    "text_cfg": {
        "context_length": 12,
        "vocab_size": len(VOCABULARY),
        "width": 12,
        "heads": 3,
        "layers": 2,
    },
}
TEXTS = ["a cat", "", "A  dog sat &amp; “cat”, it’s ﬁne!", "cat " * 40, "a <|endoftext|> cat"]


def tiny_state(config: Config = TINY) -> State:
    """OpenCLIP's weights by name, sines of different pace, so that any two swapped would show."""
    vision, text, dimension = config["vision_cfg"], config["text_cfg"], config["embed_dim"]
    width, patch, other = vision["width"], vision["patch_size"], text["width"]
    shapes: dict[str, tuple[int, ...]] = {
        "positional_embedding": (text["context_length"], other),
        "text_projection": (other, dimension),
        "logit_scale": (),
        "visual.class_embedding": (width,),
        "visual.positional_embedding": ((vision["image_size"] // patch) ** 2 + 1, width),
        "visual.proj": (width, dimension),
        "visual.conv1.weight": (width, 3, patch, patch),
        "token_embedding.weight": (text["vocab_size"], other),
        **{f"visual.ln_{part}.{kind}": (width,) for part in ("pre", "post") for kind in KINDS},
        **{f"ln_final.{kind}": (other,) for kind in KINDS},
    }
    for tower, size in (("visual.", width), ("", other)):
        options = vision if tower else text
        hidden = int(size * options.get("mlp_ratio", 4))
        for layer in range(options["layers"]):
            block = f"{tower}transformer.resblocks.{layer}"
            shapes |= {
                f"{block}.ln_1.weight": (size,),
                f"{block}.ln_1.bias": (size,),
                f"{block}.attn.in_proj_weight": (3 * size, size),
                f"{block}.attn.in_proj_bias": (3 * size,),
                f"{block}.attn.out_proj.weight": (size, size),
                f"{block}.attn.out_proj.bias": (size,),
                f"{block}.ln_2.weight": (size,),
                f"{block}.ln_2.bias": (size,),
                f"{block}.mlp.c_fc.weight": (hidden, size),
                f"{block}.mlp.c_fc.bias": (hidden,),
                f"{block}.mlp.c_proj.weight": (size, hidden),
                f"{block}.mlp.c_proj.bias": (size,),
            }
    state = {}
    for place, (name, shape) in enumerate(shapes.items()):
        count = math.prod(shape)
        values = 0.4 * np.sin(np.arange(1, count + 1) * (0.7 + 0.31 * place))
        near_one = re.search(r"ln_\w+\.weight", name) is not None
        state[name] = torch.tensor(values + near_one, dtype=torch.float32).reshape(shape)
    return state


def write_tokenizer(folder: Path) -> None:
    vocabulary = {token: number for number, token in enumerate(VOCABULARY)}
    CLIPTokenizer(vocab=vocabulary, merges=MERGES).save_pretrained(str(folder))


def write(
    folder: Path, *, config: Config = TINY, state: State | None = None, steps: Config | None = None
) -> Path:
    """A checkpoint as OpenCLIP pushes it to a hub."""
    folder.mkdir(exist_ok=True)
    whole = {"model_cfg": config, "preprocess_cfg": steps or {}}
    (folder / "open_clip_config.json").write_text(json.dumps(whole))
    if state != {}:
        save_file(state or tiny_state(config), folder / "open_clip_model.safetensors")
    write_tokenizer(folder)
    return folder


def embedding(folder: Path, **fields: Any) -> OpenClipEmbedding:
    return OpenClipEmbedding(str(folder), device="cpu", dtype="float32", **fields)


def pictures(*sizes: tuple[int, int]) -> list[Image.Image]:
    """Noise of (width, height), which no resizing by other rules would pass."""
    rng = np.random.default_rng(7)
    made = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for width, height in sizes]
    return [Image.fromarray(pixels) for pixels in made]


def gradient() -> Image.Image:
    """The same on every machine: 19 x 16 pixels, 16 of which are seen."""
    rows, columns = np.mgrid[0:16, 0:19]
    pixels = np.stack([rows * 15, columns * 13, (rows + columns) * 7], axis=-1)
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write(tmp_path_factory.mktemp("open_clip") / "tiny")


@pytest.fixture(scope="module")
def loaded(tiny: Path) -> OpenClipEmbedding:
    return embedding(tiny)


@pytest.fixture(scope="module")
def open_clip() -> Iterator[ModuleType]:
    with open_clip_without_torchvision() as library:
        yield library


# --- the numbers of open_clip itself --------------------------------------------------------------

# The first five of the unit vectors that open_clip 3.3 (with torchvision 0.29) gives of
# `gradient()` and "a cat", without and with quick_gelu.
CANONICAL = {
    False: (
        (-0.38797, 0.48208, -0.21769, -0.20859, 0.47975),
        (0.02794, 0.45813, 0.45938, 0.03053, -0.42691),
    ),
    True: (
        (-0.38638, 0.48307, -0.22053, -0.20601, 0.47935),
        (0.02879, 0.45845, 0.45888, 0.02967, -0.42732),
    ),
}


@pytest.mark.parametrize("quick", [False, True])
def test_vectors_are_those_of_open_clip_as_published(quick: bool, tmp_path: Path) -> None:
    model = embedding(write(tmp_path / "m", config={**TINY, "quick_gelu": quick}))
    image, text = CANONICAL[quick]
    assert model.embed_images([gradient()])[0, :5] == pytest.approx(image, abs=2e-5)
    assert model.embed_texts(["a cat"])[0, :5] == pytest.approx(text, abs=2e-5)
    assert model.dimension == 8


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
@pytest.mark.parametrize(("quick", "head_width"), [(False, 8), (True, 16), (True, 4)])
def test_vectors_are_those_of_open_clip_as_installed(
    quick: bool, head_width: int, kind: str, open_clip: ModuleType, tmp_path: Path
) -> None:
    vision = {**TINY["vision_cfg"], "head_width": head_width, "image_size": 24}
    config = {**TINY, "vision_cfg": vision, "quick_gelu": quick}
    torch.manual_seed(head_width)
    reference = open_clip.CLIP(**config).eval()
    with torch.no_grad():
        for name, tensor in reference.named_parameters():  # norms and biases begin as 1 and 0
            tensor.add_(torch.randn_like(tensor) * (0.0 if name == "logit_scale" else 0.1))
    folder = write(tmp_path / "m", config=config, state={})
    if kind == "bin":
        torch.save(reference.state_dict(), folder / "open_clip_pytorch_model.bin")
    else:
        save_file(reference.state_dict(), folder / "open_clip_pytorch_model.safetensors")
    same, transform = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    images = pictures((24, 24), (31, 24), (24, 37), (70, 41), (5, 60), (101, 13))
    ours = embedding(folder)
    tokens = torch.zeros((len(TEXTS), 12), dtype=torch.long)
    for row, ids in enumerate(token_ids(folder, TEXTS)):
        tokens[row, : len(ids)] = torch.tensor(ids)
    with torch.no_grad():
        seen = same.encode_image(torch.stack([transform(image) for image in images]), True)
        read = same.encode_text(tokens, True)
    assert np.abs(ours.embed_images(images) - seen.numpy()).max() <= 1e-5
    assert np.abs(ours.embed_texts(TEXTS) - read.numpy()).max() <= 1e-5


def token_ids(folder: Path, texts: list[str]) -> list[list[int]]:
    """Of TEXTS, cleaned by hand, by the tokenizers library alone."""
    by_hand = ["a cat", "", 'a dog sat & "cat", it\'s fine!', "cat " * 40, "a <| endoftext |> cat"]
    assert texts == TEXTS
    backend = CLIPTokenizer.from_pretrained(str(folder)).backend_tokenizer
    rows = [backend.encode(text).ids for text in by_hand]
    end = len(VOCABULARY) - 1
    return [row if len(row) <= 12 else [*row[:11], end] for row in rows]


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "random"])
def test_pictures_are_prepared_bit_by_bit_as_in_open_clip(
    mode: str, interpolation: str, open_clip: ModuleType, tmp_path: Path
) -> None:
    steps = {
        "mean": [0.5, 0.4, 0.3],
        "std": [0.2, 0.25, 0.3],
        "interpolation": interpolation,
        "resize_mode": mode,
        "fill_color": 9,
    }
    ours = embedding(write(tmp_path / "m", steps=steps))._loaded()
    transform = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(size=16, **steps), is_train=False
    )
    for image in pictures((16, 16), (19, 16), (16, 23), (200, 131), (7, 50), (111, 20), (33, 34)):
        assert np.array_equal(ours.pixels(image), transform(image).numpy()), image.size


def test_texts_become_the_tokens_of_open_clip(open_clip: ModuleType, tmp_path: Path) -> None:
    texts = [
        "A photo of two CATS &amp;amp; a dog's bone",
        "“curly” it’s ﬁne … 12,345.67 €",
        "schÃ¶n ＦＵＬＬ width",
        "ΟΔΟΣ Straße naïve İstanbul 日本語 🦊 e\u0301",
        "  white \t\n space\u00a0 ",
        "<|endoftext|> x !<|startoftext|>!",
        "x < y &amp;amp; z",
        "snow " * 100,
        "",
    ]
    vocabulary_file = open_clip.tokenizer.default_bpe()
    lines = gzip.decompress(Path(vocabulary_file).read_bytes()).decode().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    letters = list(open_clip.tokenizer.bytes_to_unicode().values())
    words = [*letters, *(letter + "</w>" for letter in letters), *("".join(m) for m in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    config = {**TINY, "text_cfg": {**TINY["text_cfg"], "vocab_size": 49408, "context_length": 77}}
    folder = write(tmp_path / "m", config=config)
    vocabulary = {word: number for number, word in enumerate(words)}
    CLIPTokenizer(vocab=vocabulary, merges=merges).save_pretrained(str(folder))
    towers, taken = embedding(folder)._loaded(), []
    ask = towers.model.get_text_features
    towers.model.get_text_features = lambda input_ids: taken.append(input_ids) or ask(input_ids)
    for text in texts:
        towers.texts([text])
    wanted = open_clip.tokenize(texts)
    for text, row, found in zip(texts, wanted, taken, strict=True):
        assert found[0].tolist() == row[: found.shape[1]].tolist(), text
        assert not row[found.shape[1] :].any(), text


def test_the_middle_is_cut_where_torchvision_cuts_it(loaded: OpenClipEmbedding) -> None:
    # of 19 columns 16 are kept: margins of 1.5, which round() makes 2 and floor division 1
    green = loaded._loaded().pixels(gradient())[1, 0]
    first = (2 * 13 / 255 - 0.4578275) / 0.26130258
    assert green[0] == pytest.approx(first, abs=1e-6)
    assert green.shape == (16,)


# --- what a checkpoint may look like --------------------------------------------------------------


def as_training_saves_it(state: State, folder: Path) -> None:
    parts = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({"epoch": 3, "state_dict": parts}, folder / "open_clip_pytorch_model.bin")


def as_old_torch_saves_it(state: State, folder: Path) -> None:
    file = folder / "open_clip_pytorch_model.bin"
    torch.save(state, file, _use_new_zipfile_serialization=False)


def with_a_text_tower_of_its_own(state: State, folder: Path) -> None:
    outer = ("visual.", "logit_scale")
    named = {n if n.startswith(outer) else f"text.{n}": tensor for n, tensor in state.items()}
    save_file(named, folder / "open_clip_model.safetensors")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["custom_text"] = True
    (folder / "open_clip_config.json").write_text(json.dumps(config))


def with_a_linear_projection(state: State, folder: Path) -> None:
    state["text_projection.weight"] = state.pop("text_projection").t().contiguous()
    state["logit_scale"] = state["logit_scale"].reshape(1)
    save_file(state, folder / "open_clip_model.safetensors")


@pytest.mark.parametrize(
    "save",
    [
        as_training_saves_it,
        as_old_torch_saves_it,
        with_a_text_tower_of_its_own,
        with_a_linear_projection,
    ],
)
def test_the_same_weights_in_another_file_give_the_same_vectors(
    save: Callable[[State, Path], None], tmp_path: Path
) -> None:
    folder = write(tmp_path / "m", state={})
    save(tiny_state(), folder)
    model = embedding(folder)
    assert model.embed_images([gradient()])[0, :5] == pytest.approx(CANONICAL[False][0], abs=2e-5)
    assert model.embed_texts(["a cat"])[0, :5] == pytest.approx(CANONICAL[False][1], abs=2e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_weights_are_computed_with_in_float32(
    dtype: torch.dtype, loaded: OpenClipEmbedding, tmp_path: Path
) -> None:
    state = {name: tensor.to(dtype) for name, tensor in tiny_state().items()}
    model = embedding(write(tmp_path / "m", state=state))
    rounded = embedding(write(tmp_path / "r", state={n: t.float() for n, t in state.items()}))
    assert {p.dtype for p in model._loaded().model.parameters()} == {torch.float32}
    assert np.array_equal(model.embed_texts(TEXTS), rounded.embed_texts(TEXTS))
    assert not np.array_equal(model.embed_texts(TEXTS), loaded.embed_texts(TEXTS))


def test_weights_are_not_tied_to_the_file(tmp_path: Path) -> None:
    model = embedding(write(tmp_path / "m"))
    before = model.embed_texts(TEXTS)
    (tmp_path / "m" / "open_clip_model.safetensors").write_bytes(b"")
    assert np.array_equal(model.embed_texts(TEXTS), before)


def test_one_file_of_several_may_be_named(loaded: OpenClipEmbedding, tmp_path: Path) -> None:
    state = {name: tensor * 0.5 for name, tensor in tiny_state().items()}
    folder = write(tmp_path / "m", state=state)
    torch.save(tiny_state(), folder / "epoch_32.pt")
    named, whole = embedding(folder / "epoch_32.pt"), embedding(folder)
    assert np.array_equal(named.embed_texts(TEXTS), loaded.embed_texts(TEXTS))
    assert np.abs(whole.embed_texts(TEXTS) - loaded.embed_texts(TEXTS)).max() > 1e-3


def test_images_may_be_given_as_height_and_width(tmp_path: Path) -> None:
    config = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "image_size": [16, 16]}}
    model = embedding(write(tmp_path / "m", config=config, state=tiny_state()))
    assert model.embed_images([gradient()])[0, :5] == pytest.approx(CANONICAL[False][0], abs=2e-5)


# --- texts ----------------------------------------------------------------------------------------


def test_a_text_is_the_same_alone_and_beside_longer_ones(loaded: OpenClipEmbedding) -> None:
    together = loaded.embed_texts(TEXTS)
    alone = np.concatenate([loaded.embed_texts([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-6
    assert np.abs(together[0] - together[1:]).max(axis=1).min() > 1e-3


def test_marks_of_the_end_within_a_text_do_not_end_it(loaded: OpenClipEmbedding) -> None:
    plain, marked, apart = loaded.embed_texts(["a", "a <|endoftext|> cat", "a <| endoftext |> cat"])
    assert np.array_equal(marked, apart)
    assert np.abs(marked - plain).max() > 1e-3


def test_a_text_is_cut_at_the_context(loaded: OpenClipEmbedding) -> None:
    ten, more, other = loaded.embed_texts(["cat " * 10, "cat " * 10 + "dog", "cat " * 9 + "dog"])
    assert np.array_equal(ten, more)
    assert np.abs(ten - other).max() > 1e-3


def test_vocab_json_and_merges_serve_as_well(loaded: OpenClipEmbedding, tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    for file in ("tokenizer.json", "tokenizer_config.json"):
        (folder / file).unlink()
    numbers = {token: number for number, token in enumerate(VOCABULARY)}
    (folder / "vocab.json").write_text(json.dumps(numbers))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in MERGES)]
    (folder / "merges.txt").write_text("\n".join(lines))
    assert np.array_equal(embedding(folder).embed_texts(TEXTS), loaded.embed_texts(TEXTS))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def cached(hub: Path, name: str) -> Path:
    """The folder of a hub model in the cache."""
    repository, commit = hub / f"models--{name.replace('/', '--')}", "0" * 40
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "snapshots" / commit).mkdir(parents=True)
    return repository / "snapshots" / commit


def test_without_a_tokenizer_of_its_own_that_of_clip_is_taken(
    loaded: OpenClipEmbedding, hub: Path, tmp_path: Path
) -> None:
    folder = write(tmp_path / "m")
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ModelUnavailable, match=r"openai/clip-vit-base-patch32.*vocab\.json"):
        embedding(folder, local_files_only=True).embed_texts(TEXTS)
    clip = cached(hub, "openai/clip-vit-base-patch32")
    (clip / "config.json").write_text("{}")
    write_tokenizer(clip)
    assert np.array_equal(embedding(folder).embed_texts(TEXTS), loaded.embed_texts(TEXTS))


def test_a_hub_id_is_read_from_the_cache(loaded: OpenClipEmbedding, hub: Path) -> None:
    write(cached(hub, "org/model"))
    model = OpenClipEmbedding("org/model", device="cpu", dtype="float32", local_files_only=True)
    assert np.array_equal(model.embed_texts(TEXTS), loaded.embed_texts(TEXTS))
    assert model.weights.revision == "0" * 40


def test_a_hub_model_without_a_tokenizer_takes_that_of_clip(
    loaded: OpenClipEmbedding, hub: Path
) -> None:
    folder, clip = cached(hub, "org/model"), cached(hub, "openai/clip-vit-base-patch32")
    for file in write(folder).glob("tokenizer*"):
        file.unlink()
    (clip / "config.json").write_text("{}")
    write_tokenizer(clip)
    model = OpenClipEmbedding("org/model", device="cpu", dtype="float32", local_files_only=True)
    assert np.array_equal(model.embed_texts(TEXTS), loaded.embed_texts(TEXTS))


def test_a_hub_model_that_is_half_here_is_unavailable(hub: Path) -> None:
    (cached(hub, "org/model") / "config.json").write_text("{}")
    for name in ("org/model", "org/none"):
        model = OpenClipEmbedding(name, device="cpu", local_files_only=True)
        with pytest.raises(ModelUnavailable, match=f"{name} are not on this machine"):
            model.embed_texts(TEXTS)


# --- bad checkpoints ------------------------------------------------------------------------------


def without(name: str) -> Callable[[State], object]:
    return lambda state: state.pop(name)


def with_one_more(state: State) -> None:
    state["logit_bias"] = torch.zeros(())


def with_another_size(state: State) -> None:
    state["visual.proj"] = torch.zeros(16, 7)


def with_a_bent_bundle(state: State) -> None:
    state["transformer.resblocks.0.attn.in_proj_weight"] = torch.zeros(35, 12)


def with_whole_numbers(state: State) -> None:
    state["ln_final.bias"] = torch.zeros(12, dtype=torch.int8)


def with_one_twice(state: State) -> None:
    state["text.ln_final.bias"] = state["ln_final.bias"].clone()


def with_another_layer(state: State) -> None:
    state["visual.transformer.resblocks.2.ln_1.bias"] = torch.zeros(16)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (without("visual.proj"), "visual_projection.weight is missing"),
        (
            without("transformer.resblocks.1.attn.in_proj_bias"),
            r"layers\.1\.self_attn\.k_proj\.bias is missing; .*q_proj\.bias is missing; .*v_proj",
        ),
        (with_one_more, "logit_bias has no place"),
        (with_another_size, r"\(from visual\.proj\) has the size \(7, 16\), not \(8, 16\)"),
        (with_a_bent_bundle, r"v_proj\.weight \(from .*in_proj_weight\) has the size \(11, 12\)"),
        (with_whole_numbers, r"ln_final\.bias\) holds torch\.int8"),
        (with_one_twice, r"final_layer_norm\.bias is there twice"),
        (with_another_layer, r"resblocks\.2\.ln_1\.bias has no place"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    change: Callable[[State], object], named: str, tmp_path: Path
) -> None:
    state = tiny_state()
    change(state)
    with pytest.raises(CheckpointMismatch, match=named):
        embedding(write(tmp_path / "m", state=state)).embed_texts(["a"])


def test_weights_of_another_size_of_model_are_named_briefly(tmp_path: Path) -> None:
    other = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "width": 32}}
    folder = write(tmp_path / "m", config=other, state=tiny_state())
    with pytest.raises(CheckpointMismatch, match=r"; and \d\d more") as caught:
        embedding(folder).embed_texts(["a"])
    assert len(str(caught.value)) < 1200


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["safetensors", "bin", "old bin"])
def test_a_file_that_is_half_written_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    folder = write(tmp_path / "m", state=None if kind == "safetensors" else {})
    file = folder / "open_clip_model.safetensors"
    if kind != "safetensors":
        file = folder / "open_clip_pytorch_model.bin"
        torch.save(tiny_state(), file, _use_new_zipfile_serialization=kind == "bin")
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointMismatch, match=file.name):
        embedding(folder).embed_texts(["a"])


class Trap:
    """A pickle that makes a folder when it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("content", ["trap", "list", "number", "nothing", "text"])
def test_a_file_that_holds_no_weights_is_refused(content: str, tmp_path: Path) -> None:
    folder, trapped = write(tmp_path / "m", state={}), tmp_path / "trapped"
    file = folder / "open_clip_pytorch_model.bin"
    contents = {"trap": {"x": Trap(trapped)}, "list": [1], "number": {"epoch": 3}, "nothing": {}}
    if content == "text":
        file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 6\n")
    else:
        torch.save(contents[content], file)
    with pytest.raises(CheckpointMismatch, match=file.name):
        embedding(folder).embed_texts(["a"])
    assert not trapped.exists()


def test_a_folder_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(CheckpointMismatch, match=r"no open_clip_config\.json; .*ClipEmbedding"):
        embedding(tmp_path).embed_texts(["a"])


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointMismatch, match=r"none of open_clip_model\.safetensors, "):
        embedding(write(tmp_path / "m", state={})).embed_texts(["a"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model_cfg": 3}', "[" * 100_000])
def test_a_configuration_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    (folder / "open_clip_config.json").write_text(text)
    with pytest.raises(CheckpointMismatch, match=r"open_clip_config\.json"):
        embedding(folder).embed_texts(["a"])


@pytest.mark.parametrize(
    "steps",
    [
        {"interpolation": "lanczos"},
        {"resize_mode": "stretch"},
        {"mode": "L"},
        {"fill_color": 300},
        {"mean": [0.5, 0.5]},
        {"mean": "grey"},
        {"std": [0.5, 0.0, 0.5]},
    ],
)
def test_steps_that_are_not_known_are_refused(steps: Config, tmp_path: Path) -> None:
    with pytest.raises(CheckpointMismatch, match=next(iter(steps))):
        embedding(write(tmp_path / "m", steps=steps)).embed_images([gradient()])


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    config = {**TINY, "text_cfg": {**TINY["text_cfg"], "vocab_size": len(VOCABULARY) + 1}}
    with pytest.raises(CheckpointMismatch, match=r"has 195 tokens.* tokenizer has 194"):
        embedding(write(tmp_path / "m", config=config)).embed_texts(["a"])


def test_a_tokenizer_with_tokens_that_the_model_lacks_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    tokenizer = CLIPTokenizer.from_pretrained(str(folder))
    tokenizer.add_tokens(["zebra"])
    tokenizer.save_pretrained(str(folder))
    with pytest.raises(CheckpointMismatch, match=r"has 194 tokens.* tokenizer has 195"):
        embedding(folder).embed_texts(["a"])


def test_a_vocabulary_without_merges_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text("{}")
    with pytest.raises(CheckpointMismatch, match=r"merges\.txt"):
        embedding(folder).embed_texts(["a"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer.json", '{"model": '),
        ("tokenizer.json", "null"),
        ("tokenizer.json", '{"added_tokens": [], "model": {"type": "unheard of"}}'),
        ("vocab.json", "[]"),
        ("vocab.json", '{"a": 0}'),
    ],
)
def test_a_damaged_tokenizer_is_refused(name: str, text: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    (folder / name).write_text(text)
    (folder / "merges.txt").write_text("x")
    with pytest.raises(CheckpointMismatch, match=f"{name} is no CLIP tokenizer"):
        embedding(folder).embed_texts(["a"])


def test_weights_with_nan_give_an_error_and_no_vector(tmp_path: Path) -> None:
    state = tiny_state()
    state["visual.proj"][3, 3] = torch.nan
    model = embedding(write(tmp_path / "m", state=state))
    with pytest.raises(NonFiniteVector):
        model.embed_images([gradient()])
    assert model.embed_texts(["a cat"])[0, :5] == pytest.approx(CANONICAL[False][1], abs=2e-5)


# --- the open_clip package for the rest -----------------------------------------------------------

AVERAGED: Config = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "pool_type": "avg"}}


def test_other_models_are_refused_with_what_would_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)  # as if it were not installed
    folder = write(tmp_path / "m", config=AVERAGED)
    with pytest.raises(
        CheckpointMismatch,
        match=r"vision_cfg\.pool_type is 'avg'.*pip install 'mmrag\[open_clip\]'",
    ):
        embedding(folder).embed_texts(["a"])


def test_other_models_are_run_by_the_package(
    open_clip: ModuleType, loaded: OpenClipEmbedding, tmp_path: Path
) -> None:
    """With a stand-in for torchvision; beside a real one it has not been run."""
    folder = write(tmp_path / "m", config=AVERAGED)
    model = embedding(folder)
    reference = open_clip.CLIP(**AVERAGED).eval()
    reference.load_state_dict(tiny_state())
    images = pictures((16, 16), (19, 16), (70, 41))
    transform = open_clip.image_transform(16, is_train=False)
    with torch.no_grad():
        seen = reference.encode_image(torch.stack([transform(image) for image in images]), True)
    found = model.embed_images(images)
    assert np.abs(found - seen.numpy()).max() <= 1e-6
    assert np.abs(found - loaded.embed_images(images)).max() > 1e-3
    assert model.dimension == 8


def test_the_package_reads_texts_with_its_own_tokenizer(
    open_clip: ModuleType, tmp_path: Path
) -> None:
    text = {**TINY["text_cfg"], "vocab_size": 49408}
    config = {**AVERAGED, "text_cfg": text}
    reference = open_clip.CLIP(**config).eval()
    reference.load_state_dict(tiny_state(config))
    tokens = open_clip.get_tokenizer("ViT-B-32")(TEXTS, context_length=12)
    with torch.no_grad():
        read = reference.encode_text(tokens, True)
    found = embedding(write(tmp_path / "m", config=config)).embed_texts(TEXTS)
    assert np.abs(found - read.numpy()).max() <= 1e-6


def test_the_package_is_not_given_a_single_file(open_clip: ModuleType, tmp_path: Path) -> None:
    folder = write(tmp_path / "m", config=AVERAGED)
    with pytest.raises(CheckpointMismatch, match="name its folder"):
        embedding(folder / "open_clip_model.safetensors").embed_texts(["a"])


def test_what_the_package_cannot_load_is_refused(open_clip: ModuleType, tmp_path: Path) -> None:
    state = tiny_state(AVERAGED)
    del state["visual.proj"]
    with pytest.raises(CheckpointMismatch, match=r"package failed as well: .*visual\.proj"):
        embedding(write(tmp_path / "m", config=AVERAGED, state=state)).embed_texts(["a"])


def test_the_learnt_scale_is_told(loaded: OpenClipEmbedding) -> None:
    found = loaded.logit_scale(Modality.IMAGE)
    assert found is not None
    assert found.scale == pytest.approx(tiny_state()["logit_scale"].exp().item())
    assert found.bias is None
