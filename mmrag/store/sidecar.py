"""`mmrag.json`: what stands in an index directory, readable without the engine."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mmrag.errors import IndexMismatch, MmragError, StoreError
from mmrag.store.checks import checked_spaces
from mmrag.store.quantization import Quantizations, checked_quantization
from mmrag.store.spec import DenseSpace, Space, SparseSpace

NAME, DRAFT = "mmrag.json", "mmrag.json.new"
FORMAT = 1
ENGINE = "qdrant-edge-py"


def is_index(directory: Path) -> bool:
    """Whether the directory says of itself that it is an index."""
    return (directory / NAME).is_file()


@dataclass(frozen=True)
class Contents:
    """What an index has: its named vectors, and the codes beside those of dense spaces."""

    spaces: Mapping[str, Space]
    quantization: Quantizations


def write(directory: Path, spaces: Mapping[str, Space], quantization: Quantizations) -> None:
    """Write the sidecar so that a crash leaves the old one or the new one."""
    content = {
        "format": FORMAT,
        "engine": ENGINE,
        "engine_version": version(ENGINE),
        "spaces": [_pack(space) for space in spaces.values()],
        "quantization": dict(quantization),
    }
    target, draft = directory / NAME, directory / DRAFT
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)


def read(directory: Path) -> Contents:
    """What the index has.

    Raises:
        StoreError: there is no index here, or the sidecar is damaged.
        IndexMismatch: another version of mmrag or of the engine made it.
    """
    path = directory / NAME
    if not path.is_file():
        raise StoreError(_no_index(directory))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = content["format"]
        if found == FORMAT:
            spaces = [_unpack(row) for row in content["spaces"]]
            codes = dict(content.get("quantization", {}))  # older indexes have none
            engine, made_by = str(content["engine"]), str(content["engine_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} is damaged ({type(error).__name__}: {error}); restore it from a backup, or "
            "make a new index with --index"
        ) from error
    if found != FORMAT:
        raise IndexMismatch(
            f"{directory}: index format {found!r}, this mmrag reads format {FORMAT}; make a new "
            "index with --index, or install the mmrag that made this one"
        )
    have = version(ENGINE)
    if engine != ENGINE or _minor(made_by) != _minor(have):
        raise IndexMismatch(
            f"{directory}: made by {engine} {made_by}, installed is {ENGINE} {have}; make a new "
            f"index with --index, or pip install '{engine}=={_minor(made_by)}.*'"
        )
    try:
        named = checked_spaces(spaces)
        return Contents(named, checked_quantization(codes, named))
    except MmragError as error:
        raise StoreError(f"{path} is damaged ({error}); make a new index with --index") from error


def _no_index(directory: Path) -> str:
    if not directory.exists():
        return f"{directory}: no such index; make it with: mmrag index PATH --index {directory}"
    if not directory.is_dir():
        return f"{directory} is a file, not an mmrag index"
    return f"{directory} is not an mmrag index: it has no {NAME}; name another directory"


def _minor(number: str) -> str:
    return ".".join(number.split(".")[:2])


def _pack(space: Space) -> dict[str, Any]:
    return {"kind": "dense" if isinstance(space, DenseSpace) else "sparse", **asdict(space)}


def _unpack(row: Mapping[str, Any]) -> Space:
    if row["kind"] == "sparse":
        return SparseSpace(str(row["name"]), idf=bool(row["idf"]))
    if row["kind"] != "dense" or row["distance"] not in ("cosine", "dot", "euclid"):
        raise ValueError(f"unknown space {row}")
    return DenseSpace(str(row["name"]), int(row["size"]), row["distance"])
