"""Checkpoints of the transformers library: which class reads which, and nothing left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch, MissingExtra
from mmrag.extras import require

if TYPE_CHECKING:
    import torch

FAMILIES = {
    "clip": "ClipEmbedding",
    "metaclip_2": "ClipEmbedding",
    "siglip": "SiglipEmbedding",
    "siglip2": "SiglipEmbedding",
    "clap": "ClapEmbedding",
}
"""`model_type` in config.json to the embedding that takes it."""

_NAMED = 5  # keys that an error message names


def model_type(weights: Weights, classes: Mapping[str, str], *, offline: bool) -> str:
    """What the config.json of a checkpoint says it is.

    Args:
        classes: the types that the caller loads, and the model class of each.
        offline: never ask the hub.

    Raises:
        CheckpointMismatch: another type, with the class that takes it, or no config.json.
        OSError: the hub does not have it or cannot be reached.
    """
    base = require("transformers", extra="all", purpose="load models").PreTrainedConfig
    with reading(weights):
        config, _ = base.get_config_dict(weights.path, local_files_only=offline)
    found = config.get("model_type")
    if found in classes:
        return str(found)
    taker = FAMILIES.get(str(found))
    advice = f"use {taker}" if taker else f"known: {', '.join(sorted(FAMILIES))}"
    wanted = " or ".join(sorted(classes))
    raise CheckpointMismatch(
        f"{weights.model} is a checkpoint of type {found!r}, not {wanted}; {advice}"
    )


def whole_model(weights: Weights, class_name: str, *, offline: bool) -> Any:  # noqa: ANN401
    """The model in float32, each of its weights read from the checkpoint.

    transformers itself only warns of keys that are missing, and fills them with random numbers.

    Args:
        class_name: a model class of transformers.

    Raises:
        CheckpointMismatch: keys are missing or have other sizes, or the file is damaged.
        OSError: the hub does not have it or cannot be reached.
    """
    transformers = require("transformers", extra="all", purpose="load models")
    torch = require("torch", extra="all", purpose="load models")
    with reading(weights), _quiet(transformers.utils.logging):
        model, info = getattr(transformers, class_name).from_pretrained(
            weights.path,
            dtype=torch.float32,
            local_files_only=offline,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    wrong = [f"{key} is missing" for key in sorted(info["missing_keys"])]
    for key, found, wanted in sorted(info["mismatched_keys"], key=str):
        wrong.append(f"{key} has the size {tuple(found)}, not {tuple(wanted)}")
    wrong += map(str, info["error_msgs"])
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise CheckpointMismatch(
            f"the weights of {weights.model} do not fit {class_name}: "
            f"{'; '.join(wrong[:_NAMED])}{more}"
        )
    return model.eval()


def text_tokenizer(weights: Weights, *, offline: bool) -> Any:  # noqa: ANN401  (a tokenizer)
    """The checkpoint's tokenizer, padding on the right.

    What looks like a special token in a text is read as text: "<|endoftext|>" in a question would
    otherwise hide all that follows it.

    Raises:
        CheckpointMismatch: no tokenizer there, or a damaged one.
        MissingExtra: it is one of SentencePiece (the first SigLIP has one), which is not installed.
        OSError: the hub does not have it or cannot be reached.
    """
    transformers = require("transformers", extra="all", purpose="embed text")
    try:
        with reading(weights):
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                weights.path, local_files_only=offline
            )
    except ImportError as exc:
        if find_spec("sentencepiece") is not None:
            raise
        purpose = f"read the vocabulary of {weights.model}"
        raise MissingExtra("sentencepiece", "all", purpose) from exc
    tokenizer.padding_side = tokenizer.truncation_side = "right"
    tokenizer.split_special_tokens = True
    return tokenizer


def check_vocabulary(weights: Weights, tokenizer: Any, text: Any) -> None:  # noqa: ANN401
    """Raise CheckpointMismatch if the tokenizer is not the one of the model with config `text`.

    Tokens that were added to a vocabulary are not counted: no text leads to them.
    """
    if tokenizer.vocab_size > text.vocab_size:
        raise CheckpointMismatch(
            f"{weights.model}: the tokenizer knows {tokenizer.vocab_size} tokens, and the model "
            f"{text.vocab_size}"
        )
    if tokenizer.pad_token_id is None:
        raise CheckpointMismatch(f"{weights.model}: the tokenizer has no token to pad with")


def image_processor(weights: Weights, *, offline: bool) -> Any:  # noqa: ANN401
    """The checkpoint's image processor, one of transformers in PIL and numpy."""
    transformers = require("transformers", extra="all", purpose="embed pictures")
    with reading(weights):
        return transformers.AutoImageProcessor.from_pretrained(
            weights.path, local_files_only=offline
        )


def pooled(output: Any) -> torch.Tensor:  # noqa: ANN401  (an output object of transformers)
    """The projected vectors, (n, d), which transformers 5 returns within an output object."""
    vectors: torch.Tensor = output.pooler_output
    return vectors


@contextmanager
def reading(weights: Weights) -> Iterator[None]:
    """Turn what loading parts of a local or damaged checkpoint raises into CheckpointMismatch.

    An OSError of weights on the hub is left as it is: they may be out of reach.
    """
    safetensors = require("safetensors", extra="all", purpose="load models")
    errors = [ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError]
    if Path(weights.model).expanduser().exists():
        errors.append(OSError)
    try:
        yield
    except CheckpointMismatch:
        raise
    except tuple(errors) as exc:
        raise CheckpointMismatch(f"{weights.model} holds no sound checkpoint: {exc}") from exc


@contextmanager
def _quiet(logging: Any) -> Iterator[None]:  # noqa: ANN401  (a module)
    """Without transformers' report of keys: what matters of it is raised as an error."""
    level = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
