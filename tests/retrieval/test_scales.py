"""Scales measured on a real Edge store, against brute force in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import QueryBundle

from mmrag.embeddings.bm25 import Bm25
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Bm25Channel, Channel
from mmrag.retrieval.hybrid import HybridRetriever, channels_of
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.scales import ENVELOPE, PARAPHRASE, Scales, measure
from mmrag.schema import SURROGATE, Provenance, build_node, number_nodes
from mmrag.store.edge import EdgeEngine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray, SparseSpace, Vector

THINGS = [f"thing{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(40)]


def unit(rows: FloatArray) -> FloatArray:
    scaled: FloatArray = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


RNG = np.random.default_rng(4)
PAIRS = np.repeat(RNG.normal(size=(20, 12)), 2, axis=0)  # notes come in pairs, much alike
TEXT = unit((PAIRS + RNG.normal(size=(40, 12)) / 4).astype(np.float32))
MEANING = unit(RNG.normal(size=(40, 14)).astype(np.float32))
GAP = np.ones((40, 2), np.float32)  # the modality gap
LOOKS = unit(np.hstack([MEANING, GAP]))
WORDS = unit(np.hstack([MEANING, -0.3 * GAP]))


class TableChannel:
    """Looks a question's vector up by the thing that it names."""

    def __init__(self, space: str, table: FloatArray) -> None:
        self.space, self._table = space, table

    def encode(self, query: QueryBundle) -> Vector | None:
        found = [n for n, thing in enumerate(THINGS) if thing in query.query_str]
        return self._table[found[0]] if found else None


CHANNELS: list[Channel] = [
    TableChannel("text", TEXT),
    TableChannel("clip", WORDS),
    Bm25Channel(Bm25()),
]


def put(store: MMRagQdrantStore, start: int, stop: int) -> None:
    for n in range(start, stop):
        note = build_node(
            f"About {THINGS[n]}.", Provenance(f"{n}.md"), modality=Modality.TEXT, mimetype="text/x"
        )
        picture = build_node(
            "p", Provenance(f"{n}.png"), modality=Modality.IMAGE, mimetype="image/png"
        )
        picture.metadata[SURROGATE] = True
        for node in (note, picture):
            number_nodes([node], "ff")
        store.add([note, picture], vectors={"text": [TEXT[n], None], "clip": [None, LOOKS[n]]})


@contextmanager
def index_of(place: Path, text: FloatArray, clip: FloatArray) -> Iterator[MMRagQdrantStore]:
    """An index of notes that have a vector in both spaces."""
    spaces = [DenseSpace("text", 12), DenseSpace("clip", 12), SparseSpace("bm25")]
    with EdgeEngine.create(place / "index", spaces) as engine:
        made = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        for n, thing in enumerate(THINGS):
            note = build_node(
                f"About {thing}.", Provenance(f"{n}.md"), modality=Modality.TEXT, mimetype="text/x"
            )
            number_nodes([note], "ff")
            made.add([note], vectors={"text": [text[n]], "clip": [clip[n]]})
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MMRagQdrantStore]:
    spaces = [DenseSpace("text", 12), DenseSpace("clip", 16), SparseSpace("bm25")]
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        made = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        put(made, 0, 32)
        yield made


def envelope(questions: FloatArray, items: FloatArray, *, same: bool) -> float:
    scores = questions @ items.T
    if same:
        np.fill_diagonal(scores, -1)
    return float(np.quantile(scores.max(axis=1), ENVELOPE))


def test_a_match_is_the_envelope_of_nearest_neighbours(store: MMRagQdrantStore) -> None:
    scales = measure(store, CHANNELS)
    words, image = Modality.TEXT, Modality.IMAGE
    expected = {
        ("text", words, None): envelope(TEXT[:32], TEXT[:32], same=True),
        ("clip", words, image): envelope(WORDS[:32], LOOKS[:32], same=False),
        ("clip", image, image): envelope(LOOKS[:32], LOOKS[:32], same=True),
    }
    assert {(row.space, row.asked, row.found) for row in scales.rows} == set(expected)
    for (space, asked, found), match in expected.items():
        assert scales.match(space, [asked], found) == pytest.approx(match, abs=1e-4)
    both = scales.match("clip", [words, image], image)
    assert both == pytest.approx(
        (expected["clip", words, image] + expected["clip", image, image]) / 2, abs=1e-4
    )
    assert scales.match("clip", [Modality.AUDIO], image) is None


