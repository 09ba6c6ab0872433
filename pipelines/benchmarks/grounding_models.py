"""Real language models: any of an Ollama server, and SmolLM2 in this process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mmrag import MMRagIndex, load_settings
from pipelines.benchmarks.result import REPOSITORY

OLLAMA = "http://127.0.0.1:11434"


class NotHere(Exception):
    """The engine of the protocol test server is not installed."""


@dataclass(frozen=True)
class Model:
    """A language model behind an Ollama server.

    Attributes:
        prefix: of its metrics.
        sample: how many of the test questions it is asked; None asks all.
        timeout_s: after so long without an answer it has failed.
    """

    name: str
    url: str
    prefix: str
    sample: int | None = None
    timeout_s: float = 300.0

    def settings(self) -> Any:  # noqa: ANN401  (mmrag.Settings)
        """Those of the archive's index, with this model to word the answers."""
        return load_settings(
            changes={
                "answer.llm": "ollama",
                "ollama.model": self.name,
                "ollama.url": self.url,
                "ollama.timeout_s": self.timeout_s,
            }
        )


@contextmanager
def smollm2(sample: int) -> Iterator[Model]:
    """SmolLM2-135M behind the protocol test server of tests/ollama_server, which is not Ollama.

    Raises:
        NotHere: the packages that it needs are not installed.
    """
    tests = str(REPOSITORY / "tests")
    if tests not in sys.path:
        sys.path.append(tests)
    engine = importlib.import_module("ollama_server.engine")
    serving = importlib.import_module("ollama_server.server")
    if lack := engine.missing():
        raise NotHere(lack)
    with serving.protocol_server_over(engine.Engine()) as server:
        name = next(iter(server.models))
        yield Model(name, server.url, "smollm2_", sample, timeout_s=120.0)


def sampled(rows: Sequence[Mapping[str, Any]], most: int | None) -> list[Mapping[str, Any]]:
    """As many questions, evenly spaced, answerable ones and others in equal parts."""
    if most is None or most >= len(rows):
        return list(rows)
    halves = ([r for r in rows if r["answerable"]], [r for r in rows if not r["answerable"]])
    return [half[n * len(half) // (most // 2)] for half in halves for n in range(most // 2)]


def opened(directory: Any, model: Model) -> MMRagIndex:  # noqa: ANN401  (a path)
    """The index, answered by the model."""
    return MMRagIndex(directory, settings=model.settings())
