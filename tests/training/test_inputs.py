"""Inputs are prepared once, ahead if asked, within bounds; broken media are told by their rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import PrivateAttr

from mmrag.embeddings.media import ImagePart
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import LoadError
from mmrag.modalities import Modality
from mmrag.training.inputs import Inputs
from mmrag.training.pair_files import read_pairs

IMAGE, TEXT = Modality.IMAGE, Modality.TEXT


class Counting(TinyEmbedding):
    """Notes what it prepares."""

    _seen: list[Any] = PrivateAttr(default_factory=list)

    def prepared(self, modality: Modality, given: Any) -> Any:
        self._seen.append(given)
        return super().prepared(modality, given)


@pytest.fixture
def counting(micro: Path) -> Counting:
    return Counting(str(micro))


def parts(stamps: Path, count: int) -> list[Any]:
    return [ImagePart(stamps / f"{n:02d}.png") for n in range(count)]


def test_what_fits_is_prepared_once(counting: Counting, stamps: Path) -> None:
    asked = parts(stamps, 4)
    with Inputs(counting) as inputs:
        inputs.ahead((IMAGE, part) for part in asked)
        first = inputs.of(IMAGE, [*asked, asked[0]])
        again = inputs.of(IMAGE, asked[:2])
    assert len(counting._seen) == 4
    assert first[0] is first[4] is again[0]
    np.testing.assert_array_equal(first[2], counting.prepared(IMAGE, asked[2]))


def test_what_does_not_fit_is_prepared_again(counting: Counting, stamps: Path) -> None:
    size = 3 * 64 * 64 * 4
    with Inputs(counting, room=2 * size) as inputs:
        for _ in range(2):
            rows = inputs.of(IMAGE, parts(stamps, 3))
    assert [row.shape for row in rows] == [(3, 64, 64)] * 3
    assert len(counting._seen) == 4


def test_what_was_begun_in_vain_is_forgotten(counting: Counting, stamps: Path) -> None:
    one, other = parts(stamps, 2)
    with Inputs(counting, room=0) as inputs:
        inputs.ahead([(IMAGE, one)])
        inputs.ahead([(IMAGE, other)])
        inputs.of(IMAGE, [other])
        before = len(counting._seen)
        inputs.of(IMAGE, [other])
    assert len(counting._seen) == before + 1


def test_broken_media_are_told_by_row(counting: Counting, tmp_path: Path, stamps: Path) -> None:
    for name in ("00", "01"):
        (tmp_path / f"{name}.png").write_bytes((stamps / f"{name}.png").read_bytes())
    (tmp_path / "02.png").write_bytes(b"\x89PNG nothing more")
    lines = [f'{{"image": "0{n}.png", "text": "text {m}"}}' for m, n in enumerate((0, 2, 1, 2))]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines))
    told: list[tuple[int, int]] = []
    with Inputs(counting) as inputs:
        faults = inputs.faults(read_pairs(tmp_path), lambda *at: told.append(at))
        with pytest.raises(LoadError):
            inputs.of(IMAGE, [ImagePart(tmp_path / "02.png")])
    assert [fault.place for fault in faults] == ["line 2", "line 4"]
    assert all("02.png" in fault.reason for fault in faults)
    assert told[-1] == (7, 7)


def test_vectors_stand_for_what_a_frozen_tower_takes(counting: Counting) -> None:
    texts = ["a red ring", "a small blue star", "a red ring"]
    with Inputs(counting) as inputs:
        inputs.fix(TEXT, texts, 1)
        rows = inputs.of(TEXT, texts)
    vectors = torch.nn.functional.normalize(torch.stack(rows), dim=-1).numpy()
    np.testing.assert_allclose(vectors, counting.embed_texts(texts), atol=1e-2)
