"""What a run is going to do, told from files and records."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mmrag.ingest.beside import digests
from mmrag.ingest.scan import Root, Scope, SourceFile
from mmrag.ingest.sync import Plan, plan
from mmrag.loaders.base import VERSION, sha256_of
from mmrag.loaders.sidecars import Sidecar, SidecarKind
from mmrag.store.documents import FAILED, DocumentRecord


class Folder:
    """Files on disk, and the records that an index would have of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, name: str, text: str, *sidecars: Sidecar) -> SourceFile:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        status = path.stat()
        return SourceFile(path, name, status.st_size, status.st_mtime_ns, sidecars=sidecars)

    def beside(self, kind: SidecarKind, name: str, text: str) -> Sidecar:
        path = self.path / name
        path.write_text(text)
        status = path.stat()
        return Sidecar(kind, path, status.st_size, status.st_mtime_ns)

    def plan(self, files: Sequence[SourceFile], *known: DocumentRecord) -> Plan:
        root = Root(self.path)
        scope = Scope((root,), tuple(files), ((root, ""),))
        current = {record.source: record for record in known}
        return plan(scope, current, lambda record: record.loader_version == VERSION)


def record_of(file: SourceFile) -> DocumentRecord:
    return DocumentRecord(
        *(file.source, sha256_of(file.path), file.size, file.mtime_ns),
        *(1, "text", "text/plain", VERSION),
        sidecars=digests(file.sidecars),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_same_size_and_time_is_unchanged_without_a_look(folder: Folder) -> None:
    file = folder.file("a.txt", "goats")
    record = record_of(file)
    file.path.write_text("sheep")
    os.utime(file.path, ns=(file.mtime_ns, file.mtime_ns))
    assert folder.plan([file], record) == Plan((record,), (), (), (), (), ())


def test_content_decides_when_the_time_is_another(folder: Folder) -> None:
    same, other = folder.file("a.txt", "goats"), folder.file("b.txt", "sheep")
    before = [replace(record_of(file), mtime_ns=1) for file in (same, other)]
    before[1] = replace(before[1], sha256="0" * 64)
    found = folder.plan([same, other], *before)
    assert found.touched == (record_of(same),)
    assert found.read == (other,)


def test_moved_and_copied(folder: Folder) -> None:
    old = record_of(folder.file("old/a.txt", "goats"))
    moved, copied = folder.file("new/a.txt", "goats"), folder.file("z.txt", "goats")
    found = folder.plan([moved, copied], old)
    assert [(row.of, row.file, row.leaves) for row in found.rewrites] == [
        (old, moved, True),
        (old, copied, False),
    ]
    assert found.gone == ("old/a.txt",) and found.read == ()


def test_a_copy_of_what_stays_takes_nothing_away(folder: Folder) -> None:
    kept = folder.file("a.txt", "goats")
    copied = folder.file("b.txt", "goats")
    [row] = folder.plan([kept, copied], record_of(kept)).rewrites
    assert (row.file, row.leaves) == (copied, False)


def test_two_files_that_swap_their_names_are_both_written_again(folder: Folder) -> None:
    first, second = folder.file("a.txt", "goats"), folder.file("b.txt", "sheep")
    before = [record_of(first), record_of(second)]
    swapped = [folder.file("a.txt", "sheep"), folder.file("b.txt", "goats")]
    swapped = [replace(file, mtime_ns=file.mtime_ns + 1) for file in swapped]
    found = folder.plan(swapped, *before)
    assert {(row.of.source, row.file.source) for row in found.rewrites} == {
        ("a.txt", "b.txt"),
        ("b.txt", "a.txt"),
    }
    assert not found.read and not any(row.leaves for row in found.rewrites)


@pytest.mark.parametrize("name", ["b.md", "b"])
def test_another_kind_of_text_is_read_again(folder: Folder, name: str) -> None:
    old = record_of(folder.file("a.txt", "goats"))
    new = folder.file(name, "goats")
    assert folder.plan([new], old).read == (new,)


def test_what_is_not_current_is_nothing_to_copy(folder: Folder) -> None:
    old = replace(record_of(folder.file("a.txt", "goats")), loader_version="1")
    new = folder.file("b.txt", "goats")
    assert folder.plan([new], old).read == (new,)


def test_a_fetched_file_is_not_hashed_before_it_is_there(folder: Folder) -> None:
    class Origin:
        def fetch(self, to: Path) -> None: ...

    old = record_of(folder.file("a.txt", "goats"))
    new = replace(folder.file("b.txt", "goats"), origin=Origin())
    assert folder.plan([new], old).read == (new,)


def test_failed_files_are_read_again_or_forgotten(folder: Folder) -> None:
    there, left = folder.file("a.txt", "goats"), folder.file("b.txt", "sheep")
    failed = [
        replace(record_of(file), state=FAILED, chunks=0, sha256="", reason="damaged")
        for file in (there, left)
    ]
    found = folder.plan([there], *failed)
    assert (found.read, found.gone, found.forgotten) == ((there,), (), ("b.txt",))


def test_a_good_version_that_is_back_clears_its_reason(folder: Folder) -> None:
    file = folder.file("a.txt", "goats")
    found = folder.plan([file], replace(record_of(file), reason="damaged"))
    assert found.touched == (record_of(file),)


def test_only_files_that_are_looked_at_are_planned_and_no_other_leaves(folder: Folder) -> None:
    first, second = folder.file("a.txt", "goats"), folder.file("b.txt", "sheep")
    root = Root(folder.path)
    scope = Scope((root,), (first, second), ((root, ""),))
    known = {"b.txt": record_of(second), "c.txt": replace(record_of(second), source="c.txt")}
    found = plan(scope, known, lambda _: True, [first])
    assert found == Plan((), (), (), (), (first,), ("c.txt",))


@pytest.mark.parametrize("kind", ["text", "subtitles", "metadata"])
def test_what_stands_beside_a_file_counts_by_content(folder: Folder, kind: SidecarKind) -> None:
    def file(text: str) -> SourceFile:
        return folder.file("a.png", "picture", folder.beside(kind, "a.png.side", text))

    before = record_of(file("a goat"))
    os.utime(folder.path / "a.png", ns=(before.mtime_ns, before.mtime_ns))
    later = replace(file("a goat"), mtime_ns=before.mtime_ns)
    touched = replace(later, sidecars=(replace(later.sidecars[0], mtime_ns=7),))
    assert folder.plan([touched], before).touched == (
        replace(before, sidecars=digests(touched.sidecars)),
    )
    other = replace(file("a sheep"), mtime_ns=before.mtime_ns)
    without = replace(later, sidecars=())
    for file_now in (other, without):
        todo = folder.plan([file_now], before)
        # metadata alone need no reading
        assert (todo.refresh if kind == "metadata" else todo.read) == (file_now,)


def test_a_moved_file_takes_along_what_stands_beside_it(folder: Folder) -> None:
    old = folder.file("a.png", "picture", folder.beside("text", "a.png.txt", "a goat"))
    before = record_of(old)
    same = folder.file("b.png", "picture", folder.beside("text", "b.png.txt", "a goat"))
    other = folder.file("c.png", "picture", folder.beside("text", "c.png.txt", "a sheep"))
    found = folder.plan([same, other], before)
    assert [row.file for row in found.rewrites] == [same]
    assert found.read == (other,)
