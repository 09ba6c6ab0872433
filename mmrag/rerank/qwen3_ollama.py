"""Qwen3-Reranker through an Ollama server: the log-probabilities of yes and no, one token a text.

Ollama has no rerank endpoint. A raw prompt with one token to predict gives the same score, for the
log-probabilities differ from the logits by a constant that the difference of two takes away. It
needs Ollama 0.12.11 or newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from mmrag.errors import GenerationError, PromptTruncated
from mmrag.ollama import OllamaServer
from mmrag.rerank.base import Reranker, probability
from mmrag.rerank.qwen3_prompt import INSTRUCTION, NO, YES, defused, prompt

SHOWN = 20
"""How many tokens the server can be asked for."""
_BELOW = 0.1
"""Nats below the least likely token shown that an answer counts which is not shown."""

# The example of the model card and, for contrast, a text that answers nothing of it.
_QUESTION = "What is the capital of China?"
_RELEVANT = "The capital of China is Beijing."
_IRRELEVANT = "Bread is baked from flour, water, salt and yeast."


class Qwen3OllamaReranker(Reranker):
    """Reranks by a Qwen3-Reranker on an Ollama server.

    Before its first use, the model must tell a relevant text from an irrelevant one: a model of
    the wrong kind, or a conversion without its output layer, answers as readily and wrongly.

    Args:
        model_name: what the server calls it.
        top_n: how many nodes are returned at most; None returns all.
        url: of the server.
        instruction: the task in one English sentence.
        context_window: tokens of the longest prompt; always sent, for the server's default cuts
            silently.
        max_characters: where documents are cut, and questions at half of it.
        connect_timeout_s, timeout_s: seconds to reach the server, and for one answer.
        retries: further tries of what failed to connect.
        keep_alive: how long the model stays in memory, such as "10m"; None is the server's default.

    Raises:
        LLMUnavailable: no server answers.
        LLMModelMissing: the server does not have the model.
        PromptTruncated: a prompt filled the context window.
        GenerationError: no log-probabilities, neither answer among them, or a model that failed the
            trial.
    """

    url: str = "http://127.0.0.1:11434"
    instruction: str = INSTRUCTION
    context_window: int = Field(default=8192, ge=512)
    max_characters: int = Field(default=6000, ge=100)
    connect_timeout_s: float = Field(default=5.0, gt=0)
    timeout_s: float = Field(default=300.0, gt=0)
    retries: int = Field(default=2, ge=0)
    keep_alive: float | str | None = None

    def __init__(self, model_name: str, **fields: Any) -> None:  # noqa: ANN401  (pydantic's fields)
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def class_name(cls) -> str:
        return "Qwen3OllamaReranker"

    def check(self) -> None:
        """Try the model on a relevant and an irrelevant text, once; the first use does it too."""
        self._loaded()

    @property
    def _server(self) -> OllamaServer:
        return OllamaServer(
            self.url,
            self.connect_timeout_s,
            self.timeout_s,
            self.retries,
            otherwise="search without reranking (--rerank off)",
        )

    def _load(self) -> Any:  # noqa: ANN401  (the client, which must not be imported here)
        client = self._server.client()
        right, wrong = (
            probability(self._margin(client, INSTRUCTION, _QUESTION, text))
            for text in (_RELEVANT, _IRRELEVANT)
        )
        if not right > 0.5 > wrong:
            raise GenerationError(
                f"{self.model_name} at {self.url} is no working reranker: a text that answers the "
                f"question got {right:.3f} and one that does not {wrong:.3f}; use a conversion of "
                f"Qwen3-Reranker that keeps its output layer"
            )
        return client

    def _margins(self, model: Any, query: str, documents: list[str]) -> list[float]:  # noqa: ANN401
        return [self._margin(model, self.instruction, query, document) for document in documents]

    def _margin(self, client: Any, instruction: str, query: str, document: str) -> float:  # noqa: ANN401
        query, document = query[: self.max_characters // 2], document[: self.max_characters]
        server = self._server
        with server.errors(self.model_name):
            reply = server.tries(
                lambda: client.generate(
                    model=self.model_name,
                    prompt=prompt(defused(instruction), defused(query), defused(document)),
                    raw=True,
                    logprobs=True,
                    top_logprobs=SHOWN,
                    options={"num_predict": 1, "temperature": 0, "num_ctx": self.context_window},
                    keep_alive=self.keep_alive,
                )
            )
        if (reply.prompt_eval_count or 0) >= self.context_window - 1:
            raise PromptTruncated(
                f"a prompt filled the {self.context_window} tokens of {self.model_name}, so the "
                f"server cut it; lower max_characters or raise context_window"
            )
        if not reply.logprobs or not reply.logprobs[0].top_logprobs:
            raise GenerationError(
                f"Ollama at {self.url} sent no log-probabilities; it needs Ollama 0.12.11 or newer"
            )
        shown = {entry.token: entry.logprob for entry in reply.logprobs[0].top_logprobs}
        return self._difference(shown)

    def _difference(self, shown: Mapping[str, float]) -> float:
        """log p(yes) - log p(no); of an answer not shown, only an upper bound is known."""
        if YES not in shown and NO not in shown:
            likely = ", ".join(repr(token) for token in list(shown)[:5])
            raise GenerationError(
                f"{self.model_name} answered neither yes nor no (likeliest: {likely}); it is no "
                f"Qwen3-Reranker"
            )
        bound = min(shown.values()) - _BELOW
        return shown.get(YES, bound) - shown.get(NO, bound)
