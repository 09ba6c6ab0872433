"""What changed between the files of a scope and the documents of an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mmrag.ingest.scan import Scope, SourceFile
from mmrag.loaders.base import sha256_of
from mmrag.store.documents import DocumentRecord


@dataclass(frozen=True)
class Plan:
    """What a run is going to do.

    Attributes:
        unchanged: documents whose files are as they were.
        touched: documents with the content they had, with their files' new size and time.
        read: files that are new or changed, or that an older loader read.
        gone: sources of documents whose files have left.
    """

    unchanged: tuple[DocumentRecord, ...]
    touched: tuple[DocumentRecord, ...]
    read: tuple[SourceFile, ...]
    gone: tuple[str, ...]


def plan(
    scope: Scope,
    known: Mapping[str, DocumentRecord],
    is_current: Callable[[DocumentRecord], bool],
) -> Plan:
    """Compare by size and time first, then by content.

    Args:
        known: the index's documents by source.
        is_current: whether a document was read as it would be read today.
    """
    unchanged: list[DocumentRecord] = []
    touched: list[DocumentRecord] = []
    read: list[SourceFile] = []
    for file in scope.files:
        record = known.get(file.source)
        if record is None or not is_current(record):
            read.append(file)
        elif (record.size, record.mtime_ns) == (file.size, file.mtime_ns):
            unchanged.append(record)
        elif record.size == file.size and _holds(file, record.sha256):
            touched.append(_as_it_is_now(record, file))
        else:
            read.append(file)
    there = {file.source for file in scope.files}
    gone = sorted(source for source in known if source not in there and scope.covers(source))
    return Plan(tuple(unchanged), tuple(touched), tuple(read), tuple(gone))


def _holds(file: SourceFile, sha256: str) -> bool:
    """Whether a file has this content; one that cannot be read is left to the reader to report."""
    try:
        return file.origin is None and sha256_of(file.path) == sha256
    except OSError:
        return False


def _as_it_is_now(record: DocumentRecord, file: SourceFile) -> DocumentRecord:
    return replace(record, size=file.size, mtime_ns=file.mtime_ns)
