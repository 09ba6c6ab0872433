"""The self-describing collection: one meta point says what made it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mmrag.errors import IndexMismatch, StoreError
from mmrag.schema import NAMESPACE
from mmrag.store.kinds import KIND, MANIFEST
from mmrag.store.spec import Engine, Point
from mmrag.store.unfinished import Unfinished

FORMAT = 1
MANIFEST_ID = str(uuid.uuid5(NAMESPACE, "manifest"))


@dataclass(frozen=True)
class SpaceModel:
    """Which model fills a space.

    Attributes:
        space: name of the space.
        model: id of the model, such as "sentence-transformers/all-MiniLM-L6-v2".
        revision: its revision; None if it has none.
        size: numbers per vector; None for a sparse space.
        distance: "cosine", "dot" or "euclid"; None for a sparse space.
    """

    space: str
    model: str
    revision: str | None = None
    size: int | None = None
    distance: str | None = None

    def __str__(self) -> str:
        size = "" if self.size is None else f", {self.size} dimensions"
        return f"{self.model}{f'@{self.revision}' if self.revision else ''}{size}"


@dataclass(frozen=True)
class Root:
    """A place that was indexed: sources that start with `prefix` lie under `path`.

    `path` is a folder or, with "://" in it, an address without credentials. `tenant` is whom its
    documents belong to; None is nobody.
    """

    prefix: str
    path: str
    tenant: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What a collection says of itself.

    Attributes:
        mmrag_version: the mmrag that made it.
        profile: name of the profile.
        spaces: the model of every space.
        roots: the places that were indexed.
        calibration: statistics per channel, owned by mmrag.retrieval.
        reranking: what reranking did to labelled questions, owned by mmrag.rerank.
        format: of the manifest and the payloads.
    """

    mmrag_version: str
    profile: str
    spaces: tuple[SpaceModel, ...] = ()
    roots: tuple[Root, ...] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    reranking: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT


def write_manifest(engine: Engine, manifest: Manifest) -> None:
    """Write or replace the manifest, durably."""
    payload = {KIND: MANIFEST, MANIFEST: json.dumps(asdict(manifest), ensure_ascii=False)}
    engine.upsert([Point(MANIFEST_ID, payload=payload)])
    engine.flush()


def read_manifest(engine: Engine) -> Manifest | None:
    """The collection's manifest; None if it has none, being new or made by somebody else.

    Raises:
        IndexMismatch: another version of mmrag wrote it.
        StoreError: it is damaged, or the collection is a copy that is not finished.
    """
    found = check_finished(engine)
    if found is None:
        return None
    try:
        content = json.loads(found.payload[MANIFEST])
        if content["format"] != FORMAT:
            raise IndexMismatch(
                f"{engine.location}: the manifest has format {content['format']!r}, this mmrag "
                f"reads format {FORMAT}; make a new index, or install mmrag "
                f"{content.get('mmrag_version', 'of that time')}"
            )
        return Manifest(
            mmrag_version=str(content["mmrag_version"]),
            profile=str(content["profile"]),
            spaces=tuple(SpaceModel(**row) for row in content["spaces"]),
            roots=tuple(Root(**row) for row in content["roots"]),
            calibration=dict(content["calibration"]),
            reranking=dict(content.get("reranking", {})),  # older manifests have none
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"{engine.location}: the manifest is damaged ({type(error).__name__}: {error}); "
            "make a new index"
        ) from error


def check_finished(engine: Engine) -> Point | None:
    """The point that the manifest is in, if there is one.

    Raises:
        StoreError: the collection is a copy that is not finished.
    """
    for point in engine.retrieve([MANIFEST_ID]):
        if copying := Unfinished.from_point(point):
            raise StoreError(
                f"{engine.location} is an unfinished copy of {copying.origin}; finish it with: "
                f"{copying.command}"
            )
        return point
    return None


def check_models(manifest: Manifest, expected: Iterable[SpaceModel]) -> tuple[str, ...]:
    """Compare the models that filled the index with those that would query it.

    Returns:
        Names of expected spaces that the index does not have yet.

    Raises:
        IndexMismatch: a space was filled by another model, revision, size or distance. A revision
            that is not known on one side is not compared.
    """
    have = {row.space: row for row in manifest.spaces}
    missing = []
    for want in expected:
        found = have.get(want.space)
        if found is None:
            missing.append(want.space)
        elif not same_model(found, want):
            other = "put the weights back as they were"
            if found.model != want.model:
                other = f"use --profile {manifest.profile}"
            raise IndexMismatch(
                f"space {want.space!r} was filled by {found}, and {want} is to query it: their "
                f"vectors cannot be compared; {other}, or index again into a new --index"
            )
    return tuple(missing)


def same_model(found: SpaceModel, want: SpaceModel) -> bool:
    """Whether vectors of both can be compared; a revision that one side does not know is not."""
    revisions = {found.revision, want.revision} - {None}
    same = (found.model, found.size, found.distance) == (want.model, want.size, want.distance)
    return same and len(revisions) < 2
