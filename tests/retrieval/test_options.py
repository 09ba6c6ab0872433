"""Copies, diversity, context, limits and tenants of the hybrid retriever, over a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import MetadataMode, Node, NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from mmrag.embeddings.bm25 import Bm25
from mmrag.errors import ConfigError
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Bm25Channel, Channel
from mmrag.retrieval.hybrid import HybridRetriever
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.results import search_hit
from mmrag.retrieval.shortlist import AHEAD
from mmrag.schema import Provenance, build_node, number_nodes, text_of
from mmrag.store.edge import EdgeEngine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray, SparseSpace, Vector

Make = Callable[..., HybridRetriever]


@dataclass(frozen=True)
class Fixed:
    """A channel that always asks with the same vector; None asks nothing."""

    space: str
    vector: FloatArray | None

    def encode(self, query: QueryBundle) -> Vector | None:
        return self.vector


def at(degrees: float) -> FloatArray:
    turn = np.radians(degrees)
    return np.array([np.cos(turn), np.sin(turn)], dtype=np.float32)


PICTURE = Fixed("clip", at(0))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MMRagQdrantStore]:
    spaces = [DenseSpace("text", 2), DenseSpace("clip", 2), SparseSpace("bm25")]
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        yield MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())


def put(
    store: MMRagQdrantStore,
    source: str,
    *,
    sha256: str = "",
    angles: Sequence[float] = (),
    words: Sequence[str] = (),
    times: Sequence[tuple[int, int]] = (),
    tenant: str | None = None,
) -> list[Node]:
    """A picture (angles), a recording (and times) or a text of one passage a page (words)."""
    modality = Modality.TEXT if words else Modality.AUDIO if times else Modality.IMAGE
    nodes = []
    for n in range(len(words or angles)):
        start, end = times[n] if times else (None, None)
        page = None if times else n + 1
        where = Provenance(source, page, start_ms=start, end_ms=end)
        text = words[n] if words else ""
        nodes.append(build_node(text, where, modality=modality, mimetype=f"{modality.value}/x"))
    number_nodes(nodes, sha256 or source.encode().hex().ljust(64, "0"), tenant)
    looks: list[Vector | None] = [at(a) for a in angles] or [None] * len(words)
    bm25: list[Vector | None] = [*Bm25().encode_documents([text_of(n) or "none" for n in nodes])]
    meaning: list[Vector | None] = [at(0) if words else None] * len(nodes)
    store.add(nodes, vectors={"clip": looks, "bm25": bm25, "text": meaning})
    return nodes


def put_pictures(store: MMRagQdrantStore, angles: dict[str, float], sha256: str = "") -> None:
    """Many pictures in one write."""
    nodes = []
    for source in angles:
        where = Provenance(source, 1)
        node = build_node("", where, modality=Modality.IMAGE, mimetype="image/x")
        number_nodes([node], sha256 or source.encode().hex().ljust(64, "0"))
        nodes.append(node)
    store.add(
        nodes, vectors={"clip": [at(a) for a in angles.values()], "bm25": [None] * len(nodes)}
    )


@pytest.fixture
def make(store: MMRagQdrantStore) -> Make:
    def made(*channels: Channel, **options: Any) -> HybridRetriever:
        return HybridRetriever(store, channels or [PICTURE], **options)

    return made


def sources(hits: Sequence[NodeWithScore]) -> list[str]:
    return [hit.node.metadata["source"] for hit in hits]


def copies(hits: Sequence[NodeWithScore]) -> dict[str, list[str]]:
    return {
        hit.node.metadata["source"]: [c["source"] for c in hit.node.metadata.get("duplicates", [])]
        for hit in hits
    }


@pytest.fixture
def calls(store: MMRagQdrantStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the engine's methods that were called."""
    made: list[str] = []
    for name in ("rank_batch", "retrieve", "scroll", "count"):
        real = getattr(type(store.engine), name)

        def counted(self: Any, *args: Any, _n: str = name, _r: Any = real, **kw: Any) -> Any:
            made.append(_n)
            return _r(self, *args, **kw)

        monkeypatch.setattr(type(store.engine), name, counted)
    return made


def test_a_search_is_one_round_trip_and_one_fetch(
    store: MMRagQdrantStore, make: Make, calls: list[str]
) -> None:
    put_pictures(store, {f"{n:02}.png": n for n in range(30)})
    calls.clear()
    found = make(top_k=3, diversity=0.5).retrieve_batch([QueryBundle("a"), QueryBundle("b")])
    assert [len(hits) for hits in found] == [3, 3]
    assert calls == ["rank_batch", "retrieve"]


