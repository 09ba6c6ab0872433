"""What a request of the protocol asks for, checked as Ollama checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ollama_server.models import DEFAULT_CONTEXT, Model

# Ollama's name: the name in llama.cpp
_SAMPLING = {
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "seed": "seed",
    "stop": "stop",
    "repeat_penalty": "repeat_penalty",
    "repeat_last_n": "repeat_last_n",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
}
_OPEN_ENDED = 10
"""Context windows that an answer without `num_predict` may fill."""


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


@dataclass(frozen=True)
class Wanted:
    """The options of a chat or a completion.

    Attributes:
        context: `num_ctx`, at most what the model was trained on.
        predict: tokens to generate at most.
        keep: tokens of the head that stay when a prompt is cut.
        truncate: whether a prompt that is too long is cut.
        shift: whether generation goes on when the context is full.
        sampling: what llama.cpp takes, under its names.
        top: alternatives told for each token, None tells no log-probabilities.
    """

    context: int
    predict: int
    keep: int
    truncate: bool
    shift: bool
    sampling: dict[str, Any]
    top: int | None


def wanted(body: dict[str, Any], model: Model) -> Wanted:
    """Read the options of a request.

    Raises:
        Refused: one does not fit.
    """
    # A null is as good as nothing, which LlamaIndex relies on.
    options = {k: v for k, v in (body.get("options") or {}).items() if v is not None}
    context = context_of(body, model)
    predict = int(options.get("num_predict", -1))
    if predict < 0 or predict > _OPEN_ENDED * context:
        predict = _OPEN_ENDED * context
    sampling = {theirs: options[ours] for ours, theirs in _SAMPLING.items() if ours in options}
    sampling = {"temperature": 0.0, **sampling, **_form(body.get("format"))}
    top = body.get("top_logprobs") or 0
    if not 0 <= top <= 20:
        raise Refused(400, "top_logprobs must be between 0 and 20")
    told = bool(body.get("logprobs"))
    if told:
        sampling["n_probs"] = max(top, 1)
    return Wanted(
        context=context,
        predict=predict,
        keep=int(options.get("num_keep", 4)),
        truncate=body.get("truncate") is not False,
        shift=body.get("shift") is not False,
        sampling=sampling,
        top=top if told else None,
    )


def context_of(body: dict[str, Any], model: Model) -> int:
    """`num_ctx` of a request in tokens; the model's training bounds it."""
    options = body.get("options") or {}
    return min(int(options.get("num_ctx") or DEFAULT_CONTEXT), model.context_length)


def refuse_what_it_cannot(body: dict[str, Any], model: Model, task: str) -> None:
    """Ollama's answers to a model that lacks a capability.

    Args:
        task: "chat" or "generate".

    Raises:
        Refused: always with status 400.
    """
    asked = body["model"]
    full = f"registry.ollama.ai/library/{model.name}"
    if body.get("think"):
        raise Refused(400, f'"{asked}" does not support thinking')
    if "completion" not in model.capabilities:
        raise Refused(400, f'"{asked}" does not support {task}')
    if body.get("tools"):
        raise Refused(400, f"{full} does not support tools")
    if body.get("suffix"):
        raise Refused(400, f"{full} does not support insert")
    pictures = [*(body.get("images") or ())]
    for message in body.get("messages") or ():
        pictures += message.get("images") or ()
    if pictures:
        raise Refused(400, "this model is missing data required for image input")


def _form(form: object) -> dict[str, Any]:
    if not form:
        return {}
    if form == "json":
        return {"json_schema": {"type": "object"}}
    if isinstance(form, dict):
        return {"json_schema": form}
    raise Refused(500, f'invalid format: "{form}"; expected "json" or a valid JSON Schema object')