def test_a_match_in_words_is_bounded_by_what_pieces_score_with_their_passage(
    tmp_path: Path,
) -> None:
    """Some neighbours are alike to the letter here, and no question will ever be that near."""
    table = unit(RNG.normal(size=(40, 12)).astype(np.float32))
    table[30:] = table[:10]
    off = unit((RNG.normal(size=(40, 12))).astype(np.float32))
    off = unit(off - np.sum(off * table, axis=1, keepdims=True) * table)
    cosines = np.linspace(0.75, 0.95, 40, dtype=np.float32)[:, None]
    asked = unit(cosines * table + np.sqrt(1 - cosines**2) * off)
    with index_of(tmp_path, table, table) as store:
        scales = measure(store, [TableChannel("text", asked), TableChannel("clip", asked)])
    own = np.quantile(cosines, PARAPHRASE)
    assert own < envelope(asked, table, same=True) - 0.05
    assert scales.match("text", [Modality.TEXT], None) == pytest.approx(own, abs=1e-3)
    assert scales.match("clip", [Modality.TEXT], Modality.TEXT) == pytest.approx(own, abs=1e-3)


def test_a_space_that_does_not_find_passages_by_their_pieces_is_not_trusted(tmp_path: Path) -> None:
    noise = unit(RNG.normal(size=(40, 12)).astype(np.float32))
    with index_of(tmp_path, TEXT, TEXT) as store:
        good = measure(store, [TableChannel("text", TEXT), TableChannel("clip", TEXT)])
        bad = measure(store, [TableChannel("text", TEXT), TableChannel("clip", noise)])
    assert good.trust("clip", "text") == 1
    assert bad.trust("clip", "text") < 0.1
    assert bad.trust("text", "text") == 1
    (row,) = [row for row in bad.rows if row.space == "clip"]
    firsts = np.argmax(noise @ TEXT.T, axis=1) == np.arange(40)
    assert row.itself == pytest.approx(firsts.mean())
    assert row.match >= row.middle
    assert Scales.of(bad.as_dict()).rows == bad.rows


def test_what_it_is_not_trusted_with_does_not_drown_the_rest(tmp_path: Path) -> None:
    """Passages that noise likes best stay behind the one that is about it."""
    noise = unit(RNG.normal(size=(40, 12)).astype(np.float32))
    with index_of(tmp_path, TEXT, TEXT) as store:
        channels = [TableChannel("text", TEXT), TableChannel("clip", noise)]
        retriever = HybridRetriever(store, channels, fusion="calibrated", top_k=3)
        first = [retriever.retrieve(f"About {thing}?")[0] for thing in THINGS]
    assert [hit.node.metadata["source"] for hit in first] == [f"{n}.md" for n in range(40)]


def test_they_can_be_kept_and_grow_stale(store: MMRagQdrantStore) -> None:
    scales = measure(store, CHANNELS)
    assert Scales.of(scales.as_dict()).rows == scales.rows
    assert Scales.of({}).rows == ()
    assert not scales.stale(store.engine)
    assert Scales().stale(store.engine)
    put(store, 32, 36)
    assert not scales.stale(store.engine)
    put(store, 36, 40)
    assert scales.stale(store.engine)


def test_pictures_surface_beside_notes_whatever_their_scale(store: MMRagQdrantStore) -> None:
    """The picture's cosine is far below those of many notes, and it is the better match."""
    retriever = HybridRetriever(store, CHANNELS, fusion="calibrated", top_k=10)
    for n in range(0, 32, 5):
        hits = retriever.retrieve(MultiModalQuery(f"About {THINGS[n]}?"))
        sources = [hit.node.metadata["source"] for hit in hits]
        assert {f"{n}.md", f"{n}.png"} <= set(sources[:3])
        best = hits[sources.index(f"{n}.png")]
        said = channels_of(best)["clip"]
        background = float(np.mean(WORDS[n] @ LOOKS[:32].T))
        match = envelope(WORDS[:32], LOOKS[:32], same=False)
        standing = (float(WORDS[n] @ LOOKS[n]) - background) / (match - background)
        expected = 1 / (1 + np.exp(-8 * (standing - 0.5)))
        assert said.raw == pytest.approx(float(WORDS[n] @ LOOKS[n]), abs=1e-4)
        assert said.calibrated == best.score == pytest.approx(expected, abs=2e-3)


def test_one_item_is_found_without_scales(tmp_path: Path) -> None:
    spaces = [DenseSpace("text", 12), DenseSpace("clip", 16), SparseSpace("bm25")]
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        store = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        retriever = HybridRetriever(store, CHANNELS, fusion="calibrated")
        assert retriever.retrieve(f"About {THINGS[0]}?") == []
        put(store, 0, 1)
        fresh = HybridRetriever(store, CHANNELS, fusion="calibrated")
        assert len(fresh.retrieve(f"About {THINGS[0]}?")) == 2
        assert fresh.retrieve("") == []
