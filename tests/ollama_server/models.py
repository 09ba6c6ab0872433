"""The models that the protocol test server says it has: one file, in two roles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ollama_server.engine import CONTEXT, EMBED_CONTEXT

DEFAULT_CONTEXT = 4096
"""`num_ctx` where a request names none: Ollama's on machines with less than 23 GiB of VRAM."""
_KEPT = timedelta(minutes=5)
_FOREVER = timedelta(days=36500)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Model:
    """A row of `/api/tags`: what it can, and how many tokens it takes."""

    name: str
    capabilities: tuple[str, ...]
    context_length: int

    def row(self) -> dict[str, Any]:
        """As listed."""
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": "2026-01-01T00:00:00Z",
            "size": 98_362_432,
            "digest": hashlib.sha256(self.name.encode()).hexdigest(),
            "details": DETAILS,
        }

    def shown(self) -> dict[str, Any]:
        """The answer of `/api/show`."""
        return {
            "modelfile": f"FROM {self.name}",
            "parameters": "",
            "template": "{{ .Prompt }}",
            "details": DETAILS,
            "model_info": {
                "general.architecture": "llama",
                "general.parameter_count": 134_515_008,
                "llama.context_length": self.context_length,
                "llama.embedding_length": 576,
            },
            "capabilities": list(self.capabilities),
            "modified_at": "2026-01-01T00:00:00Z",
        }


DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "134.52M",
    "quantization_level": "Q4_1",
}
CHAT = Model("smollm2:135m", ("completion",), CONTEXT)
EMBED = Model("smollm2-embed:latest", ("embedding",), EMBED_CONTEXT)


@dataclass(frozen=True)
class Loaded:
    """A model in memory, for `/api/ps`."""

    model: Model
    context: int
    expires: datetime

    def row(self) -> dict[str, Any]:
        """As listed."""
        row = {k: v for k, v in self.model.row().items() if k != "modified_at"}
        expires = self.expires.isoformat().replace("+00:00", "Z")
        return {**row, "expires_at": expires, "size_vram": 0, "context_length": self.context}


def kept_for(keep_alive: object) -> timedelta:
    """How long a request asks to keep its model: seconds or Go's "5m", negative is forever.

    Raises:
        ValueError: neither.
    """
    if keep_alive is None:
        return _KEPT
    if isinstance(keep_alive, str):
        number = keep_alive.rstrip("smh")
        seconds = float(number) * _UNITS[keep_alive[len(number) :]]
    elif isinstance(keep_alive, int | float):
        seconds = float(keep_alive)
    else:
        raise ValueError(f"invalid keep_alive {keep_alive!r}")
    return _FOREVER if seconds < 0 else timedelta(seconds=seconds)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)
