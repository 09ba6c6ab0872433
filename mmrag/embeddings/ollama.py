"""Embeddings by a model on an Ollama server: texts, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from mmrag.config import OllamaSettings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.recipes import recipe_named
from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch, InputError, PromptTruncated
from mmrag.modalities import Modality
from mmrag.ollama import SERVED, OllamaServer, Served
from mmrag.profiles import OLLAMA_EMBEDDING, QWEN3_SMALL
from mmrag.store.spec import FloatArray

if TYPE_CHECKING:
    from ollama import Client

INSTEAD = "use --profile offline for a new index"

# By a part of the model's name: what stands before questions and before passages, as the cards say.
_PROMPTS: tuple[tuple[str, str, str], ...] = (
    ("qwen3-embedding", recipe_named(QWEN3_SMALL).query_prompt, ""),
    ("embeddinggemma", "task: search result | query: ", "title: none | text: "),
    ("nomic-embed-text", "search_query: ", "search_document: "),
    ("mxbai-embed-large", "Represent this sentence for searching relevant passages: ", ""),
)


class OllamaEmbedding(MediaEmbedding):
    """Vectors of a model on an Ollama server, as a LlamaIndex embedding.

    Where others cut a text that is longer than the model's context, this one refuses it: the server
    is asked not to cut. `device`, `dtype` and `local_files_only` are the server's business.

    Args:
        model_name: what the server calls it.
        url: of the server.
        query_prompt, text_prompt: put before questions and texts; None is what is known of models
            with that name.
        context_window: tokens of a text at most, if the model was trained for so many.
        keep_alive: how long the model stays in memory, such as "10m"; None is the server's default.
        connect_timeout_s, timeout_s: seconds to reach the server, and for one batch.
        retries: further tries of what failed to connect.

    Raises:
        LLMUnavailable: no server answers, or not in time.
        LLMModelMissing: the server does not have the model.
        GenerationError: the server is too old, or the model does not embed.
        InputError: a text is longer than the context.
        CheckpointMismatch: the server sent other vectors than it was asked for.
    """

    takes: ClassVar[frozenset[Modality]] = frozenset({Modality.TEXT})

    url: str = "http://127.0.0.1:11434"
    query_prompt: str | None = None
    text_prompt: str | None = None
    context_window: int = Field(default=8192, ge=1)
    keep_alive: float | str | None = None
    connect_timeout_s: float = Field(default=5.0, gt=0)
    timeout_s: float = Field(default=300.0, gt=0)
    retries: int = Field(default=2, ge=0)

    def __init__(
        self,
        model_name: str = OLLAMA_EMBEDDING.removeprefix(SERVED),
        **fields: Any,  # noqa: ANN401  (pydantic's fields)
    ) -> None:
        super().__init__(model_name=model_name, **fields)

    @classmethod
    def of(cls, model: str, settings: OllamaSettings) -> OllamaEmbedding:
        """The embedding of "ollama:NAME" on the server of the settings."""
        return cls(
            model.removeprefix(SERVED),
            url=settings.url,
            context_window=settings.context_window,
            keep_alive=settings.keep_alive,
            connect_timeout_s=settings.connect_timeout_s,
            timeout_s=settings.timeout_s,
            retries=settings.retries,
        )

    @classmethod
    def class_name(cls) -> str:
        return "OllamaEmbedding"

    @property
    def weights(self) -> Weights:
        """Which model the server has under that name now, by its digest."""
        revision = self._preflight().revision
        return Weights(f"{SERVED}{self.model_name}", self.url, revision, local=True)

    @property
    def device_name(self) -> str:
        """Where the server runs it is not told."""
        return "ollama"

    @property
    def _server(self) -> OllamaServer:
        return OllamaServer(
            self.url, self.connect_timeout_s, self.timeout_s, self.retries, otherwise=INSTEAD
        )

    def _preflight(self) -> Served:
        return self._server.preflight(self.model_name, needs="embedding")

    def _load(self) -> _Model:
        found = self._preflight()
        tokens = min(self.context_window, found.context_length or self.context_window)
        dimension = found.embedding_length
        client = self._server.client()
        if dimension is None:
            dimension = len(self._ask(client, ["dimension"], tokens)[0])
        return _Model(client, tokens, dimension)

    def _dimension(self, model: _Model) -> int:
        return model.dimension

    def _read(self) -> _Model:
        return self._load()

    @contextmanager
    def _computing(self) -> Iterator[None]:
        yield

    def _text_vectors(self, model: _Model, texts: list[str]) -> Any:  # noqa: ANN401  (no tensor)
        return self._vectors(model, texts, self._prompt(self.text_prompt, 2))

    def _query_vectors(self, model: _Model, texts: list[str]) -> Any:  # noqa: ANN401
        return self._vectors(model, texts, self._prompt(self.query_prompt, 1))

    def _prompt(self, asked: str | None, column: int) -> str:
        if asked is not None:
            return asked
        name = self.model_name.lower()
        return next((str(row[column]) for row in _PROMPTS if row[0] in name), "")

    def _vectors(self, model: _Model, texts: list[str], prompt: str) -> FloatArray:
        vectors = self._ask(model.client, [prompt + text for text in texts], model.tokens)
        sizes = {len(vector) for vector in vectors}
        if len(vectors) != len(texts) or sizes != {model.dimension}:
            raise CheckpointMismatch(
                f"{self.model_name} at {self.url} sent {len(vectors)} vectors of "
                f"{', '.join(map(str, sorted(sizes))) or 'no'} numbers for {len(texts)} texts, and "
                f"{model.dimension} numbers each were expected; is it another model by now?"
            )
        return np.asarray(vectors, dtype=np.float32)

    def _ask(self, client: Client, texts: list[str], tokens: int) -> Sequence[Sequence[float]]:
        server = self._server
        try:
            with server.errors(self.model_name):
                reply = server.tries(
                    lambda: client.embed(
                        self.model_name,
                        texts,
                        truncate=False,
                        options={"num_ctx": tokens},
                        keep_alive=self.keep_alive,
                    )
                )
        except PromptTruncated as exc:
            longest = max(texts, key=len)
            raise InputError(
                f"a text of {len(longest)} characters is longer than the {tokens} tokens that "
                f"{self.model_name} takes (it begins {longest[:60]!r}); shorten it"
            ) from exc
        return reply.embeddings


@dataclass(frozen=True)
class _Model:
    """A model that was found on the server: what it takes and gives."""

    client: Client
    tokens: int
    dimension: int
