"""The vectors of one side of a batch, and the way back from their gradients to the weights.

Gradient caching: Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory
Limited Setup". Vectors are encoded without a graph, the loss gives their gradients, and each
micro-batch is encoded again to carry its share of these back, so that activations of one
micro-batch alone are held. Written here since the loss of sentence-transformers that does the same
takes its own models and features only. Imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

Encode = Callable[[Any], "torch.Tensor"]


class Side(Protocol):
    """Vectors (n, d) without a graph, and the way back."""

    vectors: torch.Tensor

    def backward(self, gradient: torch.Tensor) -> None:
        """Add to the gradients of the weights what the (n, d) gradient of the vectors means."""


class WholeSide:
    """All rows at once; activations are kept until the way back."""

    def __init__(self, encode: Encode, values: Any) -> None:  # noqa: ANN401  (what can be sliced)
        self._encoded = encode(values)
        self.vectors = self._encoded.detach()

    def backward(self, gradient: torch.Tensor) -> None:
        if self._encoded.requires_grad:  # not if its tower is frozen
            torch.autograd.backward(self._encoded, gradient)


class CachedSide:
    """`size` rows at a time, encoded twice; what torch draws on the way is drawn alike again.

    Args:
        encode: its rows must not depend on each other, which `refuse_batch_norm` sees to. Only
            torch's generators are wound back, not those of Python and NumPy.
        device: where it runs.
    """

    def __init__(
        self,
        encode: Encode,
        values: Any,  # noqa: ANN401  (what can be sliced)
        size: int,
        device: torch.device,
    ) -> None:
        self._encode, self._device = encode, device
        self._parts: list[tuple[Any, list[torch.Tensor]]] = []
        found = []
        with torch.no_grad():
            for start in range(0, len(values), size):
                part = values[start : start + size]
                self._parts.append((part, _drawn_from(device)))
                found.append(encode(part))
        self.vectors = torch.cat(found)

    def backward(self, gradient: torch.Tensor) -> None:
        start = 0
        for part, states in self._parts:
            with _wound_back(states, self._device):
                encoded = self._encode(part)
            if not encoded.requires_grad:  # its tower is frozen
                return
            torch.autograd.backward(encoded, gradient[start : start + len(encoded)])
            start += len(encoded)


def _drawn_from(device: torch.device) -> list[torch.Tensor]:
    """States of the generators that an encoder on this device draws from."""
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states


@contextmanager
def _wound_back(states: list[torch.Tensor], device: torch.device) -> Iterator[None]:
    """Have torch draw again as it did from these states, and leave its generators as they are."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.set_rng_state(states[0])
        if device.type == "cuda":
            torch.cuda.set_rng_state(states[1], device)
        yield
