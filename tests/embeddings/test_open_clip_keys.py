"""Every published configuration of OpenCLIP: which fit CLIPModel, and that every weight does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from standins.torchvision_standin import open_clip_without_torchvision
from transformers import CLIPConfig, CLIPModel

from mmrag.embeddings.open_clip_keys import clip_config, clip_weights, misfits, pieces

Config = dict[str, Any]

# Width, layers, heads and hidden size of both towers, as the papers and model cards have them.
PUBLISHED = {
    "ViT-B-32": ((768, 12, 12, 3072), (512, 12, 8, 2048), "gelu"),
    "ViT-B-16": ((768, 12, 12, 3072), (512, 12, 8, 2048), "gelu"),
    "ViT-L-14": ((1024, 24, 16, 4096), (768, 12, 12, 3072), "gelu"),
    "ViT-H-14": ((1280, 32, 16, 5120), (1024, 24, 16, 4096), "gelu"),
    "ViT-g-14": ((1408, 40, 16, 6144), (1024, 24, 16, 4096), "gelu"),
    "ViT-bigG-14": ((1664, 48, 16, 8192), (1280, 32, 20, 5120), "gelu"),
    "ViT-B-32-quickgelu": ((768, 12, 12, 3072), (512, 12, 8, 2048), "quick_gelu"),
}
PLAIN = {
    "model_cfg": {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"},
    "vision_cfg": {"image_size", "layers", "width", "patch_size", "head_width", "mlp_ratio"},
    "text_cfg": {"context_length", "vocab_size", "width", "heads", "layers"},
}


@pytest.fixture(scope="module")
def open_clip() -> Iterator[ModuleType]:
    with open_clip_without_torchvision() as library:
        yield library


@pytest.fixture(scope="module")
def configs(open_clip: ModuleType) -> dict[str, Config]:
    folder = Path(str(open_clip.__file__)).parent / "model_configs"
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def plain(config: Config) -> bool:
    """Nothing but the sizes of a ViT and a text transformer."""
    vision, text = config["vision_cfg"], config["text_cfg"]
    return (
        config.keys() <= PLAIN["model_cfg"]
        and vision.keys() <= PLAIN["vision_cfg"]
        and text.keys() <= PLAIN["text_cfg"]
        and isinstance(vision["layers"], int)
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_weight_has_one_place_of_its_size(
    name: str, open_clip: ModuleType, configs: dict[str, Config]
) -> None:
    config = configs[name]
    assert misfits(config) == []
    sizes = CLIPConfig(**clip_config(config))
    with torch.device("meta"):
        theirs, ours = open_clip.CLIP(**config).state_dict(), CLIPModel(sizes).state_dict()
    parts = [new for key, tensor in theirs.items() for new, _ in pieces(key, tensor)]
    assert sorted(parts) == sorted(ours)
    fitting = clip_weights(theirs, ours, name)
    assert {key: part.shape for key, part in fitting.items()} == {
        key: tensor.shape for key, tensor in ours.items()
    }
    vision, text, act = PUBLISHED[name]
    for found, wanted in ((sizes.vision_config, vision), (sizes.text_config, text)):
        assert (
            found.hidden_size,
            found.num_hidden_layers,
            found.num_attention_heads,
            found.intermediate_size,
        ) == wanted
        assert found.hidden_act == act
        assert found.layer_norm_eps == 1e-5


def test_of_the_published_ones_the_plain_fit(configs: dict[str, Config]) -> None:
    fit = {name for name, config in configs.items() if not misfits(config)}
    assert fit == {name for name, config in configs.items() if plain(config)}
    assert set(PUBLISHED) | {"ViT-L-14-336", "ViT-H-14-378-quickgelu", "ViT-e-14"} <= fit
    assert len(fit) >= 31


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("RN50", "vision_cfg.layers is [3, 4, 6, 3], not a positive whole number"),
        ("convnext_base", "vision_cfg.timm_model_name is 'convnext_base'"),
        ("roberta-ViT-B-32", "text_cfg.hf_model_name is 'roberta-base'"),
        ("coca_ViT-B-32", "vision_cfg.attentional_pool is True"),
        ("ViT-B-16-SigLIP", "model_cfg.init_logit_bias is -10"),
        ("ViT-H-14-CLIPA", "vision_cfg.no_ln_pre is True"),
        ("ViT-H-14-worldwide", "text_cfg.pool_type is 'eos'"),
        ("ViT-M-16-alt", "vision_cfg.ls_init_value is 0.0001"),
    ],
)
def test_of_the_others_it_is_said_why(name: str, reason: str, configs: dict[str, Config]) -> None:
    assert reason in misfits(configs[name])


SIZES: dict[str, Config] = {
    "model_cfg": {"embed_dim": 8},
    "vision_cfg": {"image_size": 16, "layers": 2, "width": 16, "head_width": 8, "patch_size": 8},
    "text_cfg": {"context_length": 12, "vocab_size": 9, "width": 12, "heads": 3, "layers": 2},
}


def changed(section: str, key: str, value: object) -> Config:
    parts = {name: {**options} for name, options in SIZES.items()}
    parts[section][key] = value
    return {**parts.pop("model_cfg"), **parts}


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("model_cfg", "multimodal_cfg", {"layers": 2}),
        ("model_cfg", "init_logit_bias", -10),
        ("model_cfg", "invented", 1),
        ("vision_cfg", "timm_model_name", "vit"),
        ("vision_cfg", "attentional_pool", True),
        ("vision_cfg", "attentional_pool", "parallel"),
        ("vision_cfg", "no_ln_pre", True),
        ("vision_cfg", "input_patchnorm", True),
        ("vision_cfg", "global_average_pool", True),
        ("vision_cfg", "pool_type", "avg"),
        ("vision_cfg", "ls_init_value", 1e-4),
        ("vision_cfg", "act_kwargs", {"approximate": "tanh"}),
        ("vision_cfg", "norm_kwargs", {"eps": 1e-6}),
        ("vision_cfg", "qk_norm", True),
        ("vision_cfg", "scale_heads", True),
        ("vision_cfg", "block_type", "custom"),
        ("vision_cfg", "output_tokens", True),
        ("vision_cfg", "invented", None),
        ("text_cfg", "hf_model_name", "roberta-base"),
        ("text_cfg", "hf_tokenizer_name", "bert-base-uncased"),
        ("text_cfg", "tokenizer_kwargs", {"clean": "canonicalize"}),
        ("text_cfg", "embed_cls", True),
        ("text_cfg", "cls_mask", True),
        ("text_cfg", "no_causal_mask", True),
        ("text_cfg", "pool_type", "last"),
        ("text_cfg", "proj_type", "none"),
        ("text_cfg", "proj_bias", True),
        ("text_cfg", "scale_attn", True),
    ],
)
def test_an_option_that_clipmodel_does_not_compute_is_named(
    section: str, key: str, value: object
) -> None:
    assert misfits(changed(section, key, value)) == [f"{section}.{key} is {value!r}"]


@pytest.mark.parametrize(
    ("section", "key", "value", "reason"),
    [
        ("model_cfg", "embed_dim", None, "model_cfg.embed_dim is None"),
        ("vision_cfg", "layers", [3, 4, 6, 3], "vision_cfg.layers is [3, 4, 6, 3]"),
        ("vision_cfg", "image_size", [16, 24], "vision_cfg.image_size is [16, 24]"),
        ("vision_cfg", "patch_size", "8", "vision_cfg.patch_size is '8'"),
        ("vision_cfg", "head_width", 32, "vision_cfg.width is 16 for 0 heads"),
        ("vision_cfg", "head_width", 5, "vision_cfg.width is 16 for 3 heads"),
        ("vision_cfg", "mlp_ratio", 0, "vision_cfg.mlp_ratio is 0"),
        ("text_cfg", "heads", 5, "text_cfg.width is 12 for 5 heads"),
        ("text_cfg", "vocab_size", True, "text_cfg.vocab_size is True"),
        ("text_cfg", "layers", -1, "text_cfg.layers is -1"),
    ],
)
def test_sizes_that_no_clipmodel_has_are_named(
    section: str, key: str, value: object, reason: str
) -> None:
    (found,) = misfits(changed(section, key, value))
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("model_cfg", "custom_text", True),
        ("model_cfg", "quick_gelu", False),
        ("model_cfg", "init_logit_bias", None),
        ("vision_cfg", "timm_model_name", None),
        ("vision_cfg", "patch_dropout", 0.5),
        ("vision_cfg", "pool_type", "tok"),
        ("vision_cfg", "image_size", [16, 16]),
        ("text_cfg", "hf_tokenizer_name", "openai/clip-vit-base-patch32"),
        ("text_cfg", "pool_type", "argmax"),
        ("text_cfg", "embed_cls", False),
    ],
)
def test_options_without_effect_are_passed(section: str, key: str, value: object) -> None:
    config = changed(section, key, value)
    assert misfits(config) == []
    assert clip_config(config) == clip_config(changed("model_cfg", "embed_dim", 8))


def test_what_is_left_out_is_as_in_open_clip() -> None:
    found = clip_config({"embed_dim": 512, "vision_cfg": {}, "text_cfg": {}})
    vision, text = found["vision_config"], found["text_config"]
    assert (vision["hidden_size"], vision["patch_size"], vision["image_size"]) == (768, 16, 224)
    assert (vision["num_attention_heads"], vision["intermediate_size"]) == (12, 3072)
    assert (text["hidden_size"], text["vocab_size"]) == (512, 49408)
    assert (text["num_attention_heads"], text["max_position_embeddings"]) == (8, 77)


@pytest.mark.parametrize("section", ["vision_cfg", "text_cfg"])
def test_a_configuration_without_a_tower_does_not_fit(section: str) -> None:
    config = changed("model_cfg", "embed_dim", 8)
    del config[section]
    assert misfits(config) == [f"{section} is None"]
