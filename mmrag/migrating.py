"""Move an index to another place: from a directory to a Qdrant server, back, or to its like."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mmrag.config import IndexSettings, Settings, load_settings
from mmrag.errors import InputError, StoreError
from mmrag.ingest.belongings import copy_belongings, moved
from mmrag.ingest.sources.given import place_of
from mmrag.store.comparing import Comparison, Told, compare
from mmrag.store.manifest import MANIFEST_ID, Manifest, read_manifest
from mmrag.store.migration import Migration
from mmrag.store.opening import add_indexes, index_exists, open_engine
from mmrag.store.spec import Engine
from mmrag.store.unfinished import Unfinished

_HOST_AND_PORT = re.compile(r"[\w.-]{2,}:\d+(?:[/#].*)?")


@dataclass(frozen=True)
class SpaceCopy:
    """The vectors of one space on both sides.

    Attributes:
        vectors: how many there are at the source.
        digest, copy_digest: of the source's and of the target's.
        deviation: the largest difference of components; 0.0 where the digests are equal.
    """

    vectors: int
    digest: str
    copy_digest: str
    deviation: float


@dataclass(frozen=True)
class Migrated:
    """A target that was found equal to its source.

    Attributes:
        source, target: as `migrate` takes them.
        points: how many points both have, without the manifest; by kind in `kinds`.
        digest: of ids and payloads, the same on both sides.
        spaces: the vectors, by space.
        resumed: points that an earlier run had copied.
        mended: points that were copied once more, because the source had changed meanwhile.
        files: how many files went along: fetched and uploaded ones, reports, tokens.
    """

    source: str
    target: str
    points: int
    kinds: Mapping[str, int]
    digest: str
    spaces: Mapping[str, SpaceCopy]
    resumed: int = 0
    mended: int = 0
    files: int = 0
    seconds: float = field(default=0.0, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `mmrag migrate --json`."""
        spaces = {name: dict(vars(space)) for name, space in self.spaces.items()}
        rows = {key: value for key, value in vars(self).items() if key != "spaces"}
        return {**rows, "kinds": dict(self.kinds), "spaces": spaces}


def migrate(
    source: str | Path,
    target: str | Path,
    *,
    settings: Settings | None = None,
    source_settings: Settings | None = None,
    verify_only: bool = False,
    progress: Told = lambda what, done, total: None,
) -> Migrated:
    """Copy a whole index, of all tenants, and compare both sides point by point.

    Interrupted, it goes on where it was when it is called again; until it is done, the target
    cannot be opened as an index. The source is only read.

    Args:
        source, target: a directory, or URL#COLLECTION of a Qdrant server; without #COLLECTION it
            is that of the settings. The target must be new, or left unfinished by the same copy.
        settings: key, collection and whatever else a new index takes; None reads ./mmrag.yaml and
            MMRAG_* variables.
        source_settings: key and collection of the source; None takes `settings`.
        verify_only: write nothing, and compare two indexes that are there.
        progress: told "copying", "comparing" or "files", and how many of how many are done.

    Raises:
        InputError: there is no index at the source, or both places are the same.
        StoreError: the target holds something else, an engine failed, or both sides are not equal.
    """
    started = time.monotonic()
    settings = settings or load_settings()
    at_source = source_settings or settings
    old = placed(source, at_source.index)
    new = placed(target, settings.index)
    origin, destination = shown(old), shown(new)
    if origin == destination:
        raise InputError(f"{origin} is both the source and the target; name two places")
    with closing(open_engine(old, at_source.server)) as from_engine:
        manifest = read_manifest(from_engine)
        if verify_only:
            with closing(open_engine(new, settings.server)) as to_engine:
                copy = read_manifest(to_engine)
                found = compare(from_engine, to_engine, told=progress)
            _check_equal(found, manifest, copy, origin, destination)
            result = _told(origin, destination, found, from_engine)
        else:
            plain = new.model_copy(update={"quantization": "none"})  # codes are made at the end
            there = index_exists(new, settings.server)
            spaces = None if there else list(from_engine.spaces.values())
            mark = Unfinished(origin, destination)
            first = [mark.to_point(MANIFEST_ID)]
            with closing(
                open_engine(plain, settings.server, spaces=spaces, first=first)
            ) as to_engine:
                run = Migration(from_engine, to_engine, mark, progress)
                run.begin()
                add_indexes(to_engine, new)
                copied = run.copy()
                files = copy_belongings(old, new, lambda done, of: progress("files", done, of))
                run.finish(_as_moved(read_manifest(from_engine), old, new))
            result = replace(
                _told(origin, destination, copied.comparison, from_engine),
                resumed=copied.resumed,
                mended=copied.mended,
                files=files,
            )
    return replace(result, seconds=round(time.monotonic() - started, 3))


def placed(place: str | Path, base: IndexSettings) -> IndexSettings:
    """The settings of an index at a directory or URL#COLLECTION.

    Raises:
        InputError: it is neither.
    """
    text = str(place)
    if "://" not in text:
        if not text:
            raise InputError("an empty path is no place for an index; name a directory or a URL")
        if _HOST_AND_PORT.fullmatch(text) and not Path(text).exists():
            raise InputError(f"{text} looks like a server without its scheme; write http://{text}")
        return base.model_copy(update={"directory": Path(text), "qdrant_url": None})
    url, _, collection = text.partition("#")
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{text} is no address of a Qdrant server; it begins with http or https")
    return base.model_copy(update={"qdrant_url": url, "collection": collection or base.collection})


def shown(index: IndexSettings) -> str:
    """A place as `migrate` takes it, in one spelling and without credentials."""
    if index.qdrant_url:
        return f"{place_of(index.qdrant_url)}#{index.collection}"
    return str(index.directory.resolve())


def _as_moved(manifest: Manifest | None, old: IndexSettings, new: IndexSettings) -> Manifest | None:
    if manifest is None:
        return None
    return replace(manifest, roots=tuple(moved(root, old, new) for root in manifest.roots))


def _check_equal(
    found: Comparison,
    manifest: Manifest | None,
    copy: Manifest | None,
    origin: str,
    destination: str,
) -> None:
    faults = []
    if found.differing:
        faults.append(
            f"{len(found.differing)} points are missing or otherwise, first {found.differing[0]}"
        )
    if found.surplus:
        faults.append(f"{found.surplus} points are there that the source does not have")
    if _without_roots(manifest) != _without_roots(copy):
        faults.append("its manifest is another one")
    if faults:
        raise StoreError(f"{destination} is not equal to {origin}: {'; '.join(faults)}")


def _without_roots(manifest: Manifest | None) -> Manifest | None:
    """Places of uploads move with the index."""
    return manifest and replace(manifest, roots=())


def _told(origin: str, destination: str, found: Comparison, source: Engine) -> Migrated:
    here, there = found.source, found.target
    return Migrated(
        origin,
        destination,
        here.points,
        dict(sorted(here.kinds.items())),
        here.content,
        {
            name: SpaceCopy(
                here.vectors[name],
                here.vectors_of(name),
                there.vectors_of(name),
                found.deviation.get(name, 0.0),
            )
            for name in source.spaces
        },
    )
