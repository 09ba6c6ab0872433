"""The Ollama server: clients, tries, errors in one wording, and what is known of its models.

It answers for embedding, captions, reranking and answers alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from pydantic import ValidationError

from mmrag.config import OllamaSettings
from mmrag.errors import (
    GenerationError,
    LLMModelMissing,
    LLMUnavailable,
    MmragError,
    PromptTruncated,
)

if TYPE_CHECKING:
    from ollama import AsyncClient, Client, ShowResponse

SERVED = "ollama:"
"""Before a model's name: it is on the Ollama server."""

OLDEST = (0, 12, 11)
"""The first version with log-probabilities; all that mmrag asks for beside them is older."""

BACKOFF_S = 0.25
"""Seconds before the second try; each further one waits twice as long."""

# In the words of Ollama and of the llama-server behind it.
_TOO_LONG = re.compile(r"exceeds the (?:available )?context|longer than the context", re.IGNORECASE)

Result = TypeVar("Result")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Served:
    """A model as its server describes it.

    Attributes:
        name: as it was asked for.
        digest: of the model's manifest: what tells one version of it from another.
        capabilities: such as "completion", "vision", "audio", "thinking", "embedding".
        context_length: tokens that it was trained for; None where the server does not say.
        embedding_length: numbers in a vector; None where the server does not say.
    """

    name: str
    digest: str | None
    capabilities: frozenset[str]
    context_length: int | None
    embedding_length: int | None

    @property
    def revision(self) -> str | None:
        """The digest as `ollama list` shows it."""
        return None if self.digest is None else self.digest[:12]