def test_copies_count_once_and_others_fill_their_places(
    store: MMRagQdrantStore, make: Make, calls: list[str]
) -> None:
    put_pictures(store, {f"copy{n:02}.png": 1 for n in range(30)}, sha256="e" * 64)
    put_pictures(store, {f"other{n}.png": 10 + n for n in range(3)})
    calls.clear()
    hits = make(top_k=3, fusion="rrf").retrieve("x")
    assert sources(hits)[1:] == ["other0.png", "other1.png"]
    assert calls == ["rank_batch", *["retrieve"] * 3], "looked at 11, 22, 44 candidates"
    [best, *rest] = hits
    assert len(best.node.metadata["duplicates"]) == 29
    assert all("duplicates" not in hit.node.metadata for hit in rest)
    names = [best.node.metadata["source"], *copies(hits)[best.node.metadata["source"]]]
    assert sorted(names) == [f"copy{n:02}.png" for n in range(30)]
    row = search_hit(best).as_dict()
    assert row["duplicates"][0] == {"source": names[1], "page": 1, "start_ms": None, "end_ms": None}
    assert search_hit(rest[0]).as_dict()["duplicates"] == ()
    assert len(set(sources(make(top_k=30, collapse=False).retrieve("x")))) == 30
    assert "copy" not in best.node.get_content(MetadataMode.LLM).replace(names[0], "")


def test_a_copy_that_ranks_just_below_the_cut_is_told_of(
    store: MMRagQdrantStore, make: Make
) -> None:
    put_pictures(store, {"a.png": 1, "b.png": 2}, sha256="e" * 64)
    assert copies(make(top_k=1).retrieve("x")) == {"a.png": ["b.png"]}
    assert AHEAD > 0


def test_what_looks_the_same_counts_once_if_a_cosine_is_given(
    store: MMRagQdrantStore, make: Make
) -> None:
    put_pictures(store, {"hut.png": 0, "hut.jpg": 1, "goat.png": 30})
    times = [(0, 10), (10, 20), (20, 30)]
    put(store, "rain.ogg", angles=[50, 50.5, 51], times=times)
    assert len(make().retrieve("x")) == 6
    hits = make(collapse_similar=0.999).retrieve("x")
    assert copies(hits) == {
        "hut.png": ["hut.jpg"],
        "goat.png": [],
        "rain.ogg": ["rain.ogg", "rain.ogg"],
    }
    assert [c["start_ms"] for c in hits[2].node.metadata["duplicates"]] == [10, 20]


def test_diversity_brings_in_what_is_unlike(store: MMRagQdrantStore, make: Make) -> None:
    put_pictures(store, {**{f"hut{n}.png": n for n in range(5)}, "goat.png": 60})
    assert sources(make(top_k=2).retrieve("x")) == ["hut0.png", "hut1.png"]
    hits = make(top_k=2, diversity=0.7).retrieve("x")
    assert sources(hits) == ["hut0.png", "goat.png"]
    said = {h.node.node_id: h.score for h in make().retrieve("x")}
    assert [hit.score for hit in hits] == [said[hit.node.node_id] for hit in hits]


def test_context_is_fetched_once_for_all_hits(
    store: MMRagQdrantStore, make: Make, calls: list[str]
) -> None:
    words = ["The mast fell.", "Goats came.", "Snow lay.", "Wind blew.", "Larch stood."]
    put(store, "book.md", words=words)
    put(store, "hut.png", angles=[0])
    retriever = make(Bm25Channel(Bm25()), PICTURE, expand=1)
    calls.clear()
    hits = {hit.node.metadata["source"]: search_hit(hit) for hit in retriever.retrieve("goats")}
    assert calls == ["rank_batch", "retrieve", "retrieve"]
    assert hits["book.md"].context == "The mast fell.\n\nGoats came.\n\nSnow lay."
    assert (hits["book.md"].text, hits["book.md"].page) == ("Goats came.", 2)
    assert hits["hut.png"].context is None
    node = retriever.retrieve("goats")[0].node
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert "mast" not in node.get_content(mode)
    assert search_hit(make(Bm25Channel(Bm25())).retrieve("goats")[0]).context is None


def test_pages(store: MMRagQdrantStore, make: Make) -> None:
    put(store, "book.md", words=[f"goats {n}" for n in range(1, 8)])
    put(store, "talk.ogg", angles=[0], times=[(0, 10)])
    retriever = make(Bm25Channel(Bm25()), PICTURE)
    hits = retriever.retrieve(MultiModalQuery("goats", pages=(3, 5)))
    assert sorted(hit.node.metadata["page"] for hit in hits) == [3, 4, 5]
    assert retriever.retrieve(MultiModalQuery("goats", pages=(8, 99))) == []


