"""Marker points: the registry that lives in the collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mmrag.errors import StoreError
from mmrag.schema import document_id
from mmrag.store.documents import (
    DocumentRecord,
    delete_document,
    delete_stale_chunks,
    get_document,
    list_documents,
    list_records,
    put_document,
    put_documents,
    scroll_all,
)
from mmrag.store.engine import CheckedEngine
from mmrag.store.kinds import CHUNKS
from mmrag.store.manifest import Manifest, write_manifest
from mmrag.store.spec import Condition, Point

RECORD = DocumentRecord(
    source="a/ä.pdf",
    sha256="ff" * 32,
    size=2**40,
    mtime_ns=1_763_900_000_123_456_789,
    chunks=3,
    modality="text",
    mimetype="application/pdf",
    loader_version="2",
    nodes={"text": 2, "image": 1},
)


def _chunks(engine: CheckedEngine, uid: Callable[[int], str], source: str, first: int) -> None:
    engine.upsert(
        [
            Point(
                uid(first + i),
                {"text": np.ones(8, np.float32)},
                {"kind": "chunk", "source": source},
            )
            for i in range(3)
        ]
    )


def test_round_trip(engine: CheckedEngine) -> None:
    assert get_document(engine, RECORD.source) is None
    put_document(engine, RECORD)
    assert get_document(engine, RECORD.source) == RECORD
    failed = replace(RECORD, state="failed", chunks=0, nodes={}, reason="damaged")
    put_document(engine, failed)
    assert list_records(engine) == [failed] and list_documents(engine) == []
    kept = replace(RECORD, reason="damaged now", sidecars={"text": "1:2"})
    put_document(engine, kept)
    assert list_documents(engine) == [kept], "an earlier version is in the index"
    [point] = engine.retrieve([document_id(RECORD.source)], with_vectors=True)
    assert point.vectors == {} and point.payload["kind"] == "document"


def test_a_marker_of_an_older_mmrag_has_the_defaults(engine: CheckedEngine) -> None:
    older = {key: value for key, value in RECORD.to_point().payload.items() if key != "sidecars"}
    engine.upsert([Point(RECORD.id, payload=older)])
    assert get_document(engine, RECORD.source) == RECORD


def test_list_in_order_by_prefix(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    sources = [f"{folder}/{i:04}.md" for folder in ("b", "a", "ab") for i in range(700)]
    put_documents(engine, [replace(RECORD, source=source) for source in sources])
    _chunks(engine, uid, "b/0000.md", 0)
    write_manifest(engine, Manifest("1", "offline"))
    assert [r.source for r in list_documents(engine)] == sorted(sources)
    assert [r.source for r in list_documents(engine, "a/")] == sorted(sources)[:700]


def test_delete_document(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    for number, source in enumerate(("x", "y")):
        _chunks(engine, uid, source, number * 3)
        put_document(engine, replace(RECORD, source=source))
    delete_document(engine, "x")
    assert [r.source for r in list_documents(engine)] == ["y"]
    assert [p.payload["source"] for p in scroll_all(engine, CHUNKS)] == ["y"] * 3


def test_the_marker_goes_last(
    edge_engine: CheckedEngine, uid: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delete that dies on its way leaves the marker, so that the next run sees the document."""
    _chunks(edge_engine, uid, "x", 0)
    put_document(edge_engine, replace(RECORD, source="x"))

    def dying(*, ids: object = None, where: Condition | None = None) -> None:
        raise StoreError("killed here")

    monkeypatch.setattr(edge_engine, "delete", dying)
    with pytest.raises(StoreError, match="killed"):
        delete_document(edge_engine, "x")
    assert get_document(edge_engine, "x") is not None

    monkeypatch.undo()
    whole = edge_engine.delete
    calls: list[bool] = []

    def second_dies(*, ids: list[str] | None = None, where: Condition | None = None) -> None:
        calls.append(ids is not None)
        if len(calls) == 2:
            raise StoreError("killed here")
        whole(ids=ids, where=where)

    monkeypatch.setattr(edge_engine, "delete", second_dies)
    with pytest.raises(StoreError, match="killed"):
        delete_document(edge_engine, "x")
    assert calls == [False, True]
    assert edge_engine.count(CHUNKS) == 0 and get_document(edge_engine, "x") is not None


def test_stale_chunks(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    _chunks(engine, uid, "x", 0)
    _chunks(engine, uid, "y", 3)
    put_document(engine, replace(RECORD, source="x"))
    delete_stale_chunks(engine, ["x"], [uid(1), uid(99)])
    assert [p.id for p in scroll_all(engine, CHUNKS)] == [uid(1), uid(3), uid(4), uid(5)]
    delete_stale_chunks(engine, ["x"], [])
    assert [p.id for p in scroll_all(engine, CHUNKS)] == [uid(3), uid(4), uid(5)]
    assert get_document(engine, "x") is not None


def test_a_point_that_is_no_marker(engine: CheckedEngine) -> None:
    engine.upsert([Point(RECORD.id, payload={"kind": "chunk"})])
    with pytest.raises(StoreError, match="no marker of a document: its kind is 'chunk'"):
        get_document(engine, RECORD.source)
    engine.upsert([Point(RECORD.id, payload={"kind": "document", "source": "x"})])
    with pytest.raises(StoreError, match=r"no marker of a document.*sha256"):
        get_document(engine, RECORD.source)


def test_tenants_have_documents_of_their_own(
    engine: CheckedEngine, uid: Callable[[int], str]
) -> None:
    for first, tenant in ((1, None), (11, "ann"), (21, "bob")):
        _chunks(engine, uid, RECORD.source, first)
        if tenant is not None:
            engine.set_payload({"tenant": tenant}, [uid(first + i) for i in range(3)])
        put_document(engine, replace(RECORD, tenant=tenant))
    assert list_documents(engine) == [RECORD]
    ann = replace(RECORD, tenant="ann")
    assert list_documents(engine, tenant="ann") == [ann]
    assert get_document(engine, RECORD.source, "ann") == ann
    assert len({replace(RECORD, tenant=t).id for t in (None, "ann", "bob")}) == 3
    delete_stale_chunks(engine, [RECORD.source], [uid(11)], "ann")
    assert [p.id for p in scroll_all(engine, CHUNKS)] == [uid(n) for n in (1, 2, 3, 11, 21, 22, 23)]
    delete_stale_chunks(engine, [RECORD.source], [uid(1)])
    delete_document(engine, RECORD.source, "bob")
    assert [p.id for p in scroll_all(engine, CHUNKS)] == [uid(1), uid(11)]
    assert list_documents(engine, tenant="bob") == []
    delete_document(engine, RECORD.source)
    assert list_documents(engine, tenant="ann") == [ann]
