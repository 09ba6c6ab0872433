"""What is in an index that should not be, or is not and should: found in one pass, and put right.

Only what `mmrag index` writes is judged: points whose ids are those of their source, content and
number. Nodes that somebody put into the collection in another way have other ids and are left
alone, unless they repeat a passage of a document word for word.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from mmrag.ingest.writing import INCOMPLETE
from mmrag.schema import CHUNK, SHA256, SOURCE, TENANT, node_id
from mmrag.store.documents import HELD, DocumentRecord, put_documents, scroll_all
from mmrag.store.kinds import ALL_CHUNKS, DOCUMENTS
from mmrag.store.spec import All, Condition, Engine

Owned: TypeAlias = tuple[str | None, str]
"""A tenant, or None for nobody, and a source."""


@dataclass
class Survey:
    """What a pass over an index has found.

    Attributes:
        documents: records by owner and source, of files that failed as well.
        passages: how many of each document's are as they should be.
        orphans: by owner and source without a document, ids of passages.
        stale: ids of passages of another content than the document's, or beyond its number.
        repeated: ids of passages that repeat one of the document's.
        foreign: how many nodes were not written by `mmrag index`.
    """

    documents: dict[Owned, DocumentRecord] = field(default_factory=dict)
    passages: Counter[Owned] = field(default_factory=Counter)
    orphans: dict[Owned, list[str]] = field(default_factory=lambda: defaultdict(list))
    stale: dict[Owned, list[str]] = field(default_factory=lambda: defaultdict(list))
    repeated: dict[Owned, list[str]] = field(default_factory=lambda: defaultdict(list))
    foreign: int = 0

    @property
    def total(self) -> int:
        """Every passage that was looked at."""
        extra = (self.orphans, self.stale, self.repeated)
        others = sum(len(ids) for rows in extra for ids in rows.values())
        return self.passages.total() + others + self.foreign

    @property
    def half_written(self) -> list[DocumentRecord]:
        """Documents of which passages are missing, by name."""
        lacking = [key for key, r in self.documents.items() if self.passages[key] < r.chunks]
        return [self.documents[key] for key in sorted(lacking, key=named)]


def survey(engine: Engine, where: Condition = All()) -> Survey:  # noqa: B008  (frozen)
    """Look at every marker and every passage once, without vectors.

    Args:
        where: holds for what is looked at.
    """
    found = Survey()
    for point in scroll_all(engine, All((DOCUMENTS, where))):
        record = DocumentRecord.from_point(point)
        found.documents[record.tenant, record.source] = record
    for point in scroll_all(engine, All((ALL_CHUNKS, where))):
        _judge(found, point.id, point.payload)
    return found


def _judge(found: Survey, point_id: str, payload: Mapping[str, Any]) -> None:
    source, sha256 = payload.get(SOURCE), payload.get(SHA256)
    chunk, tenant = payload.get(CHUNK), payload.get(TENANT)
    if not isinstance(source, str) or not isinstance(sha256, str) or not isinstance(chunk, int):
        found.foreign += 1
        return
    key = (tenant, source)
    record = found.documents.get(key)
    own = point_id == node_id(source, sha256, chunk, tenant)
    expected = record is not None and record.sha256 == sha256 and chunk < record.chunks
    if own and expected:
        found.passages[key] += 1
    elif own and (record is None or record.state not in HELD):
        found.orphans[key].append(point_id)
    elif own:
        found.stale[key].append(point_id)
    elif expected:
        found.repeated[key].append(point_id)
    else:
        found.foreign += 1


def repair(engine: Engine, found: Survey) -> Iterator[str]:
    """Put right what a survey found; tells of each thing after it is done.

    Orphans, stale and repeated passages go. A half-written document keeps what there is of it, and
    is marked to be read again by the next run; one of which nothing is left is forgotten.
    """
    for what, rows in (
        ("without a document", found.orphans),
        ("of another version of the file", found.stale),
        ("that were there twice", found.repeated),
    ):
        for key, ids in sorted(rows.items(), key=lambda row: named(row[0])):
            engine.delete(ids=ids)
            yield f"{named(key)}: deleted {len(ids)} passages {what}"
    for record in found.half_written:
        key = (record.tenant, record.source)
        left = found.passages[key]
        if left:
            again = replace(record, chunks=left, loader_version=INCOMPLETE)
            put_documents(engine, [again])
            yield f"{named(key)}: to be read again, {left} of {record.chunks} passages were there"
        else:
            engine.delete(ids=[record.id])
            yield f"{named(key)}: forgotten, none of {record.chunks} passages was there"
    engine.flush()


def named(key: Owned) -> str:
    """How a document is called in a message."""
    tenant, source = key
    return source if tenant is None else f"{source} (tenant {tenant})"
