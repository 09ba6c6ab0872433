"""The section `server:` as it goes over the wire to a stand-in, which is no Qdrant server.

The stand-in parses what it gets by the client's own models, keeps it and gives it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from standins.qdrant_rest import QdrantStandIn, qdrant_rest

from mmrag.config import ServerSettings
from mmrag.store.quantization import Quantizations
from mmrag.store.server import ServerEngine
from mmrag.store.spec import DenseSpace, HasVector, Point, Prefetch, Query, Space, SparseVector

ALL = ServerSettings.model_validate(
    {
        "shard_number": 6,
        "replication_factor": 2,
        "write_consistency_factor": 2,
        "memory": {
            "vectors": "cold",
            "codes": "pinned",
            "graph": "pinned",
            "sparse": "cached",
            "payload": "cold",
            "payload_indexes": "pinned",
            "ids": "cached",
        },
        "hnsw": {"m": 24, "ef_construct": 200, "payload_m": 16, "full_scan_threshold": 5000},
        "optimizers": {"indexing_threshold": 20_000, "default_segment_number": 4},
        "strict_mode": {"enabled": True, "unindexed_filtering": True, "max_query_limit": 5000},
        "indexes": {"author": "keyword", "year": "integer", "rating": "float", "public": "bool"},
    }
)
COLLECTION = "/collections/mmrag"


@pytest.fixture
def standin() -> Iterator[QdrantStandIn]:
    with qdrant_rest() as running:
        yield running


def _open(
    standin: QdrantStandIn, spaces: list[Space], server: ServerSettings, **more: Any
) -> ServerEngine:
    return ServerEngine.connect(standin.url, spaces, server=server, **more)


def _set(body: object) -> Any:
    """Without what is null: it is left to the server."""
    if isinstance(body, dict):
        return {key: _set(value) for key, value in body.items() if value is not None}
    return body


def test_a_new_collection_is_made_with_all_of_it(
    standin: QdrantStandIn, spaces: list[Space]
) -> None:
    with _open(standin, spaces, ALL, quantization={"text": "int8"}) as engine:
        assert engine.differences() == []
    (made,) = standin.bodies("PUT", COLLECTION)
    assert _set(made) == {
        "vectors": {
            "text": {
                "size": 8,
                "distance": "Cosine",
                "memory": "cold",
                "quantization_config": {"scalar": {"type": "int8", "memory": "pinned"}},
            },
            "clip": {"size": 5, "distance": "Dot", "memory": "cold"},
        },
        "sparse_vectors": {"bm25": {"modifier": "idf", "index": {"memory": "cached"}}},
        "shard_number": 6,
        "replication_factor": 2,
        "write_consistency_factor": 2,
        "payload": {"memory": "cold"},
        "id_tracker": {"memory": "cached"},
        "hnsw_config": {
            "m": 24,
            "ef_construct": 200,
            "payload_m": 16,
            "full_scan_threshold": 5000,
            "memory": "pinned",
        },
        "optimizers_config": {"indexing_threshold": 20_000, "default_segment_number": 4},
        "strict_mode_config": {
            "enabled": True,
            "max_query_limit": 5000,
            "unindexed_filtering_retrieve": True,
            "unindexed_filtering_update": True,
        },
    }
    indexes = {
        body["field_name"]: _set(body["field_schema"])
        for body in standin.bodies("PUT", f"{COLLECTION}/index")
    }
    assert indexes["tenant"] == {
        "type": "keyword",
        "is_tenant": True,
        "enable_hnsw": True,
        "memory": "pinned",
    }
    assert {key: row["type"] for key, row in indexes.items()} == {
        "kind": "keyword",
        "modality": "keyword",
        "tenant": "keyword",
        "source": "keyword",
        "doc_id": "keyword",
        "taken_at": "integer",
        "geo": "geo",
        "author": "keyword",
        "year": "integer",
        "rating": "float",
        "public": "bool",
    }


def test_without_settings_all_is_left_to_the_server(
    standin: QdrantStandIn, spaces: list[Space]
) -> None:
    with _open(standin, spaces, ServerSettings()) as engine:
        assert engine.differences() == []
    (made,) = standin.bodies("PUT", COLLECTION)
    assert set(_set(made)) == {"vectors", "sparse_vectors"}


def test_what_a_collection_lacks_is_told_and_given(
    standin: QdrantStandIn, spaces: list[Space]
) -> None:
    with _open(standin, spaces, ServerSettings(), quantization={"text": "turbo"}):
        pass
    with _open(standin, spaces, ALL) as engine:
        told = {row.key: row for row in engine.differences()}
        assert told["shard_number"].fixed and "new collection" in str(told["shard_number"])
        assert told["memory.vectors"].found is None
        assert str(told["hnsw.m"]) == (
            "server.hnsw.m is 24 in the settings and 16 on the server; mmrag server apply"
        )
        assert told["indexes.year"].wanted == "integer"
        assert {key.partition(".")[0] for key in told} == {
            *("shard_number", "replication_factor", "write_consistency_factor"),
            *("memory", "hnsw", "optimizers", "strict_mode", "indexes"),
        }
        assert [row.key for row in engine.apply_settings()] == ["shard_number"]
        (changed,) = standin.bodies("PATCH", COLLECTION)
        assert _set(changed) == {
            "vectors": {
                "text": {
                    "memory": "cold",
                    "quantization_config": {"turbo": {"bits": "bits4", "memory": "pinned"}},
                },
                "clip": {"memory": "cold"},
            },
            "sparse_vectors": {"bm25": {"modifier": "idf", "index": {"memory": "cached"}}},
            "params": {
                "replication_factor": 2,
                "write_consistency_factor": 2,
                "payload": {"memory": "cold"},
                "id_tracker": {"memory": "cached"},
            },
            "hnsw_config": {
                "m": 24,
                "ef_construct": 200,
                "payload_m": 16,
                "full_scan_threshold": 5000,
                "memory": "pinned",
            },
            "optimizers_config": {"indexing_threshold": 20_000, "default_segment_number": 4},
            "strict_mode_config": {
                "enabled": True,
                "max_query_limit": 5000,
                "unindexed_filtering_retrieve": True,
                "unindexed_filtering_update": True,
            },
        }
        asked = len(standin.requests)
        engine.apply_settings()
        assert {method for method, _, _ in standin.requests[asked:]} == {"GET"}


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"replication_factor": 3}, {"params"}),
        ({"hnsw": {"ef_construct": 300}}, {"hnsw_config"}),
        ({"memory": {"graph": "cached"}}, {"hnsw_config"}),
        ({"memory": {"sparse": "cold"}}, {"sparse_vectors"}),
        ({"optimizers": {"max_segment_size": 100_000}}, {"optimizers_config"}),
        ({"strict_mode": {"read_rate_limit": 1000}}, {"strict_mode_config"}),
        ({"memory": {"codes": "cached"}}, set()),  # there are none
        ({"hnsw": {"ef": 200}, "read_consistency": "quorum"}, set()),  # the question's own
        ({"indexes": {"kind": "integer"}}, set()),  # not one's own to say
    ],
)
def test_nothing_else_is_asked_for(
    standin: QdrantStandIn, spaces: list[Space], change: dict[str, Any], parts: set[str]
) -> None:
    with _open(standin, spaces, ServerSettings()):
        pass
    asked = len(standin.requests)
    with _open(standin, spaces, ServerSettings.model_validate(change)) as engine:
        assert engine.apply_settings() == []
    sent = [(m, set(_set(b))) for m, _, b in standin.requests[asked:] if m in ("PATCH", "PUT")]
    assert sent == ([("PATCH", parts)] if parts else [])


def test_payload_indexes_move_and_missing_ones_are_made(
    standin: QdrantStandIn, spaces: list[Space]
) -> None:
    with _open(standin, spaces, ServerSettings()):
        pass
    del standin.settings["mmrag"]["payload_schema"]["taken_at"]  # as of an older mmrag
    asked = len(standin.requests)
    with _open(standin, spaces, ServerSettings()) as engine:
        assert [row.key for row in engine.differences()] == ["indexes.taken_at"]
        assert engine.apply_settings() == []
    made = [body["field_name"] for method, _, body in standin.requests[asked:] if method == "PUT"]
    assert made == ["taken_at"]
    cold = ServerSettings.model_validate({"memory": {"payload_indexes": "cold"}})
    with _open(standin, spaces, cold) as engine:
        assert engine.apply_settings() == []
    last = standin.bodies("PUT", f"{COLLECTION}/index")[-1]
    assert last["field_schema"]["memory"] == "cold"


def test_added_spaces_and_new_codes_live_where_the_others_do(
    standin: QdrantStandIn, spaces: list[Space]
) -> None:
    with _open(standin, spaces, ALL) as engine:
        engine.add_space(DenseSpace("clap", 6))
        engine.quantize({"text": "int8"})
    moved, coded = standin.bodies("PATCH", COLLECTION)
    assert _set(moved) == {"vectors": {"clap": {"memory": "cold"}}}
    codes = {"scalar": {"type": "int8", "memory": "pinned"}}
    assert _set(coded) == {"vectors": {"text": {"quantization_config": codes}}}


def test_a_mixture_is_told_as_one(standin: QdrantStandIn, spaces: list[Space]) -> None:
    with _open(standin, spaces, ServerSettings()):
        pass
    standin.settings["mmrag"]["vectors"]["text"]["memory"] = "cached"
    with _open(standin, spaces, ALL) as engine:
        told = {row.key: row.found for row in engine.differences()}
    assert told["memory.vectors"] == "cached and nothing"


def test_ef_goes_with_questions_to_graphs(
    standin: QdrantStandIn, spaces: list[Space], uid: Callable[[int], str]
) -> None:
    wide = ServerSettings.model_validate({"hnsw": {"ef": 200}})
    with _open(standin, spaces, wide, quantization={"text": "int8"}) as engine:
        vector = np.arange(1, 9, dtype=np.float32)
        engine.upsert([Point(uid(1), {"text": vector}, {"kind": "chunk"})])
        channels = [
            Prefetch(vector, "text", 5),
            Prefetch(np.ones(5, dtype=np.float32), "clip", 5),
            Prefetch(SparseVector((3,), (1.0,)), "bm25", 5),
        ]
        engine.query_batch([Query((channel,), 5) for channel in channels])
    (asked,) = standin.bodies("POST", f"{COLLECTION}/points/query/batch")
    codes = {"rescore": True, "oversampling": 12.8}
    assert [_set(search.get("params")) for search in asked["searches"]] == [
        {"hnsw_ef": 200, "quantization": codes},
        {"hnsw_ef": 200},
        None,
    ]


@pytest.mark.parametrize(
    ("given", "sent"),
    [("quorum", models.ReadConsistencyType.QUORUM), (2, 2), (None, None)],
)
def test_every_read_that_can_be_is_as_consistent(
    given: str | int | None, sent: object, spaces: list[Space], uid: Callable[[int], str]
) -> None:
    seen: dict[str, object] = {}

    class Recording(QdrantClient):
        def query_batch_points(self, *args: Any, **more: Any) -> Any:
            seen["query"] = more["consistency"]
            return super().query_batch_points(*args, **more)

        def retrieve(self, *args: Any, **more: Any) -> Any:
            seen["retrieve"] = more["consistency"]
            return super().retrieve(*args, **more)

        def scroll(self, *args: Any, **more: Any) -> Any:
            seen["scroll"] = more["consistency"]
            return super().scroll(*args, **more)

        def facet(self, *args: Any, **more: Any) -> Any:
            seen["facet"] = more["consistency"]
            return super().facet(*args, **more)

    server = ServerSettings.model_validate({"read_consistency": given})
    with ServerEngine.from_client(Recording(":memory:"), spaces, server=server) as engine:
        engine.query(Query((Prefetch(np.ones(8, dtype=np.float32), "text", 5),), 5))
        engine.retrieve([uid(1)])
        engine.scroll(HasVector("text"))
        engine.facet("kind")
    assert seen == dict.fromkeys(("query", "retrieve", "scroll", "facet"), sent)


def test_any_server_takes_them_at_once_and_later(
    qdrant_url: str, qdrant_collection: str, spaces: list[Space]
) -> None:
    wanted = ALL.model_copy(update={"shard_number": 1, "replication_factor": 1})
    named = qdrant_collection
    codes: Quantizations = {"text": "int8"}
    with ServerEngine.connect(qdrant_url, spaces, collection=named, quantization=codes) as plain:
        assert plain.differences() == []
    with ServerEngine.connect(qdrant_url, collection=named, server=wanted) as changed:
        assert {row.key for row in changed.apply_settings()} <= {"shard_number"}
