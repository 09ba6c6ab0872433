"""What is to be stored: how many items, with which vectors, and how large their payload is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmrag.config import Settings
from mmrag.embeddings.catalogue import MODELS, describe
from mmrag.errors import InputError
from mmrag.profiles import ADDABLE, BM25, NGRAM, profile_named
from mmrag.store.opening import wanted_quantization
from mmrag.store.quantization import checked_quantization
from mmrag.store.spec import DenseSpace, Quantization, SparseSpace

TERMS: Mapping[str, int] = {BM25: 60, NGRAM: 250}
"""Different words, and trigrams, of a passage: about 100 words of English."""


@dataclass(frozen=True)
class DenseLoad:
    """A dense space: its size, the share of items with a vector in it, and the codes beside."""

    name: str
    model: str
    size: int
    share: float
    codes: Quantization = "none"


@dataclass(frozen=True)
class SparseLoad:
    """A sparse space: the share of items with a vector in it, and the terms of one."""

    name: str
    terms: int
    share: float


@dataclass(frozen=True)
class Workload:
    """What a cluster is planned for.

    Attributes:
        items: passages, pictures, recordings; each is a point.
        payload_bytes: of an item, as JSON.
        replicas: copies of everything.
    """

    items: int
    dense: tuple[DenseLoad, ...]
    sparse: tuple[SparseLoad, ...]
    payload_bytes: int
    replicas: int


def workload_of(
    settings: Settings,
    profile: str,
    *,
    items: int,
    spaces: Mapping[str, float] | None = None,
    payload_bytes: int,
) -> Workload:
    """The load of an index with these settings; no model is loaded.

    Args:
        profile: whose models fill the spaces.
        spaces: share of the items by space, 0 to 1; None is the profile's spaces with all items.

    Raises:
        InputError: a space is unknown, or there is no dense one.
        ConfigError: codes cannot be had for a space.
    """
    models = {**ADDABLE, **profile_named(profile).spaces, **settings.models}
    own = {**profile_named(profile).spaces, **settings.models}
    shares = dict.fromkeys(own, 1.0) if spaces is None else dict(spaces)
    shares = {**shares, BM25: shares.get(BM25, 1.0)}  # every index has it
    unknown = [name for name in shares if name not in models and name not in TERMS]
    if unknown:
        known = ", ".join(dict.fromkeys([*models, *TERMS]))
        raise InputError(f"no space {unknown[0]!r} is known with {profile}; there are: {known}")
    dense = {
        name: DenseLoad(name, models[name], dimension(models[name], settings), share)
        for name, share in shares.items()
        if name in models
    }
    if not dense:
        raise InputError("no dense space is named; an index has at least one, such as text")
    named = {name: DenseSpace(name, row.size) for name, row in dense.items()}
    wanted = wanted_quantization(settings.index, named.values())
    kinds = checked_quantization(wanted, {**named, BM25: SparseSpace(BM25)})
    return Workload(
        items,
        tuple(
            DenseLoad(row.name, row.model, row.size, row.share, kinds.get(row.name, "none"))
            for row in dense.values()
        ),
        tuple(SparseLoad(n, TERMS[n], share) for n, share in shares.items() if n in TERMS),
        payload_bytes,
        settings.server.replication_factor or 1,
    )


def dimension(model: str, settings: Settings) -> int:
    """Numbers in a vector of a model: by the catalogue, else by its folder or server."""
    row = MODELS.get(model)
    return row.dimension if row else describe(model, settings.ollama).dimension


def shares_of(listed: Sequence[str]) -> dict[str, float]:
    """["text", "clip=0.2"] -> {"text": 1.0, "clip": 0.2}.

    Raises:
        InputError: a share that is no number above 0 and up to 1, or a space named twice.
    """
    shares: dict[str, float] = {}
    for entry in listed:
        name, equals, share = (part.strip() for part in entry.partition("="))
        try:
            value = float(share) if equals else 1.0
        except ValueError:
            value = 0.0
        if not name or not 0.0 < value <= 1.0:
            raise InputError(
                f"--spaces wants names, with the share of items where that is not all: "
                f"text,clip=0.2; found {entry.strip()!r}"
            )
        if name in shares:
            raise InputError(f"--spaces names {name!r} twice")
        shares[name] = value
    return shares
