"""Codes beside the vectors of a dense space: which there are, what they weigh, how they are asked.

The vectors stay as they are, so a code can be changed or taken away again. A search reads the
codes, which are smaller, and scores the best of them by the vectors themselves.
https://qdrant.tech/documentation/manage-data/quantization/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from mmrag.errors import ConfigError
from mmrag.store.spec import DenseSpace, Prefetch, Quantization, Space

FEWEST_BITS = 64
"""Dimensions below which a space is not coded by one bit each: too many items would be alike."""

Quantizations = Mapping[str, Quantization]
"""By dense space; one that is not named has no codes."""


@dataclass(frozen=True)
class Rescoring:
    """How a search goes from codes to vectors.

    Attributes:
        oversampling: candidates by code for each hit wanted.
        rescore: whether candidates are scored again by the vectors. Without it the scores of
            "int8" and "turbo" are estimates; those of "binary" count equal bits and could not be
            compared with any other, so there it is always done.
        candidates: by code at least, where few hits are wanted.
    """

    oversampling: float = 4.0
    rescore: bool = True
    candidates: int = 64

    def of(self, kind: Quantization, limit: int) -> Rescoring:
        """What holds for `limit` hits of a space with such codes.

        Where no codes are known of, candidates are scored again too: an index that was killed while
        it was compressed may have some.
        """
        if self.rescore or kind not in ("int8", "turbo"):
            factor = max(self.oversampling, self.candidates / limit)
            return Rescoring(factor, True, self.candidates)
        return Rescoring(1.0, False, self.candidates)


Rescored = Callable[[Prefetch], Rescoring | None]
"""How the codes of a channel are searched; None where there can be none."""


def code_bytes(kind: Quantization, size: int) -> int:
    """Bytes that a search reads of a vector of `size` dimensions, as qdrant-edge 0.9 stores them.

    "none" is float32. "int8" has a number a dimension, in blocks of 16, and a correction. "binary"
    has a bit a dimension, in words of 128. "turbo" has four bits a dimension and two corrections.
    """
    match kind:
        case "none":
            return 4 * size
        case "int8":
            return -(-size // 16) * 16 + 4
        case "binary":
            return -(-size // 128) * 16
        case "turbo":
            return -(-size // 2) + 8


def checked_quantization(
    kinds: Mapping[str, Quantization], spaces: Mapping[str, Space]
) -> dict[str, Quantization]:
    """The kinds that are not "none", by dense space.

    Raises:
        ConfigError: a kind or a space is unknown, or a space is sparse or too small for its kind.
    """
    known = get_args(Quantization)
    dense = [name for name, space in spaces.items() if isinstance(space, DenseSpace)]
    for name, kind in kinds.items():
        if kind not in known:
            raise ConfigError(f"quantization: no kind {kind!r}; there are {', '.join(known)}")
        space = spaces.get(name)
        if not isinstance(space, DenseSpace):
            what = "unknown" if space is None else "sparse, which has no vectors to compress"
            raise ConfigError(f"quantization: space {name!r} is {what}; choose {', '.join(dense)}")
        if kind == "binary" and space.size < FEWEST_BITS:
            raise ConfigError(
                f"quantization: space {name!r} has {space.size} dimensions, and one bit of each "
                f"tells too little apart below {FEWEST_BITS}; choose int8 or turbo for it"
            )
    return {name: kind for name, kind in kinds.items() if kind != "none"}
