"""Whether what stands beside a document changed: digests of its sidecars, by kind."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from mmrag.loaders.base import sha256_of
from mmrag.loaders.sidecars import Sidecar


def digests(sidecars: Sequence[Sidecar]) -> dict[str, str]:
    """By kind, a digest of sizes and times and one of contents: "stamp:content"."""
    return {kind: f"{_stamp(rows)}:{_content(rows)}" for kind, rows in _by_kind(sidecars).items()}


def changed(sidecars: Sequence[Sidecar], known: Mapping[str, str]) -> set[str]:
    """The kinds whose content is not what it was; those of the same sizes and times are trusted."""
    now = _by_kind(sidecars)
    return {kind for kind in now.keys() | known.keys() if _differs(now.get(kind), known.get(kind))}


def alike(sidecars: Sequence[Sidecar], known: Mapping[str, str]) -> bool:
    """Whether they say what others said, whatever their names and times."""
    now = {kind: _content(rows) for kind, rows in _by_kind(sidecars).items()}
    return now == {kind: digest.partition(":")[2] for kind, digest in known.items()}


def touched(sidecars: Sequence[Sidecar], known: Mapping[str, str]) -> bool:
    """Whether a size or a time is another one, whatever the content."""
    now = {kind: _stamp(rows) for kind, rows in _by_kind(sidecars).items()}
    return now != {kind: digest.partition(":")[0] for kind, digest in known.items()}


def _differs(now: Sequence[Sidecar] | None, known: str | None) -> bool:
    if now is None or known is None:
        return (now is None) != (known is None)
    stamp, _, content = known.partition(":")
    return _stamp(now) != stamp and _content(now) != content


def _by_kind(sidecars: Sequence[Sidecar]) -> dict[str, list[Sidecar]]:
    found: dict[str, list[Sidecar]] = {}
    for sidecar in sidecars:
        found.setdefault(sidecar.kind, []).append(sidecar)
    return found


def _stamp(rows: Sequence[Sidecar]) -> str:
    facts = [(row.path.name, row.size, row.mtime_ns) for row in rows]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _content(rows: Sequence[Sidecar]) -> str:
    whole = hashlib.sha256()
    for row in rows:
        try:
            whole.update(sha256_of(row.path).encode())
        except OSError:  # it went away, or is not to be read: the reader notes that
            whole.update(b"-")
    return whole.hexdigest()
