"""Codes beside the vectors of an index that is there, made, changed or taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mmrag.config import IndexSettings
from mmrag.errors import InputError
from mmrag.store.opening import wanted_quantization
from mmrag.store.quantization import code_bytes
from mmrag.store.spec import DenseSpace, Engine, HasVector, Quantization


@dataclass(frozen=True)
class Compressed:
    """What became of a dense space.

    Attributes:
        vectors: how many it has.
        bytes_each: what a search reads of each, before rescoring.
        share: of what it would read of the vector itself.
    """

    space: str
    before: Quantization
    now: Quantization
    vectors: int
    bytes_each: int
    share: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def compress(
    engine: Engine,
    settings: IndexSettings,
    kind: Quantization | None = None,
    *,
    spaces: Sequence[str] | None = None,
) -> list[Compressed]:
    """Make codes for dense spaces, and for what was written since the last time.

    Args:
        kind: "none" takes codes away; None is what the settings say, or else what there is.
        spaces: only these; None is all dense ones.

    Raises:
        InputError: no kind is said anywhere, and there are no codes.
        ConfigError: a space is unknown, sparse, or too small for its kind.
    """
    dense = [name for name, space in engine.spaces.items() if isinstance(space, DenseSpace)]
    before = dict(engine.quantization)
    said = {**before, **wanted_quantization(settings, engine.spaces.values())}
    chosen = list(said if spaces is None else spaces)
    wanted = {name: kind or said.get(name, "none") for name in chosen}
    if kind is None and {*before.values(), *wanted.values()} == {"none"}:
        raise InputError(
            f"{engine.location} has no codes and the settings want none; say which with "
            "--quantization int8, binary or turbo"
        )
    engine.quantize(wanted)
    return [_compressed(engine, name, before[name]) for name in dense if name in chosen]


def _compressed(engine: Engine, name: str, before: Quantization) -> Compressed:
    space, now = engine.spaces[name], engine.quantization[name]
    size = space.size if isinstance(space, DenseSpace) else 0
    each = code_bytes(now, size)
    share = each / code_bytes("none", size)
    return Compressed(name, before, now, engine.count(HasVector(name)), each, share)
