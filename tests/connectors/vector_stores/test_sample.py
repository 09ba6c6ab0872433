"""What is known of nodes, whatever comes and goes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.store.nodes import point_id
from mmrag_connectors.vector_stores import sample as module
from mmrag_connectors.vector_stores.sample import Sample

NAMES = [f"node-{row}" for row in range(12)]
SPACES = {"text": {"text"}, "image": {"text", "clip"}, "audio": {"clip"}}


def vector(name: str, space: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array([NAMES.index(name), len(space)], np.float32)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(SPACES)))))
def test_a_sample_is_the_first_of_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    sample, there = Sample(), dict[str, str]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "SAMPLE", 100)
        for name, modality in steps:  # a node that is there leaves, another one comes
            if name in sample:
                sample.remove(name)
                del there[name]
            else:
                vectors = {space: vector(name, space) for space in SPACES[modality]}
                sample.add(name, modality, vectors)
                there[name] = modality
        path = tmp_path_factory.mktemp("sample") / "sample.npz"
        sample.save(path)
        for known in (sample, Sample.load(path)):
            assert set(known) == set(there)
            for space in ("text", "clip"):
                for modality in (None, *SPACES):
                    held = sorted(
                        (
                            name
                            for name, shown in there.items()
                            if space in SPACES[shown] and modality in (None, shown)
                        ),
                        key=point_id,
                    )
                    assert [kept.node_id for kept in known.of(space, modality)] == held
                    assert known.count(space, modality) == len(held)
                for name, kept in known.vectors(space).items():
                    np.testing.assert_array_equal(kept, vector(name, space))


def test_no_more_vectors_are_kept_than_a_sample_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 3)
    sample = Sample()
    for name in NAMES:
        sample.add(name, "text", {"text": vector(name, "text")})
    assert [kept.node_id for kept in sample.of("text")] == sorted(NAMES, key=point_id)[:3]
    assert sample.count("text") == len(sample.vectors("text")) + len(NAMES) - 3 == len(NAMES)
