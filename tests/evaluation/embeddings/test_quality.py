"""Embedding quality on real Edge stores: samples, pairs, gaps, agreement, what cannot be said."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import QueryBundle

from mmrag.errors import InputError, ModelUnavailable
from mmrag.evaluation.embeddings.pairs import Pairs
from mmrag.evaluation.embeddings.quality import (
    EmbeddingQuality,
    Gap,
    Shape,
    SpaceQuality,
    measure,
)
from mmrag.evaluation.embeddings.readings import alarms
from mmrag.evaluation.embeddings.report import MAP, REPORT, write_report
from mmrag.evaluation.embeddings.sample import draw
from mmrag.modalities import Modality
from mmrag.schema import MODALITY, SURROGATE, Provenance, build_node, number_nodes
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import DOCUMENT, KIND
from mmrag.store.nodes import node_to_payload
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray, Point, SparseSpace, Vector

WIDTH = 12
RNG = np.random.default_rng(5)


def unit(n: int, *, about: FloatArray | None = None, spread: float = 1.0) -> FloatArray:
    """(n, WIDTH) unit vectors, around (n or 1, WIDTH) directions if there are any."""
    rows = spread * RNG.normal(size=(n, WIDTH)) + (0 if about is None else about)
    scaled: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MMRagQdrantStore]:
    spaces = [DenseSpace("text", WIDTH), DenseSpace("clip", WIDTH, "dot"), SparseSpace("bm25")]
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        yield MMRagQdrantStore.from_engine(engine)


def put(store: MMRagQdrantStore, kind: str | None, **vectors: FloatArray) -> list[str]:
    """Points of one kind with a row of each space's vectors; their ids."""
    points = []
    for row in range(len(next(iter(vectors.values())))):
        node = build_node(
            "",
            Provenance(str(uuid.UUID(bytes=RNG.bytes(16)))),
            modality=Modality(kind or "text"),
            mimetype="x/y",
        )
        if kind is None:
            del node.metadata[MODALITY]
        number_nodes([node], "ff")
        rows = {space: held[row] for space, held in vectors.items()}
        points.append(Point(node.id_, rows, node_to_payload(node)))
    store.engine.upsert(points)
    return [point.id for point in points]


def put_documents(store: MMRagQdrantStore, vectors: FloatArray, chunks: int) -> None:
    """Documents of `chunks` passages each."""
    nodes = []
    for start in range(0, len(vectors), chunks):
        passages = [
            build_node(
                f"passage {start + chunk}",
                Provenance(f"{start}.md"),
                modality=Modality.TEXT,
                mimetype="text/plain",
            )
            for chunk in range(chunks)
        ]
        number_nodes(passages, "ff")
        nodes += passages
    store.add(nodes, vectors={"text": list(vectors)})


class WordsChannel:
    """Gives every question a vector about one direction, as a text encoder in its cone does."""

    def __init__(self, direction: FloatArray, space: str = "clip", *, broken: bool = False) -> None:
        self.space, self._direction, self._broken = space, direction, broken
        self.given: dict[str, FloatArray] = {}

    def encode(self, query: QueryBundle) -> Vector | None:
        if self._broken:
            raise ModelUnavailable("the weights are gone")
        vector = unit(1, about=self._direction, spread=0.1)[0]
        self.given[query.query_str] = vector
        return vector


def one(quality: EmbeddingQuality, space: str = "clip") -> SpaceQuality:
    return next(row for row in quality.spaces if row.space == space)


def plain(quality: EmbeddingQuality) -> str:
    """As JSON, which must not hold NaN or infinity."""
    return json.dumps({**quality.as_dict(), "warnings": alarms(quality)}, allow_nan=False)


def test_a_sample_is_the_first_items_by_id_and_as_many_of_each_kind(
    store: MMRagQdrantStore,
) -> None:
    pictures = put(store, "image", clip=5 * unit(300))
    sounds = put(store, "audio", clip=unit(20))
    others = put(store, None, clip=unit(5))
    put(store, "text", text=unit(7))
    store.engine.upsert([Point(str(uuid.uuid4()), {"clip": unit(1)[0]}, {KIND: DOCUMENT})])
    sample = draw(store.engine, "clip", 290)
    everything = sorted(pictures + sounds + others)
    assert [item.id for item in sample.whole.items] == everything[:290]
    assert [item.id for item in sample.by_kind["image"].items] == sorted(pictures)[:290]
    assert [item.id for item in sample.by_kind["audio"].items] == sorted(sounds)
    known = [item.id for item in sample.by_kind["other"].items]
    assert known == [point for point in everything[:290] if point in others]
    assert sample.counts == {"image": 300, "audio": 20, "other": 5}
    assert np.linalg.norm(sample.whole.vectors, axis=1) == pytest.approx(np.ones(290), abs=1e-5)


