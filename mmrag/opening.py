"""Open an index: the one that is there, with its own models, or a new one with a profile's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmrag.config import Settings
from mmrag.embeddings.hub import fetch_missing
from mmrag.errors import InputError
from mmrag.profiles import NGRAM, Profile, profile_named
from mmrag.spaces import NGRAM_MODEL, Spaces, as_they_are_now, engine_space, space_models
from mmrag.store.manifest import Manifest, SpaceModel, check_models, read_manifest, write_manifest
from mmrag.store.opening import add_indexes, index_exists, open_engine
from mmrag.store.spec import Engine
from mmrag.version import __version__

FIRST = "offline"
"""The profile of a new index when none is named: it needs nothing that has to be fetched."""


@dataclass(frozen=True)
class Opened:
    """An open engine and what its manifest says."""

    engine: Engine
    manifest: Manifest
    profile: Profile
    spaces: Spaces


def open_index(settings: Settings, *, create: bool) -> Opened:
    """The index that the settings name.

    What fills its spaces is read from its manifest; a profile that is named as well must agree.

    Raises:
        InputError: there is no index and none is to be made, or it lacks a space of the profile.
        IndexMismatch: it was made with other models.
        ModelUnavailable: a new index is to be made and weights are not within reach.
        GenerationError: a new index is to be made and the Ollama server or its model is not there.
    """
    wanted = settings.profile
    if create and not index_exists(settings.index, settings.server):
        return _new(settings, profile_named(wanted or FIRST))
    engine = open_engine(settings.index, settings.server)
    try:
        manifest = read_manifest(engine)
        if manifest is None:  # a collection made by somebody else
            return _described(engine, settings, profile_named(wanted or FIRST))
        profile = profile_named(wanted or manifest.profile)
        now = as_they_are_now(manifest.spaces, settings.ollama)
        check_models(manifest, now)
        expected: Sequence[SpaceModel] = ()
        if wanted or settings.models:
            expected = space_models(profile, settings.models, ollama=settings.ollama, known=now)
        missing = check_models(manifest, expected)
        if missing:
            name = missing[0]
            raise InputError(
                f"{engine.location} has no space {name!r}, which profile {profile.name} asks for; "
                f"add it with: mmrag index --add-space {name}"
            )
    except BaseException:
        engine.close()
        raise
    return Opened(engine, manifest, profile, _spaces(manifest.spaces, settings))


def _new(settings: Settings, profile: Profile) -> Opened:
    rows = space_models(profile, settings.models, ollama=settings.ollama)
    if any(row.revision is None for row in rows if row.size is not None):
        fetch_missing(row.model for row in rows if row.size is not None)
        rows = space_models(profile, settings.models, ollama=settings.ollama)
    rows.append(NGRAM_MODEL)  # an index without it opens all the same
    spaces = _spaces(rows, settings)
    if any(row.size is not None and not row.model.startswith("pip:") for row in rows):
        spaces.load()  # before anything is made: weights may be damaged, or not fit
    wanted = [engine_space(row) for row in rows]
    engine = open_engine(settings.index, settings.server, spaces=wanted)
    manifest = Manifest(__version__, profile.name, tuple(rows))
    try:
        write_manifest(engine, manifest)
    except BaseException:
        engine.close()
        raise
    return Opened(engine, manifest, profile, spaces)


def _described(engine: Engine, settings: Settings, profile: Profile) -> Opened:
    """Give a collection without a manifest one, if its spaces are those of the profile."""
    rows = space_models(profile, settings.models, ollama=settings.ollama)
    for row in rows:
        if engine.spaces.get(row.space) != engine_space(row):
            raise InputError(
                f"{engine.location} was not made by mmrag: its space {row.space!r} is "
                f"{engine.spaces.get(row.space)}, profile {profile.name} needs {engine_space(row)}"
            )
    if NGRAM in engine.spaces:  # a new index whose making was cut off before its manifest
        rows.append(NGRAM_MODEL)
    add_indexes(engine, settings.index)  # the making may have been cut off before these, too
    manifest = Manifest(__version__, profile.name, tuple(rows))
    write_manifest(engine, manifest)
    return Opened(engine, manifest, profile, _spaces(rows, settings))


def _spaces(rows: Sequence[SpaceModel], settings: Settings) -> Spaces:
    passages = settings.ingest.passages_in_media_spaces
    return Spaces(rows, passages=passages, ollama=settings.ollama)
