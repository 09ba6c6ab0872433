"""How each text model is to be asked: prompts, pooling, padding, lengths, as its card says."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmrag.embeddings.precision import DType
from mmrag.errors import ConfigError
from mmrag.modalities import Modality
from mmrag.profiles import GEMMA, MINILM, QWEN3_SMALL

Pooling = Literal["mean", "lasttoken"]


@dataclass(frozen=True)
class Recipe:
    """What a checkpoint does not say itself, or not in every layout it is found in.

    Attributes:
        model: its id.
        takes: what it embeds, known before it is loaded.
        query_prompt, text_prompt: put before questions and before passages.
        pooling: how the vectors of tokens become one; None leaves it to the checkpoint.
        padding_side: where a batch is filled up; "left" lets the last token stand at the end.
        tokens: longest input; more is cut.
        dimension: numbers in a whole vector.
        shorter: Matryoshka lengths that a vector keeps its meaning in when cut and scaled again.
        dtype: number format unless asked for another.
    """

    model: str
    takes: frozenset[Modality] = frozenset({Modality.TEXT})
    query_prompt: str = ""
    text_prompt: str = ""
    pooling: Pooling | None = None
    padding_side: Literal["left", "right"] = "right"
    tokens: int | None = None
    dimension: int = 0
    shorter: Container[int] = ()
    dtype: DType = "auto"


WEB_SEARCH = "Given a web search query, retrieve relevant passages that answer the query"
"""The task that Qwen3-Embedding's card gives for retrieval."""


def instruct(task: str) -> str:
    """The query prompt of Qwen3-Embedding for a task, told in one English sentence."""
    return f"Instruct: {task}\nQuery:"


def _qwen3(model: str, dimension: int) -> Recipe:
    # https://huggingface.co/Qwen/Qwen3-Embedding-0.6B: last_token_pool, max_length 8192; "MRL
    # support: custom output dimensions from 32"
    return Recipe(
        model,
        query_prompt=instruct(WEB_SEARCH),
        pooling="lasttoken",
        padding_side="left",
        tokens=8192,
        dimension=dimension,
        shorter=range(32, dimension + 1),
    )


_ROWS = (
    # so small that rounding to bfloat16 and back takes longer than it saves
    Recipe(MINILM, dimension=384, dtype="float32"),
    _qwen3(QWEN3_SMALL, 1024),
    _qwen3("Qwen/Qwen3-Embedding-4B", 2560),
    _qwen3("Qwen/Qwen3-Embedding-8B", 4096),
    # https://ai.google.dev/gemma/docs/embeddinggemma/model_card_2
    Recipe(
        GEMMA,
        takes=frozenset({Modality.TEXT, Modality.IMAGE, Modality.AUDIO}),
        query_prompt="task: search result | query: ",
        text_prompt="title: none | text: ",
        pooling="mean",
        tokens=8192,
        dimension=768,
        shorter=(128, 256, 512, 768),
    ),
)
RECIPES: dict[str, Recipe] = {row.model: row for row in _ROWS}


def recipe_named(name: str) -> Recipe:
    """A row by its model id.

    Raises:
        ConfigError: no such row.
    """
    if name not in RECIPES:
        raise ConfigError(f"no recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]


def recipe_of(model: str) -> Recipe | None:
    """The row of a model id, or of a local folder that bears the name of one; None is no row."""
    if model in RECIPES:
        return RECIPES[model]
    folders = Path(model).parts
    for row in RECIPES.values():
        # the folder of a download, or a snapshot in the hub's cache
        if row.model.partition("/")[2] in folders or f"models--{row.model.replace('/', '--')}" in (
            folders
        ):
            return row
    return None


def check_dimensions(model: str, row: Recipe | None, dimensions: int | None) -> None:
    """That vectors of a model may be cut to this length.

    Raises:
        ConfigError: it was not trained to bear that.
    """
    if dimensions is None or (row and dimensions in row.shorter):
        return
    if row is None or not row.shorter:
        raise ConfigError(
            f"nothing says that vectors of {model} keep their meaning when cut to {dimensions}; "
            f"leave dimensions out, or name the recipe of the model it derives from"
        )
    allowed = row.shorter
    said = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else str(allowed)
    raise ConfigError(f"{model} has no vectors of {dimensions} numbers; it has {said}")
