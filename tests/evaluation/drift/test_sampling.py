"""What is sampled of a real Edge store: kinds, documents, a bounded number of each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mmrag.errors import InputError
from mmrag.evaluation.drift.sampling import CAP, narrowed, snapshot_of
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node, number_nodes
from mmrag.store.documents import DocumentRecord
from mmrag.store.edge import EdgeEngine
from mmrag.store.manifest import Manifest, SpaceModel
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, Engine, SparseSpace

WIDTH = 6
MANIFEST = Manifest(
    "1",
    "tiny",
    (
        SpaceModel("text", "a", "1", WIDTH, "cosine"),
        SpaceModel("clip", "b", "1", WIDTH, "dot"),
        SpaceModel("bm25", "c", "1"),
    ),
    calibration={"scales": [], "counts": {"text": 3}},
)


def put(
    store: MMRagQdrantStore,
    source: str,
    kind: Modality,
    count: int,
    *,
    tenant: str | None = None,
    surrogate: bool = False,
) -> None:
    """A document of `count` nodes with vectors in both dense spaces."""
    nodes = [
        build_node(f"{source} {n}", Provenance(source), modality=kind, mimetype="x/y")
        for n in range(count)
    ]
    number_nodes(nodes, f"{source} {tenant}", tenant)
    for node in nodes:
        node.metadata[SURROGATE] = surrogate
    rng = np.random.default_rng(len(source) + count)
    vectors = {
        space: list(rng.normal(size=(count, WIDTH)).astype("f4")) for space in ("text", "clip")
    }
    store.add(nodes, vectors=vectors)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    spaces = [DenseSpace("text", WIDTH), DenseSpace("clip", WIDTH, "dot"), SparseSpace("bm25")]
    with EdgeEngine.create(tmp_path_factory.mktemp("made") / "index", spaces) as made:
        store = MMRagQdrantStore.from_engine(made)
        put(store, "long.md", Modality.TEXT, CAP + 15)
        for n in range(12):
            put(store, f"{n}.md", Modality.TEXT, 2)
        put(store, "0.md", Modality.TEXT, 1, tenant="other")
        put(store, "wordless.png", Modality.IMAGE, 1, surrogate=True)
        put(store, "poster.png", Modality.IMAGE, 1)
        yield made


def test_each_kind_of_each_dense_space_is_sampled(engine: Engine) -> None:
    found = snapshot_of(engine, MANIFEST)
    text = found.clouds["text", "text"]
    assert text.count == CAP + 15 + 24 + 1
    assert len(text) == CAP + 24 + 1  # of the long one no more than that
    assert text.size == 14  # the other tenant's 0.md is a document of its own
    assert np.unique(text.documents, return_counts=True)[1].max() == CAP
    np.testing.assert_allclose(np.linalg.norm(text.vectors, axis=1), 1, 1e-5)
    # a picture without words lies in the text space by its file's name alone
    assert len(found.clouds["text", "image"]) == 1
    assert len(found.clouds["clip", "image"]) == 2
    assert set(found.clouds) == {(s, k) for s in ("text", "clip") for k in ("text", "image")}
    assert found.calibration == MANIFEST.calibration


def test_a_sample_is_bounded_and_the_same_every_time(engine: Engine) -> None:
    one, other = (snapshot_of(engine, MANIFEST, size=20).clouds["clip", "text"] for _ in range(2))
    assert len(one) == 20
    np.testing.assert_array_equal(one.vectors, other.vectors)


def test_some_documents_are_sampled_alone(engine: Engine) -> None:
    records = [DocumentRecord(f"{n}.md", "ff", 1, 0, 2, "text", "x/y", "1") for n in range(3)]
    found = snapshot_of(engine, MANIFEST, documents=records, of="three")
    assert {place: (len(cloud), cloud.size) for place, cloud in found.clouds.items()} == {
        ("text", "text"): (6, 3),
        ("clip", "text"): (6, 3),
    }
    assert found.about.split(", ")[1] == "three"


def test_spaces_can_be_chosen_and_must_be_dense_ones(engine: Engine) -> None:
    chosen = snapshot_of(engine, MANIFEST, spaces=["clip"])
    assert {space for space, _ in chosen.clouds} == {"clip"}
    assert narrowed(snapshot_of(engine, MANIFEST), ["clip"]).clouds.keys() == chosen.clouds.keys()
    with pytest.raises(InputError, match="'bm25' is sparse"):
        snapshot_of(engine, MANIFEST, spaces=["bm25"])
    with pytest.raises(
        InputError, match=r"'clap' is not there; the dense spaces of .*: clip, text"
    ):
        narrowed(chosen, ["clap"])
