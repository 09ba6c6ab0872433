"""Which language model words the answers, and what it can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmrag.config import Settings
from mmrag.errors import ConfigError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM


@dataclass(frozen=True)
class Wording:
    """A language model that words answers.

    Attributes:
        llm: any LlamaIndex chat model.
        name: as it is shown beside an answer.
        context_window: tokens of prompt and answer together.
        sees: whether pictures may be put before it.
        hears: whether recordings may.
    """

    llm: LLM
    name: str
    context_window: int
    sees: bool = False
    hears: bool = False


def wording(settings: Settings) -> Wording:
    """The language model of the settings, checked to be there.

    Raises:
        LLMUnavailable: no server answers.
        LLMModelMissing: the server, or this machine, does not have the model.
        MissingExtra: llama.cpp is not installed, for the model in this process.
        GenerationError: the server is too old, or the model cannot do what is asked of it.
        ConfigError: the settings want none.
    """
    chosen = settings.answer.llm or "extractive"
    made = _WORDINGS.get(chosen)
    if made is None:
        raise ConfigError(f"answer.llm is {chosen}: no language model words answers")
    return made(settings)


def _ollama(settings: Settings) -> Wording:
    from mmrag.generation.ollama.llm import ollama_llm  # heavy, and only this row needs it

    llm = ollama_llm(settings.ollama)
    return Wording(llm, llm.model, llm.context_window, sees=llm.sees, hears=llm.hears)


def _local(settings: Settings) -> Wording:
    from mmrag.generation.local import local_llm  # loads what only this door needs

    llm = local_llm(settings.local)
    return Wording(llm, llm.metadata.model_name, llm.context_window)


_WORDINGS: dict[str, Callable[[Settings], Wording]] = {"ollama": _ollama, "local": _local}
