"""What changed between the files of a scope and the documents of an index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from mmrag.ingest.beside import alike, changed, digests, touched
from mmrag.ingest.scan import Scope, SourceFile
from mmrag.loaders.base import sha256_of
from mmrag.schema import METADATA
from mmrag.store.documents import FAILED, HELD, REFUSED, DocumentRecord


@dataclass(frozen=True)
class Rewrite:
    """A document that is written again under the source of another file with its content.

    Attributes:
        of: the document whose passages and vectors are taken.
        file: where its content is now.
        leaves: its own file has left, so that it goes as soon as the new one is complete.
    """

    of: DocumentRecord
    file: SourceFile
    leaves: bool


@dataclass(frozen=True)
class Plan:
    """What a run is going to do.

    Attributes:
        unchanged: documents whose files are as they were, and files that are still refused.
        touched: documents with the content they had, with their files' new size and time.
        refresh: files with other metadata beside them than before, and nothing else.
        rewrites: files whose content is in the index already, under another source.
        read: files that are new or changed, that an older loader read, or that failed.
        gone: sources of documents whose files have left.
        forgotten: sources of files that failed or were refused and have left.
    """

    unchanged: tuple[DocumentRecord, ...]
    touched: tuple[DocumentRecord, ...]
    refresh: tuple[SourceFile, ...]
    rewrites: tuple[Rewrite, ...]
    read: tuple[SourceFile, ...]
    gone: tuple[str, ...]
    forgotten: tuple[str, ...] = ()


def plan(
    scope: Scope,
    known: Mapping[str, DocumentRecord],
    is_current: Callable[[DocumentRecord], bool],
    files: Sequence[SourceFile] | None = None,
) -> Plan:
    """Compare by size and time first, then by content.

    Args:
        known: the index's records by source, of files that failed as well.
        is_current: whether a document was read as it would be read today.
        files: those to look at; the others of the scope are there, and nothing is said of them.
            None is all of them.
    """
    documents = {source: record for source, record in known.items() if record.state in HELD}
    unchanged: list[DocumentRecord] = []
    retouched: list[DocumentRecord] = []
    refresh: list[SourceFile] = []
    new: list[SourceFile] = []
    for file in scope.files if files is None else files:
        record = known.get(file.source)
        if record is None or record.state == FAILED or not is_current(record):
            new.append(file)
        elif beside := changed(file.sidecars, record.sidecars):
            same = record.size == file.size and _holds(file, record)
            fresh = same and beside == {METADATA} and record.state != REFUSED
            (refresh if fresh else new).append(file)
        elif _is_as_it_was(file, record):
            unchanged.append(record)
        elif record.size == file.size and _holds(file, record):
            retouched.append(_as_it_is_now(record, file))
        else:
            new.append(file)
    there = {file.source for file in scope.files}
    left = sorted(source for source in known if source not in there and scope.covers(source))
    gone = tuple(source for source in left if source in documents)
    usable = [record for record in documents.values() if is_current(record)]
    rewrites = _rewrites(new, usable, gone)
    rewritten = {rewrite.file.source for rewrite in rewrites}
    return Plan(
        unchanged=tuple(unchanged),
        touched=tuple(retouched),
        refresh=tuple(refresh),
        rewrites=rewrites,
        read=tuple(file for file in new if file.source not in rewritten),
        gone=gone,
        forgotten=tuple(source for source in left if source not in documents),
    )


def _rewrites(
    files: Iterable[SourceFile], documents: Iterable[DocumentRecord], gone: Iterable[str]
) -> tuple[Rewrite, ...]:
    """The files that hold what a document holds. Only those of a document's size are hashed."""
    sizes: set[int] = set()
    by_content: dict[tuple[str, str], list[DocumentRecord]] = {}
    for record in documents:
        sizes.add(record.size)
        by_content.setdefault((record.sha256, _suffix(record.source)), []).append(record)
    leaving = set(gone)
    found = []
    for file in files:
        sha256 = _sha256(file) if file.size in sizes else None
        if sha256 is None:
            continue
        held = by_content.get((sha256, _suffix(file.source)), ())
        # of a file that was moved and copied, one is the moved one
        moved = (record for record in held if record.source in leaving)
        of = next((r for r in (*moved, *held) if _can_be(file, r)), None)
        if of is not None:
            found.append(Rewrite(of, file, of.source in leaving))
            leaving.discard(of.source)
    return tuple(found)


def _can_be(file: SourceFile, record: DocumentRecord) -> bool:
    return file.source != record.source and alike(file.sidecars, record.sidecars)


def _suffix(source: str) -> str:
    """What tells kinds of text apart: the same words are read otherwise in another kind."""
    return PurePosixPath(source).suffix.lower()


def _is_as_it_was(file: SourceFile, record: DocumentRecord) -> bool:
    same = (record.size, record.mtime_ns) == (file.size, file.mtime_ns)
    well = record.reason is None or record.state == REFUSED
    return same and well and not touched(file.sidecars, record.sidecars)


def _holds(file: SourceFile, record: DocumentRecord) -> bool:
    """Whether a file has a document's content."""
    return record.mtime_ns == file.mtime_ns or _sha256(file) == record.sha256


def _sha256(file: SourceFile) -> str | None:
    """Of what is at hand; a file that cannot be read is left to the reader to report."""
    try:
        return sha256_of(file.path) if file.origin is None else None
    except OSError:
        return None


def _as_it_is_now(record: DocumentRecord, file: SourceFile) -> DocumentRecord:
    return replace(
        record,
        size=file.size,
        mtime_ns=file.mtime_ns,
        reason=record.reason if record.state == REFUSED else None,
        sidecars=digests(file.sidecars),
    )