def test_neighbours_in_a_document_are_the_pairs_of_alignment(store: MMRagQdrantStore) -> None:
    topics = np.repeat(unit(40), 3, axis=0)
    vectors = unit(120, about=topics, spread=0.05)
    put_documents(store, vectors, 3)
    channel = WordsChannel(unit(1), "text")
    quality = one(measure(store, [channel], spaces=["text"]), "text")
    assert channel.given == {}, "a space that keeps passages is not asked in words"
    rows = np.array([row for row in range(120) if row % 3 < 2])
    apart = np.square(vectors[rows] - vectors[rows + 1]).sum(axis=1)
    assert quality.alignment == pytest.approx(apart.mean(), rel=1e-3)
    (pairs,) = quality.pairs
    assert (pairs.sort, pairs.count) == ("text beside text", 80)
    cosines = vectors[rows] @ vectors[rows + 1].T
    strangers = 2 - 2 * cosines[~np.eye(80, dtype=bool)].mean()
    assert pairs.strangers == pytest.approx(strangers, rel=1e-3)
    # a sample without a document's second passage still finds it
    assert one(measure(store, [], spaces=["text"], size=30), "text").pairs[0].count > 15


def test_kinds_in_cones_have_their_gap_and_words_theirs(store: MMRagQdrantStore) -> None:
    axes = np.eye(3, WIDTH, dtype=np.float32)
    put(store, "image", clip=unit(80, about=axes[:1], spread=0.1))
    put(store, "audio", clip=unit(80, about=axes[1:2], spread=0.1))
    put_documents(store, unit(60), 1)
    quality = measure(store, [WordsChannel(axes[2])])
    gaps = {(gap.one, gap.other): gap.distance for gap in one(quality).gaps}
    assert set(gaps) == {("image", "audio"), ("image", "words"), ("audio", "words")}
    held = np.mean(unit(4000, about=axes[:1], spread=0.1) @ axes[0])  # length of a cone's mean
    assert list(gaps.values()) == pytest.approx([2**0.5 * held] * 3, abs=0.02)
    assert sum("different scales" in line for line in alarms(quality)) == 3
    assert "words" not in json.loads(plain(quality))["spaces"][1]["kinds"]


def test_an_item_is_compared_with_its_own_words_but_not_with_its_name(
    store: MMRagQdrantStore,
) -> None:
    seen = unit(4)
    for row, text in enumerate(("sale", "a fox", "", "IMG 1")):
        place = Provenance(f"{row}.png")
        node = build_node(text, place, modality=Modality.IMAGE, mimetype="image/png")
        if row == 3:
            node.metadata[SURROGATE] = True
        number_nodes([node], "ff")
        store.add([node], vectors={"clip": [seen[row]]})
    channel = WordsChannel(unit(1))
    (pairs,) = one(measure(store, [channel])).pairs
    assert (pairs.sort, pairs.count) == ("an item and its words", 2)
    assert set(channel.given) == {"sale", "a fox"}
    apart = [seen[row] - channel.given[text] for row, text in enumerate(("sale", "a fox"))]
    assert pairs.alignment == pytest.approx(np.square(apart).sum(axis=1).mean(), rel=1e-3)


def test_a_missing_model_costs_the_words_only(store: MMRagQdrantStore) -> None:
    put(store, "image", clip=unit(40))
    put_documents(store, unit(5), 1)
    found = one(measure(store, [WordsChannel(unit(1), broken=True)]))
    assert found.shape.hubness is not None
    assert any("the weights are gone" in note for note in found.notes)


def test_equal_spaces_agree_and_unrelated_ones_do_so_by_chance(store: MMRagQdrantStore) -> None:
    vectors = unit(200)
    ids = put(store, "image", text=vectors, clip=3 * vectors)
    put(store, "text", text=unit(30))
    (agreement,) = measure(store, []).agreements
    assert (agreement.items, agreement.k) == (200, 10)
    assert agreement.overlap == agreement.jaccard == 1.0
    shuffled = [Point(i, {"clip": v}) for i, v in zip(ids, unit(200), strict=True)]
    store.engine.update_vectors(shuffled)
    (agreement,) = measure(store, []).agreements
    assert agreement.overlap == pytest.approx(10 / 199, abs=0.02)
    assert agreement.chance == pytest.approx(10 / 199)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (0, "no item has a vector"),
        (1, "one item"),
        (2, "2 items"),
        (3, "alignment: no two sampled items"),
    ],
)
def test_too_few_items_are_said_to_be_so(store: MMRagQdrantStore, items: int, said: str) -> None:
    if items:
        put(store, "image", clip=unit(items))
    quality = measure(store, [])
    found = one(quality)
    assert found.items == found.sampled == items
    assert any(said in note for note in found.notes)
    assert (found.shape == Shape()) is (items < 3)
    plain(quality)


