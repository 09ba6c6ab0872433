"""The models that clients choose from: who words answers, and what embeds."""

from __future__ import annotations

from mmrag_connectors.hosting.calls import IndexInfo
from mmrag_connectors.http.openai.responses import Model
from mmrag_connectors.http.problems import Problem

ANSWERS = "mmrag"
"""Answers as the index is set; with "-extractive" or the name of its language model, by that."""
EMBEDS = "mmrag-embed-"
"""Followed by the name of a space."""
EXTRACTIVE = "extractive"


def models_of(info: IndexInfo) -> list[Model]:
    """Every model of an index."""
    worded = {EXTRACTIVE: None, info.llm: info.llm_model}
    answering = {ANSWERS: info.llm_model}
    answering |= {f"{ANSWERS}-{llm}": model for llm, model in worded.items()}
    return [
        *(Model(id=id, mmrag={"model": model}) for id, model in answering.items()),
        *(
            Model(
                id=f"{EMBEDS}{space.name}",
                mmrag={"model": space.model, "dimensions": space.dimension},
            )
            for space in info.spaces
            if space.dimension is not None and "text" in space.takes
        ),
    ]


def model_of(info: IndexInfo, id: str) -> Model:
    """One of them; Problem with status 404 if there is none such, which lists those there are."""
    models = {model.id: model for model in models_of(info)}
    if id not in models:
        known = ", ".join(models)
        raise _refused(404, f"there is no model {id[:80]!r}; there is: {known}", "model_not_found")
    return models[id]


def llm_of(info: IndexInfo, id: str) -> str | None:
    """Who words the answers of a model, as `llm` of `MMRagIndex.ask`.

    Raises:
        Problem: there is no such model, or it only embeds.
    """
    model = model_of(info, id).id
    if model.startswith(EMBEDS):
        raise _refused(400, f"{model} only embeds; ask {ANSWERS}", "model_not_supported")
    return model.removeprefix(ANSWERS).removeprefix("-") or None


def space_of(info: IndexInfo, id: str) -> str:
    """The space that a model embeds for.

    Raises:
        Problem: there is no such model, or it answers.
    """
    model = model_of(info, id).id
    if not model.startswith(EMBEDS):
        raise _refused(400, f"{model} does not embed; take {EMBEDS}text", "model_not_supported")
    return model.removeprefix(EMBEDS)


def _refused(status: int, message: str, code: str) -> Problem:
    return Problem(status, message, code, param="model")