@dataclass(frozen=True)
class OllamaServer:
    """Where a server is and how patiently it is asked.

    Args:
        url: with or without "http://".
        connect_timeout_s, timeout_s: seconds to reach it, and for one answer or piece of it.
        retries: further tries of what failed to connect. What the server refuses, and what takes
            too long, would do so again.
        otherwise: what to do instead of using it, for messages.
    """

    url: str = "http://127.0.0.1:11434"
    connect_timeout_s: float = 5.0
    timeout_s: float = 300.0
    retries: int = 2
    otherwise: str = ""

    @classmethod
    def of(cls, settings: OllamaSettings, *, otherwise: str = "") -> OllamaServer:
        """The server of the settings."""
        return cls(
            settings.url,
            settings.connect_timeout_s,
            settings.timeout_s,
            settings.retries,
            otherwise,
        )

    def client(self, headers: Mapping[str, str] | None = None) -> Client:
        """The official client, with timeouts; it connects on its first call."""
        from ollama import Client  # costs what `import mmrag` must not

        return Client(host=self.url, timeout=self._timeout, headers=headers)

    def async_client(self, headers: Mapping[str, str] | None = None) -> AsyncClient:
        """As `client`; to be used in one event loop."""
        from ollama import AsyncClient

        return AsyncClient(host=self.url, timeout=self._timeout, headers=headers)

    def preflight(self, model: str, *, needs: str | None = None) -> Served:
        """Look whether the server answers and has a model, before anything hangs on it.

        Args:
            needs: a capability that the model must have, such as "vision".

        Raises:
            LLMUnavailable: no server answers.
            LLMModelMissing: the server does not have the model.
            GenerationError: the server is too old, or the model cannot do what it is needed for.
        """
        client = self.client()
        with self.errors(model):
            self._check_version(self.tries(self._version))
            shown = self.tries(lambda: client.show(model))
            digests = {row.model: row.digest for row in client.list().models}
        found = _served(model, digests.get(model) or digests.get(f"{model}:latest"), shown)
        if needs is not None and needs not in found.capabilities:
            able = ", ".join(sorted(found.capabilities)) or "nothing that it names"
            raise GenerationError(
                f"{model} at {self.url} has no capability {needs!r} (it has: {able}); name "
                f"another model"
            )
        return found

    def tries(self, call: Callable[[], Result]) -> Result:
        """What a call returns, tried again with growing pauses while it fails to connect."""
        from tenacity import Retrying

        found: Result = Retrying(**self._policy())(call)
        return found

    async def async_tries(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """As `tries`."""
        from tenacity import AsyncRetrying

        found: Result = await AsyncRetrying(**self._policy())(call)
        return found

    @contextmanager
    def errors(self, model: str) -> Iterator[None]:
        """Turn what the client raises into one clear line with the command that mends it."""
        try:
            yield
        except Exception as exc:
            if (named := self._named(exc, model)) is None:
                raise
            raise named from exc

    def pull(self, model: str, *, progress: Progress | None = None) -> None:
        """Let the server fetch a model.

        Args:
            progress: told bytes done and in all, of the file that is being fetched.

        Raises:
            LLMUnavailable: no server answers.
            GenerationError: the server cannot fetch it.
        """
        with self.errors(model):
            for step in self.client().pull(model, stream=True):
                if progress is not None and step.total:
                    progress(step.completed or 0, step.total)

    # --- inner parts -----------------------------------------------------------------------------

    @property
    def _timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.timeout_s, connect=self.connect_timeout_s)

    def _policy(self) -> dict[str, Any]:
        from tenacity import retry_if_exception_type, stop_after_attempt, wait_exponential

        # a connection that is refused is a builtin ConnectionError from the client's plain calls
        # and httpx's own from its streams
        dropped = (ConnectionError, httpx.NetworkError, httpx.ConnectTimeout)
        return {
            "stop": stop_after_attempt(self.retries + 1),
            "wait": wait_exponential(multiplier=BACKOFF_S),
            "retry": retry_if_exception_type((*dropped, httpx.RemoteProtocolError)),
            "reraise": True,
        }

    def _version(self) -> str:
        # the client has no call for it
        base = self.url if "://" in self.url else f"http://{self.url}"
        reply = httpx.get(f"{base.rstrip('/')}/api/version", timeout=self._timeout)
        reply.raise_for_status()
        found = reply.json()
        if not isinstance(found, dict) or "version" not in found:
            raise GenerationError(f"what answers at {self.url} is not Ollama, it seems: no version")
        return str(found["version"])

    def _check_version(self, version: str) -> None:
        numbers = tuple(int(n) for n in version.split("-")[0].split(".") if n.isdigit())
        if (0, 0, 0) < numbers < OLDEST:  # a build from source calls itself 0.0.0
            oldest = ".".join(map(str, OLDEST))
            raise GenerationError(
                f"the Ollama server at {self.url} is version {version}, and mmrag needs {oldest} "
                f"or newer; update it"
            )

    def _named(self, exc: Exception, model: str) -> GenerationError | None:
        from ollama import ResponseError

        if isinstance(exc, MmragError):
            return None
        instead = f", or {self.otherwise}" if self.otherwise else ""
        if isinstance(exc, ResponseError):
            if exc.status_code == 404:
                return LLMModelMissing(
                    f"the Ollama server at {self.url} has no model {model}; fetch it with: "
                    f"ollama pull {model}",
                    hint=f"ollama pull {model}",
                )
            said = _said(exc.error)
            if exc.status_code == 400 and _TOO_LONG.search(said):
                return PromptTruncated(f"the input is too long for {model} at {self.url}: {said}")
            return GenerationError(f"Ollama at {self.url} failed: {said}")
        if isinstance(exc, httpx.TimeoutException) and not isinstance(exc, httpx.ConnectTimeout):
            return LLMUnavailable(
                f"the Ollama server at {self.url} did not answer within {self.timeout_s:g} s; "
                f"raise ollama.timeout_s{instead}"
            )
        if isinstance(exc, ConnectionError | httpx.TransportError):
            return LLMUnavailable(
                f"no Ollama server answers at {self.url}; start it with: ollama serve "
                f"(or set ollama.url){instead}",
                hint="ollama serve",
            )
        strange = isinstance(exc, httpx.HTTPError | httpx.InvalidURL | json.JSONDecodeError)
        if isinstance(exc, ValidationError):  # of an answer; of a request it is our own fault
            strange = exc.title.endswith("Response")
        if strange:  # some other server, or a proxy
            return GenerationError(
                f"what answers at {self.url} is not Ollama, it seems: {_said(str(exc))}"
            )
        return None


def _served(model: str, digest: str | None, shown: ShowResponse) -> Served:
    info = shown.modelinfo or {}
    architecture = info.get("general.architecture")

    def length(of: str) -> int | None:
        found = info.get(f"{architecture}.{of}_length")
        return int(found) if found else None

    return Served(
        name=model,
        digest=digest,
        capabilities=frozenset(shown.capabilities or ()),
        context_length=length("context"),
        embedding_length=length("embedding"),
    )


def _said(error: object) -> str:
    """What went wrong in one line; llama-server's own errors come as objects."""
    if isinstance(error, Mapping):
        error = error.get("message", error)
    return " ".join(str(error).split())[:300]