def test_equal_vectors_are_a_collapsed_space_not_a_crash(
    store: MMRagQdrantStore, tmp_path: Path
) -> None:
    same = np.repeat(unit(1), 90, axis=0)
    put(store, "image", clip=same[:60], text=same[:60])
    put(store, "audio", clip=same[60:])
    quality = measure(store, [])
    found = one(quality)
    assert found.shape == Shape(mean_distance=0.0, anisotropy=1.0, uniformity=0.0)
    assert found.gaps == (Gap("image", "audio", pytest.approx(0.0, abs=1e-3), 30),)
    assert any("all vectors are the same" in note for note in found.notes)
    assert any(line.startswith("clip: collapsed") for line in alarms(quality))
    plain(quality)
    assert quality.maps == ()
    assert write_report(quality, tmp_path / "report", location="x") == [
        tmp_path / "report" / REPORT
    ]


def test_two_different_vectors_have_no_silhouette_and_one_kind_no_gap(
    store: MMRagQdrantStore,
) -> None:
    put(store, "image", clip=np.repeat(unit(2), 30, axis=0))
    quality = measure(store, [])
    found = one(quality)
    assert found.shape.silhouette is None
    assert found.shape.first_axis == pytest.approx(1.0)
    assert any("two kinds" in note for note in found.notes)
    assert any("one axis makes 100%" in line for line in alarms(quality))
    plain(quality)


@pytest.mark.parametrize(
    ("spaces", "size", "said"),
    [
        (["clap"], 100, "'clap' is not there; the dense spaces of .* are: clip, text"),
        (["bm25"], 100, "'bm25' is sparse"),
        ([], 2, "take 3 to 20000"),
        ([], 20_001, "take 3 to 20000"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    store: MMRagQdrantStore, spaces: Sequence[str], size: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        measure(store, [], spaces=spaces, size=size)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": Shape(anisotropy=0.95)}, "collapsed"),
        ({"shape": Shape(first_axis=0.6)}, "one axis"),
        ({"shape": Shape(hubness=4.0, never_found=0.4)}, "strong hubs"),
        ({"shape": Shape(never_found=0.7)}, "hard to find"),
        ({"gaps": (Gap("image", "words", 0.8, 60),)}, "0.80 apart"),
        ({"pairs": (Pairs("text beside text", 40, 1.9, 2.0),)}, "hardly closer"),
        ({"sampled": 20, "shape": Shape(anisotropy=0.95)}, ""),
        ({"gaps": (Gap("image", "words", 0.8, 10),)}, ""),
        ({"kinds": {"text": 9, "image": 9}, "gaps": (Gap("text", "image", 0.8, 60),)}, ""),
        ({"pairs": (Pairs("text beside text", 40, 1.0, 2.0),)}, ""),
        ({"pairs": (Pairs("text beside text", 3, 1.9, 2.0),)}, ""),
        ({"shape": Shape(0.7, 0.3, 0.1, -2.5, 0.2, 4, 0.8, 0.01, 10)}, ""),
    ],
)
def test_alarms_say_what_is_meant_for_search(changes: dict[str, object], said: str) -> None:
    healthy = SpaceQuality("clip", 500, 500, {"image": 500})
    found = alarms(EmbeddingQuality(500, (replace(healthy, **changes),), ()))  # type: ignore[arg-type]
    assert len(found) == (1 if said else 0)
    assert not said or said in found[0]


def test_the_report_has_every_number_and_a_map_of_every_kind(
    store: MMRagQdrantStore, tmp_path: Path
) -> None:
    from PIL import Image

    put(store, "image", clip=unit(60))
    put(store, "audio", clip=unit(60))
    put_documents(store, unit(40), 2)
    quality = measure(store, [WordsChannel(unit(1))])
    clip = next(space for space in quality.maps if space.space == "clip")
    assert {kind: len(places) for kind, places in clip.places.items()} == {
        "image": 60,
        "audio": 60,
        "words": 40,
    }
    written = write_report(quality, tmp_path / "report", location="my-index")
    assert written == [tmp_path / "report" / name for name in (REPORT, MAP)]
    text = written[0].read_text(encoding="utf-8")
    for space in quality.spaces:
        assert f"{space.shape.hubness:.3f}" in text
        assert f"{space.shape.uniformity:.3f}" in text
    assert MAP in text
    assert "text beside text" in text
    with Image.open(written[1]) as picture:
        assert picture.width > 1200
        colours = {pixel for _, pixel in picture.convert("RGB").getcolors(1 << 24) or ()}
    assert len(colours) > 50, "something was drawn"


def test_a_folder_that_is_a_file_is_refused(store: MMRagQdrantStore, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(InputError, match="no report can be written to"):
        write_report(measure(store, []), tmp_path / "taken", location="x")


def test_strangers_are_all_other_combinations() -> None:
    here, there = unit(3), unit(3)
    apart = np.square(here[:, None] - there[None]).sum(axis=2)
    found = Pairs.of("x beside y", here, there)
    assert found.alignment == pytest.approx(np.diag(apart).mean(), rel=1e-5)
    assert found.strangers == pytest.approx(apart[~np.eye(3, dtype=bool)].mean(), rel=1e-5)
    assert Pairs.of("x beside y", here[:1], there[:1]).strangers is None
