"""Plans: sizes against measured ones, nodes that hold them, settings that are valid."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mmrag.config import ServerSettings, Settings
from mmrag.errors import ConfigError, InputError
from mmrag.planning.cluster import HEADROOM, LOG, MEMORY_USED, Node, cluster_for
from mmrag.planning.parts import Part, parts_of, rule_of_thumb
from mmrag.planning.plan import plan_for
from mmrag.planning.workload import (
    DenseLoad,
    SparseLoad,
    Workload,
    shares_of,
    workload_of,
)

NODE = Node(64 * 10**9, 10**12)
DENSE = (DenseLoad("a", "m", 384, 1.0), DenseLoad("b", "m", 512, 1.0), DenseLoad("c", "m", 1024, 1))


def _settings(**tree: Any) -> Settings:
    return Settings.model_validate(tree)


def _load(items: int, kind: str = "none", replicas: int = 1) -> Workload:
    dense = [DenseLoad("text", "m", 384, 1.0, kind)]  # type: ignore[arg-type]  # its Literal
    return Workload(items, tuple(dense), (SparseLoad("bm25", 60, 1.0),), 2000, replicas)


@pytest.mark.parametrize(("items", "megabytes"), [(10_000, 143), (50_000, 495), (100_000, 949)])
def test_it_is_near_what_edge_was_measured_to_take(items: int, megabytes: int) -> None:
    """Three dense spaces, 10 to 60 words, 2 kB of payload, no graph: never too little."""
    load = Workload(items, DENSE, (SparseLoad("bm25", 35, 1.0),), 2000, 1)
    flat = ServerSettings.model_validate({"hnsw": {"m": 0}})
    reckoned = sum(part.bytes for part in parts_of(load, flat)) + LOG / 2
    assert 1.0 <= reckoned / (megabytes * 10**6) <= 1.25


def test_the_parts_are_by_their_formulas() -> None:
    server = ServerSettings.model_validate(
        {"hnsw": {"m": 32, "payload_m": 8}, "indexes": {"year": "integer"}}
    )
    dense = (DenseLoad("text", "m", 384, 1.0, "int8"), DenseLoad("clip", "m", 512, 0.5))
    load = Workload(1000, dense, (SparseLoad("bm25", 60, 1.0),), 2000, 1)
    assert {part.name: (part.formula, part.bytes) for part in parts_of(load, server)} == {
        "vectors text": ("1k x 384 x 4 B", 1000 * 384 * 4),
        "codes text": ("1k x 388 B (int8)", 1000 * 388),
        "graph text": ("1k x 2 x (32 + 8) x 4 B", 1000 * 320),
        "vectors clip": ("500 x 512 x 4 B", 500 * 512 * 4),
        "graph clip": ("500 x 2 x (32 + 8) x 4 B", 500 * 320),
        "postings bm25": ("1k x 60 x 9 B", 540_000),
        "vectors bm25": ("1k x 60 x 8 B", 480_000),
        "payload": ("1k x 2 kB", 2_000_000),
        "payload indexes": ("1k x 8 keys x 42 B", 1000 * 8 * 42),
        "ids": ("1k x 30 B", 30_000),
    }
    assert rule_of_thumb(load) == 1000 * 384 * 6 + 500 * 512 * 6


def test_vectors_stay_on_disk_only_where_codes_are_read_in_their_place() -> None:
    def tiers(load: Workload, **memory: str) -> dict[str, str]:
        server = ServerSettings.model_validate({"memory": memory})
        return {part.name: part.tier for part in parts_of(load, server)}

    assert tiers(_load(10))["vectors text"] == "cached"
    assert tiers(_load(10, "turbo"))["vectors text"] == "cold"
    assert tiers(_load(10, "turbo"), vectors="cached")["vectors text"] == "cached"
    mixed = Workload(10, (DenseLoad("text", "m", 8, 1, "int8"), DENSE[1]), (), 1000, 1)
    assert tiers(mixed)["vectors text"] == "cached"


parts = st.lists(
    st.builds(
        Part,
        st.just("part"),
        st.just(""),
        st.integers(0, 10**14),
        st.sampled_from(["cold", "cached", "pinned"]),
    ),
    max_size=6,
)
nodes = st.builds(Node, st.integers(10**9, 10**13), st.integers(10**11, 10**14))


@given(parts, st.integers(1, 5), nodes)
def test_the_nodes_hold_it_and_one_fewer_would_not(
    held: list[Part], replicas: int, node: Node
) -> None:
    found = cluster_for(held, replicas, node)
    assert found.nodes >= replicas
    assert found.memory <= node.memory * MEMORY_USED * (1 + 1e-9)
    assert found.disk <= node.disk * (1 + 1e-9)
    assert found.nodes == 1 or found.shards % found.nodes == 0
    assert 1 <= found.write_consistency <= replicas
    fewer = found.nodes - 1
    logs = 2 * replicas * LOG
    if fewer >= (1 if replicas == 1 else max(replicas, 3)):
        fits = found.memory * found.nodes <= fewer * node.memory * MEMORY_USED
        assert not (fits and (found.disk - logs) * found.nodes <= fewer * (node.disk - logs))


@given(st.integers(1, 10**11), st.sampled_from(["none", "int8", "binary", "turbo"]))
def test_more_items_never_take_less_and_codes_save_memory(items: int, kind: str) -> None:
    def plan(count: int, codes: str) -> tuple[float, float, int]:
        made = plan_for(_load(count, codes), Settings(), NODE)
        return made.disk, made.memory, made.cluster.nodes

    assert plan(items, kind) < plan(2 * items, kind)
    assert plan(items, kind)[2] <= plan(2 * items, kind)[2]
    assert kind == "none" or plan(items, kind)[1] < plan(items, "none")[1]


@pytest.mark.parametrize(
    ("replicas", "reason"),
    [(1, "all of it fits"), (2, "with 2 copies one of 3 may be down"), (4, "4 copies")],
)
def test_copies_want_nodes_of_their_own(replicas: int, reason: str) -> None:
    found = plan_for(_load(1000, replicas=replicas), Settings(), NODE).cluster
    assert found.nodes == {1: 1, 2: 3, 4: 4}[replicas]
    assert reason in found.reason


def test_a_node_without_room_for_logs_is_refused() -> None:
    with pytest.raises(InputError, match="--node-disk 500 MB is too little"):
        plan_for(_load(1000), Settings(), Node(10**9, 5 * 10**8))


def test_a_node_without_memory_for_a_server_is_refused() -> None:
    with pytest.raises(InputError, match="--node-ram 1 kB is too little for a server"):
        plan_for(_load(1000), Settings(), Node(1000, 10**12))


@pytest.mark.parametrize("items", [1000, 10**9])
def test_the_log_is_that_of_the_shards_that_there_are(items: int) -> None:
    load = _load(items, replicas=1)
    found = plan_for(load, Settings(), NODE)
    per_node = found.cluster.shards / found.cluster.nodes
    assert per_node == (1 if items == 1000 else 2)
    stored = found.disk * HEADROOM / found.cluster.nodes
    assert found.cluster.disk == pytest.approx(stored + per_node * LOG)


@pytest.mark.parametrize("kind", [None, "int8", {"text": "binary"}])
def test_its_settings_can_be_pasted(kind: Any) -> None:
    given = _settings(
        index={"quantization": kind},
        server={"replication_factor": 2, "hnsw": {"m": 24}, "timeout_s": 60},
    )
    load = workload_of(given, "default", items=50_000_000, payload_bytes=2000)
    plan = plan_for(load, given, NODE)
    pasted = _settings(**yaml.safe_load(yaml.safe_dump(plan.settings)))
    assert pasted.server.shard_number == plan.cluster.shards
    assert (pasted.server.replication_factor, pasted.server.hnsw.m) == (2, 24)
    assert pasted.server.timeout_s == 60
    assert pasted.index.quantization == kind
    again = workload_of(pasted, "default", items=50_000_000, payload_bytes=2000)
    assert plan_for(again, pasted, NODE).as_dict() == plan.as_dict()


def test_sizes_are_the_catalogues_own_and_shares_are_kept() -> None:
    load = workload_of(
        _settings(models={"text": "Qwen/Qwen3-Embedding-4B"}),
        "default",
        items=10,
        spaces=shares_of(["text", "clip=0.2", "imagebind", "ngram=0.5"]),
        payload_bytes=2000,
    )
    assert [(row.name, row.size, row.share) for row in load.dense] == [
        ("text", 2560, 1.0),
        ("clip", 512, 0.2),
        ("imagebind", 1024, 1.0),
    ]
    assert [(row.name, row.share) for row in load.sparse] == [("ngram", 0.5), ("bm25", 1.0)]


@pytest.mark.parametrize(
    ("spaces", "told"),
    [
        ({"foo": 1.0}, "no space 'foo' is known with offline; there are: "),
        ({"bm25": 1.0}, "no dense space is named"),
    ],
)
def test_spaces_that_cannot_be_planned(spaces: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        workload_of(Settings(), "offline", items=1, spaces=spaces, payload_bytes=1)


def test_codes_that_cannot_be_had_are_refused() -> None:
    given = _settings(index={"quantization": {"bm25": "int8"}})
    with pytest.raises(ConfigError, match="'bm25' is sparse"):
        workload_of(given, "offline", items=1, payload_bytes=1)


@pytest.mark.parametrize("listed", [["text", "text"], ["text="], ["clip=0"], ["clip=1.5"], [""]])
def test_bad_shares_are_refused(listed: list[str]) -> None:
    with pytest.raises(InputError, match="--spaces"):
        shares_of(listed)
