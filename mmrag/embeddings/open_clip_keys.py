"""OpenCLIP's configuration and weight names, as those of transformers' CLIPModel.

The names, sizes and defaults are those of open_clip 3.3: `model_configs/*.json`, `CLIPVisionCfg`,
`CLIPTextCfg` (https://github.com/mlfoundations/open_clip). What CLIPModel computes in another way,
or not at all, is named by `misfits`; an option that is unknown here is taken to be of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mmrag.errors import CheckpointMismatch

if TYPE_CHECKING:
    import torch

Config = Mapping[str, Any]

CLIP_TOKENIZERS = ("openai/clip-vit-base-patch32", "openai/clip-vit-large-patch14")
"""Hub ids that carry the tokenizer of OpenAI's CLIP, which OpenCLIP has built in."""

_NO = (False, None)
_BLOCK: dict[str, tuple[Any, ...]] = {
    "ls_init_value": (None,),
    "block_type": (None, "default"),
    "act_kwargs": (None, {}),
    "norm_kwargs": (None, {}),
    "output_tokens": _NO,
    **dict.fromkeys(("qk_norm", "scaled_cosine_attn", "scale_heads"), _NO),
    **dict.fromkeys(("scale_attn_inner", "scale_attn", "scale_fc"), _NO),
}
# The values that CLIPModel computes; the first is OpenCLIP's default.
_FITTING: dict[str, dict[str, tuple[Any, ...]]] = {
    "model_cfg": {"multimodal_cfg": (None,), "init_logit_bias": (None,)},
    "vision_cfg": {
        **_BLOCK,
        "timm_model_name": (None, ""),
        "attentional_pool": _NO,
        "no_ln_pre": _NO,
        "input_patchnorm": _NO,
        "global_average_pool": _NO,
        "pool_type": ("tok",),
    },
    "text_cfg": {
        **_BLOCK,
        "hf_model_name": (None, ""),
        "hf_tokenizer_name": (None, "", *CLIP_TOKENIZERS),
        "tokenizer_mode": (None, ""),
        "tokenizer_kwargs": (None, {}, {"clean": "lower"}),
        "embed_cls": _NO,
        "no_causal_mask": _NO,
        "pool_type": ("argmax",),
        "proj_type": ("linear",),
        "proj_bias": _NO,
    },
}
# What the sizes are read from, and what does not change a vector (once the rest fits).
_READ: dict[str, str] = {
    "model_cfg": "embed_dim vision_cfg text_cfg quick_gelu",
    "vision_cfg": "image_size patch_size width layers head_width mlp_ratio",
    "text_cfg": "context_length vocab_size width layers heads mlp_ratio",
}
_WITHOUT_EFFECT: dict[str, str] = {
    "model_cfg": "custom_text init_logit_scale nonscalar_logit_scale cast_dtype output_dict",
    # `tok` takes the first token, before or after its LayerNorm; positions lie in the weights
    "vision_cfg": "final_ln_after_pool pos_embed_type patch_dropout attn_pooler_queries "
    "attn_pooler_heads timm_model_pretrained timm_pool timm_proj timm_proj_bias timm_drop "
    "timm_drop_path",
    "text_cfg": "final_ln_after_pool pad_id eos_id hf_model_pretrained hf_proj_type hf_pooler_type",
}
_NAMED = 8  # keys that an error message names


def misfits(model_cfg: Config) -> list[str]:
    """What CLIPModel cannot compute, one option each; empty when the model fits."""
    found = []
    for section, fitting in _FITTING.items():
        options = model_cfg if section == "model_cfg" else model_cfg.get(section)
        if not isinstance(options, Mapping):
            found.append(f"{section} is {options!r}")
            continue
        known = {*_READ[section].split(), *_WITHOUT_EFFECT[section].split()}
        for key, value in options.items():
            if key not in known and value not in fitting.get(key, ()):
                found.append(f"{section}.{key} is {value!r}")
    if not found:
        try:
            clip_config(model_cfg)
        except CheckpointMismatch as exc:
            found.append(str(exc))
    return found


def clip_config(model_cfg: Config) -> dict[str, Any]:
    """The arguments of transformers' CLIPConfig.

    Args:
        model_cfg: one without `misfits`.

    Raises:
        CheckpointMismatch: a size is missing, no positive number, or not for CLIPModel.
    """
    vision, text = model_cfg["vision_cfg"], model_cfg["text_cfg"]
    act = "quick_gelu" if model_cfg.get("quick_gelu") else "gelu"
    dimension = _whole(model_cfg, "model_cfg.embed_dim")
    width = _whole(vision, "vision_cfg.width", 768)
    heads = width // _whole(vision, "vision_cfg.head_width", 64)
    both = {"hidden_act": act, "layer_norm_eps": 1e-5, "projection_dim": dimension}
    return {
        "projection_dim": dimension,
        "vision_config": {
            **_transformer(vision, "vision_cfg", width, heads),
            **both,
            "image_size": _square(vision, "vision_cfg.image_size", 224),
            "patch_size": _square(vision, "vision_cfg.patch_size", 16),
        },
        "text_config": {
            **_transformer(
                text,
                "text_cfg",
                _whole(text, "text_cfg.width", 512),
                _whole(text, "text_cfg.heads", 8),
            ),
            **both,
            "vocab_size": _whole(text, "text_cfg.vocab_size", 49408),
            "max_position_embeddings": _whole(text, "text_cfg.context_length", 77),
            "bos_token_id": None,
            "pad_token_id": 0,
            # transformers takes 2 as "pool at the largest id", which is what OpenCLIP does
            "eos_token_id": 2,
        },
    }