def test_times(store: MMRagQdrantStore, make: Make) -> None:
    put(store, "talk.ogg", angles=[0, 1, 2], times=[(0, 10), (10, 20), (20, 30)])
    put(store, "hut.png", angles=[0])

    def starts(start: int, end: int) -> list[int]:
        hits = make().retrieve(MultiModalQuery("x", between_ms=(start, end)))
        return sorted(hit.node.metadata["start_ms"] for hit in hits)

    assert starts(10, 20) == [10], "those that only touch have none of it"
    assert starts(9, 21) == [0, 10, 20]
    assert starts(12, 13) == [10]
    assert starts(30, 99) == []


def test_no_filter_of_a_question_widens_a_tenants_view(store: MMRagQdrantStore, make: Make) -> None:
    for tenant in ("me", "you", None):
        put(store, "same.md", words=["goats here", f"goats of {tenant}"], tenant=tenant)
    words = Bm25Channel(Bm25())
    anyone = MetadataFilters(
        filters=[
            MetadataFilter(key="tenant", value="you"),
            MetadataFilter(key="tenant", value="me", operator=FilterOperator.NE),
            MetadataFilter(key="source", value="same.md"),
        ],
        condition=FilterCondition.OR,
    )
    others = MetadataFilters(filters=[MetadataFilter(key="tenant", value="you")])
    mine = make(words, tenant="me", expand=5)
    for query in (QueryBundle("goats"), MultiModalQuery("goats", filters=anyone)):
        hits = mine.retrieve(query)
        assert {hit.node.metadata["tenant"] for hit in hits} == {"me"} and len(hits) == 2
        assert {search_hit(h).context for h in hits} == {"goats here\n\ngoats of me"}
    assert mine.retrieve(MultiModalQuery("goats", filters=others)) == []
    assert len(make(words).retrieve("goats")) == 6, "three tenants' documents are not copies"


@pytest.mark.parametrize("fusion", ["calibrated", "dbsf", "rrf"])
def test_what_is_not_there_stops_nothing(store: MMRagQdrantStore, fusion: str) -> None:
    text = Fixed("text", at(0))
    options: dict[str, Any] = {"fusion": fusion, "diversity": 0.5, "expand": 1, "tenant": None}
    both = HybridRetriever(store, [text, PICTURE], **options)
    assert both.retrieve("in an empty index") == []
    put(store, "a.md", words=["alone"])  # nothing has a vector in the space clip
    assert sources(both.retrieve("one candidate")) == ["a.md"]
    assert HybridRetriever(store, [PICTURE], **options).retrieve("a space without points") == []
    assert HybridRetriever(store, [Fixed("clip", None)], **options).retrieve("no channel") == []
    assert both.retrieve_batch([]) == []
    nothing = MetadataFilters(filters=[MetadataFilter(key="source", value="gone")])
    assert both.retrieve(MultiModalQuery("a filter that leaves nothing", filters=nothing)) == []


def test_ten_thousand_candidates(store: MMRagQdrantStore, make: Make) -> None:
    put_pictures(store, {f"{n}.png": n for n in range(20)})
    hits = make(candidates=10_000, top_k=2, collapse_similar=0.9999999).retrieve("x")
    assert sources(hits) == ["0.png", "1.png"]


def test_a_batch_answers_as_one_by_one(store: MMRagQdrantStore, make: Make) -> None:
    put(store, "a.md", words=["goats", "snow"])
    put(store, "b.png", angles=[5])
    retriever = make(Bm25Channel(Bm25()), PICTURE)
    queries = [QueryBundle("goats"), MultiModalQuery("snow", top_k=1), QueryBundle("")]
    together = retriever.retrieve_batch(queries)
    assert together == [retriever.retrieve(query) for query in queries]
    assert asyncio.run(retriever.aretrieve_batch(queries)) == together
    assert asyncio.run(retriever.aretrieve("goats")) == together[0]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"tenant": ""}, "the tenant has no name"),
        ({"tenant": "  "}, "the tenant has no name"),
        ({"diversity": 1.5}, r"diversity 1\.5 is not in 0\.\.1"),
        ({"diversity": float("nan")}, "diversity nan"),
        ({"collapse_similar": 0.0}, r"collapse_similar 0\.0"),
        ({"expand": -1}, "expand -1"),
    ],
)
def test_options_out_of_range_are_refused(make: Make, option: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make(**option)
