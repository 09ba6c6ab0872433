"""References on disk: what is written comes back; what is no reference is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluation.drift.clouds import cloud, snapshot

from mmrag.errors import InputError
from mmrag.evaluation.drift.snapshot import Snapshot, load, save

HELD = snapshot({("clip", "image"): cloud(1, 12), ("clip", "questions"): cloud(2, 11, items=1)})


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    save(HELD, tmp_path / "reference")
    return tmp_path / "reference"


def test_a_reference_comes_back(kept: Path) -> None:
    found = load(kept)
    assert found.as_dict() == HELD.as_dict()
    for place, held in HELD.clouds.items():
        np.testing.assert_allclose(found.clouds[place].vectors, held.vectors, atol=1e-3)
        np.testing.assert_allclose(np.linalg.norm(found.clouds[place].vectors, axis=1), 1, 1e-6)
        np.testing.assert_array_equal(found.clouds[place].documents, held.documents)
    assert kept.stat().st_size < 4_000  # 59 vectors of 8 halves, and a head


def rewritten(path: Path, **changes: object) -> None:
    """The file with parts of its head, or arrays, in place of its own."""
    with np.load(path) as file:
        arrays = dict(file)
    head = json.loads(str(arrays["head"]))
    for name, value in changes.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        else:
            head[name] = value
    with path.open("wb") as out:
        np.savez(out, **{**arrays, "head": np.array(json.dumps(head))})


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_reference_is_told(kept: Path, tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none")
    assert "Is a directory" in refusal(tmp_path)
    whole = kept.read_bytes()
    for content in (b"", b"no reference", b"PK\x03\x04", whole[: len(whole) // 2]):
        kept.write_bytes(content)
        assert "make it anew with" in refusal(kept)
    np.save(tmp_path / "array.npy", np.ones(3))
    assert "make it anew with" in refusal(tmp_path / "array.npy")
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    kept.write_bytes(flipped)
    assert "make it anew with" in refusal(kept)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 9}, "has format 9, this mmrag reads 1"),
        ({"clouds": [{"space": "clip"}]}, "KeyError"),
        ({"models": []}, "KeyError"),
        ({"vectors0": np.ones((48, 3), np.float16)}, r"(48, 3) in a space of 8 dimensions"),
        ({"vectors0": np.full((48, 8), np.nan, np.float16)}, "no numbers"),
        ({"documents0": np.arange(5)}, "vectors of shape"),
    ],
)
def test_damage_within_is_told(kept: Path, changes: dict[str, object], words: str) -> None:
    rewritten(kept, **changes)
    assert words in refusal(kept)


def test_a_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError, match="cannot write the reference"):
        save(HELD, Path("/nowhere/at/all.npz"))


def test_an_empty_snapshot_is_kept_too(tmp_path: Path) -> None:
    empty: Snapshot = snapshot({})
    save(empty, tmp_path / "empty.npz")
    assert load(tmp_path / "empty.npz").clouds == {}