def _transformer(options: Config, section: str, width: int, heads: int) -> dict[str, int]:
    ratio = options.get("mlp_ratio", 4.0)
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or int(width * ratio) < 1:
        raise CheckpointMismatch(f"{section}.mlp_ratio is {ratio!r}")
    if heads < 1 or width % heads:
        raise CheckpointMismatch(f"{section}.width is {width} for {heads} heads")
    return {
        "hidden_size": width,
        "num_hidden_layers": _whole(options, f"{section}.layers", 12),
        "num_attention_heads": heads,
        "intermediate_size": int(width * ratio),  # truncated, as in open_clip
    }


def _whole(options: Config, name: str, default: int | None = None) -> int:
    """The option behind the dot of `name`."""
    value = options.get(name.rpartition(".")[2], default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise CheckpointMismatch(f"{name} is {value!r}, not a positive whole number")
    return value


def _square(options: Config, name: str, default: int) -> int:
    key = name.rpartition(".")[2]
    value = options.get(key, default)
    if isinstance(value, list | tuple) and len(value) == 2 and value[0] == value[1]:
        value = value[0]
    return _whole({key: value}, name)


_RENAMED = {
    "logit_scale": "logit_scale",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
    "positional_embedding": "text_model.embeddings.position_embedding.weight",
    "ln_final.weight": "text_model.final_layer_norm.weight",
    "ln_final.bias": "text_model.final_layer_norm.bias",
    "text_projection.weight": "text_projection.weight",
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
    "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
    "visual.ln_post.weight": "vision_model.post_layernorm.weight",
    "visual.ln_post.bias": "vision_model.post_layernorm.bias",
}
# These are multiplied from the right, where transformers has a Linear.
_TRANSPOSED = {
    "text_projection": "text_projection.weight",
    "visual.proj": "visual_projection.weight",
}
_PARTS = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_IN_BLOCK = re.compile(r"(visual\.)?transformer\.resblocks\.(\d+)\.(.+)[._](weight|bias)")


def pieces(name: str, tensor: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    """CLIPModel's weights that one of OpenCLIP's holds; none when the name is unknown."""
    name = name.removeprefix("text.")  # where the text tower stands in models with `custom_text`
    if name == "logit_scale" and tensor.numel() == 1:
        return [(name, tensor.reshape(()))]
    if name in _RENAMED:
        return [(_RENAMED[name], tensor)]
    if name in _TRANSPOSED:
        return [(_TRANSPOSED[name], tensor.t().contiguous() if tensor.ndim == 2 else tensor)]
    if (found := _IN_BLOCK.fullmatch(name)) is None:
        return []
    visual, layer, part, kind = found.groups()
    block = f"{'vision' if visual else 'text'}_model.encoder.layers.{layer}"
    if part == "attn.in_proj" and tensor.ndim:
        names = [f"{block}.self_attn.{which}_proj.{kind}" for which in "qkv"]
        return list(zip(names, tensor.chunk(3), strict=False))
    return [(f"{block}.{_PARTS[part]}.{kind}", tensor)] if part in _PARTS else []


def clip_weights(
    state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], source: str
) -> dict[str, torch.Tensor]:
    """CLIPModel's weights out of OpenCLIP's: each key used once, each filled, each of its size.

    Args:
        state: OpenCLIP's weights by name.
        wanted: the `state_dict` of the CLIPModel to be filled, of which only the sizes count.
        source: what the message calls the checkpoint.

    Raises:
        CheckpointMismatch: with the keys that are unknown, twice there, missing or of other sizes.
    """
    made: dict[str, torch.Tensor] = {}
    wrong = []
    for name, tensor in state.items():
        parts = pieces(name, tensor)
        if not parts or any(new not in wanted for new, _ in parts):
            wrong.append(f"{name} has no place")
            continue
        for new, part in parts:
            if new in made:
                wrong.append(f"{new} is there twice, the second time as {name}")
            elif part.shape != wanted[new].shape:
                sizes = f"{tuple(part.shape)}, not {tuple(wanted[new].shape)}"
                wrong.append(f"{new} (from {name}) has the size {sizes}")
            elif not part.is_floating_point():
                wrong.append(f"{new} (from {name}) holds {part.dtype}")
            made[new] = part
    wrong += [f"{name} is missing" for name in sorted(wanted.keys() - made.keys())]
    if wrong:
        more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise CheckpointMismatch(
            f"the weights of {source} do not fit its open_clip_config.json: "
            f"{'; '.join(wrong[:_NAMED])}{more}"
        )
    return made
