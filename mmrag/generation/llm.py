"""Which language model words the answers, and what it can take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mmrag.config import Settings

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
        LLMModelMissing: the server does not have the model.
        GenerationError: the server is too old, or the model cannot do what is asked of it.
    """
    from mmrag.generation.ollama.llm import ollama_llm  # heavy, and only this row needs it

    llm = ollama_llm(settings.ollama)
    return Wording(llm, llm.model, llm.context_window, sees=llm.sees, hears=llm.hears)
