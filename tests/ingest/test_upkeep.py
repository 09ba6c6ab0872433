"""What is wrong inside an index is found, each kind as what it is, and put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mmrag.ingest.upkeep import repair, survey
from mmrag.ingest.writing import INCOMPLETE
from mmrag.schema import node_id
from mmrag.store.documents import (
    FAILED,
    DocumentRecord,
    get_document,
    list_records,
    put_documents,
    scroll_all,
)
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.spec import DenseSpace, Engine, Point

RECORD = DocumentRecord("a.md", "11" * 32, 5, 1, 2, "text", "text/markdown", "2")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with EdgeEngine.create(tmp_path / "index", [DenseSpace("text", 4)]) as made:
        yield made


def passage(
    source: str, sha256: str, chunk: int, tenant: str | None = None, point_id: str | None = None
) -> Point:
    owner = {} if tenant is None else {"tenant": tenant}
    payload = {"kind": "chunk", "source": source, "sha256": sha256, "chunk": chunk, **owner}
    return Point(point_id or node_id(source, sha256, chunk, tenant), payload=payload)


def put(engine: Engine, record: DocumentRecord, chunks: int | None = None) -> None:
    count = record.chunks if chunks is None else chunks
    engine.upsert([passage(record.source, record.sha256, n, record.tenant) for n in range(count)])
    put_documents(engine, [record])


def ids(engine: Engine) -> set[str]:
    return {point.id for point in scroll_all(engine, CHUNKS)}


def test_a_sound_index_stays_as_it_is(engine: Engine) -> None:
    put(engine, RECORD)
    put(engine, replace(RECORD, tenant="ann"))
    put_documents(engine, [replace(RECORD, source="bad.pdf", state=FAILED, chunks=0, sha256="")])
    before = ids(engine)
    found = survey(engine)
    assert found.total == 4 and not found.half_written and not found.foreign
    assert list(repair(engine, found)) == []
    assert ids(engine) == before and len(list_records(engine)) == 2


def test_orphans_stale_and_repeated_passages_go_and_nothing_else(engine: Engine) -> None:
    put(engine, RECORD)
    put_documents(engine, [replace(RECORD, source="bad.pdf", state=FAILED, chunks=0, sha256="")])
    good = ids(engine)
    number = iter(range(900, 999))

    def other() -> str:
        return f"00000000-0000-4000-8000-{next(number):012}"

    foreign = [
        passage("blog.html", RECORD.sha256, 0, point_id=other()),
        passage("a.md", "99" * 32, 0, point_id=other()),
        Point(other(), payload={"kind": "chunk", "file_path": "x"}),
    ]
    engine.upsert(
        [
            passage("lost.md", RECORD.sha256, 0),
            passage("a.md", RECORD.sha256, 0, "ann"),  # her document has no marker
            passage("bad.pdf", RECORD.sha256, 0),
            passage("a.md", "22" * 32, 0),
            passage("a.md", RECORD.sha256, 2),
            passage("a.md", RECORD.sha256, 1, point_id=other()),
            *foreign,
        ]
    )
    found = survey(engine)
    assert set(found.orphans) == {(None, "lost.md"), ("ann", "a.md"), (None, "bad.pdf")}
    assert {key: len(rows) for key, rows in found.stale.items()} == {(None, "a.md"): 2}
    assert {key: len(rows) for key, rows in found.repeated.items()} == {(None, "a.md"): 1}
    assert found.foreign == 3 and found.total == 11
    said = list(repair(engine, found))
    assert "lost.md: deleted 1 passages without a document" in said
    assert "a.md (tenant ann): deleted 1 passages without a document" in said
    assert "a.md: deleted 2 passages of another version of the file" in said
    assert "a.md: deleted 1 passages that were there twice" in said
    assert ids(engine) == good | {point.id for point in foreign}
    assert get_document(engine, "a.md") == RECORD
    assert list(repair(engine, survey(engine))) == []


def test_half_written_documents_are_read_again_and_empty_ones_forgotten(engine: Engine) -> None:
    put(engine, RECORD, chunks=1)
    put(engine, replace(RECORD, source="b.md"), chunks=0)
    found = survey(engine)
    assert [record.source for record in found.half_written] == ["a.md", "b.md"]
    assert sorted(repair(engine, found)) == [
        "a.md: to be read again, 1 of 2 passages were there",
        "b.md: forgotten, none of 2 passages was there",
    ]
    assert list_records(engine) == [replace(RECORD, chunks=1, loader_version=INCOMPLETE)]
    assert len(ids(engine)) == 1, "what there is can be found until then"
    assert not survey(engine).half_written


def test_of_one_owner_only(engine: Engine) -> None:
    engine.upsert([passage("a.md", "11" * 32, 0), passage("b.md", "11" * 32, 0, "ann")])
    assert set(survey(engine, owned_by("ann")).orphans) == {("ann", "b.md")}
    list(repair(engine, survey(engine, owned_by("ann"))))
    assert set(survey(engine).orphans) == {(None, "a.md")}
