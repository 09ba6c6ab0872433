"""The manifest tells which models an index was made with, and refuses others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmrag.errors import IndexMismatch, StoreError
from mmrag.store.engine import CheckedEngine
from mmrag.store.manifest import (
    MANIFEST_ID,
    Manifest,
    Root,
    SpaceModel,
    check_models,
    read_manifest,
    write_manifest,
)

TEXT = SpaceModel("text", "org/mini", "abc", 8, "cosine")
BM25 = SpaceModel("bm25", "mmrag/bm25-en")
MANIFEST = Manifest(
    mmrag_version="1.2.3",
    profile="offline",
    spaces=(TEXT, BM25),
    roots=(Root("", "/home/ä/notes"), Root("photos:", "/photos")),
    calibration={"text": {"mean": 0.25, "std": [1, 2]}},
)


def test_round_trip(engine: CheckedEngine) -> None:
    assert read_manifest(engine) is None
    write_manifest(engine, MANIFEST)
    assert read_manifest(engine) == MANIFEST
    changed = replace(MANIFEST, profile="default")
    write_manifest(engine, changed)
    assert read_manifest(engine) == changed
    assert engine.count() == 1
    [point] = engine.retrieve([MANIFEST_ID], with_vectors=True)
    assert point.vectors == {} and point.payload["kind"] == "manifest"


def test_other_format(engine: CheckedEngine) -> None:
    write_manifest(engine, replace(MANIFEST, format=7))
    with pytest.raises(IndexMismatch, match=r"format 7.*reads format 1.*mmrag 1\.2\.3"):
        read_manifest(engine)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": 1, "spaces": [{}]}', 5])
def test_damaged(engine: CheckedEngine, text: object) -> None:
    write_manifest(engine, MANIFEST)
    engine.set_payload({"manifest": text}, [MANIFEST_ID])
    with pytest.raises(StoreError, match="manifest is damaged"):
        read_manifest(engine)


@pytest.mark.parametrize(
    ("want", "named"),
    [
        (replace(TEXT, model="org/maxi"), "org/maxi@abc, 8 dimensions"),
        (replace(TEXT, revision="def"), "org/mini@def"),
        (replace(TEXT, size=9), "9 dimensions"),
        (replace(TEXT, distance="dot"), "org/mini@abc"),
    ],
)
def test_other_models(want: SpaceModel, named: str) -> None:
    with pytest.raises(IndexMismatch) as caught:
        check_models(MANIFEST, [BM25, want])
    message = str(caught.value)
    assert "'text'" in message and "org/mini@abc, 8 dimensions" in message and named in message
    other = want.model != TEXT.model
    assert ("--profile offline" if other else "put the weights back") in message
    assert "--index" in message


def test_models_that_agree() -> None:
    assert check_models(MANIFEST, [TEXT, BM25]) == ()
    assert check_models(MANIFEST, [replace(TEXT, revision=None)]) == ()
    clip = SpaceModel("clip", "org/clip", None, 5, "cosine")
    assert check_models(MANIFEST, [TEXT, clip]) == ("clip",)
