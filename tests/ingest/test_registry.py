"""What an index remembers of its files from run to run: what failed, and what it holds already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mmrag import MMRagIndex
from mmrag.config import load_settings
from mmrag.ingest.journal import last_run
from mmrag.ingest.report import Report
from mmrag.store.documents import FAILED, INDEXED, list_records, scroll_all
from mmrag.store.kinds import CHUNKS


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    """One for all tests: each has a folder of its own in it, and looks at that alone."""
    settings = load_settings(changes={"ingest.workers": 0, "profile": "offline"})
    with MMRagIndex(tmp_path_factory.mktemp("made") / "index", settings=settings) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / tmp_path.name
    folder.mkdir()
    # in words of its own: what the index holds from another test would be taken over from there
    (folder / "goats.md").write_text(f"# Goats\nThe goats ate the logbook, {folder.name}.\n")
    (folder / "mast.md").write_text(f"# Mast\nThe mast fell in the storm, {folder.name}.\n")
    return folder


def run(index: MMRagIndex, folder: Path) -> dict[str, str]:
    return statuses(index.index(folder))


def statuses(report: Report) -> dict[str, str]:
    return {
        outcome.source.partition(":")[2] or outcome.source: outcome.status
        for outcome in report.outcomes
    }


def here(index: MMRagIndex, folder: Path, name: str) -> str:
    """The source of a file, whichever test came first."""
    root = next(root for root in index.roots if root.path == folder.resolve())
    return root.prefix + name


def test_a_failure_is_kept_tried_again_and_cleared(index: MMRagIndex, folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nnothing")
    assert run(index, folder)["bad.pdf"] == "failed"
    source = here(index, folder, "bad.pdf")
    kept = {record.source: record for record in index.failures()}
    assert kept[source].state == FAILED and kept[source].reason
    assert source not in {record.source for record in index.documents()}
    assert run(index, folder)["bad.pdf"] == "failed", (
        "an unchanged file is tried again all the same"
    )
    (folder / "bad.pdf").write_text("Words after all.\n")
    (folder / "bad.pdf").rename(folder / "good.txt")
    assert run(index, folder) == {
        "goats.md": "unchanged",
        "mast.md": "unchanged",
        "good.txt": "indexed",
    }
    assert source not in {record.source for record in list_records(index.vector_store.engine)}


def test_a_file_gone_bad_keeps_its_version_and_the_reason(index: MMRagIndex, folder: Path) -> None:
    run(index, folder)
    status = (folder / "goats.md").stat()
    good = (folder / "goats.md").read_text()
    (folder / "goats.md").write_bytes(b"")
    for _ in range(2):
        assert run(index, folder)["goats.md"] == "failed"
    source = here(index, folder, "goats.md")
    [record] = [record for record in index.failures() if record.source == source]
    assert record.state == INDEXED and record.chunks == 1 and record.reason == "has zero bytes"
    assert source in {record.source for record in index.documents()}
    (folder / "goats.md").write_text(good)
    os.utime(folder / "goats.md", ns=(status.st_mtime_ns, status.st_mtime_ns))
    assert run(index, folder)["goats.md"] == "unchanged"
    assert source not in {record.source for record in index.failures()}


def test_a_failed_file_of_no_known_kind_is_no_failure_any_more(
    index: MMRagIndex, folder: Path
) -> None:
    (folder / "odd.bin").write_bytes(b"")
    assert run(index, folder)["odd.bin"] == "failed"
    (folder / "odd.bin").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)))
    assert run(index, folder)["odd.bin"] == "skipped"
    source = here(index, folder, "odd.bin")
    assert source not in {record.source for record in list_records(index.vector_store.engine)}


def test_a_renamed_folder_is_neither_read_nor_embedded(
    index: MMRagIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(index, folder)

    def vectors() -> list[np.ndarray]:
        source = here(index, folder, "")
        points = scroll_all(index.vector_store.engine, CHUNKS, with_vectors=True)
        mine = [p for p in points if str(p.payload["source"]).startswith(source)]
        found = sorted(mine, key=lambda p: str(p.payload["sha256"]))
        return [np.asarray(point.vectors["text"]) for point in found]

    before = vectors()

    def never(*args: object) -> None:
        raise AssertionError("something was read or embedded")

    monkeypatch.setattr("mmrag.ingest.readers.read", never)
    monkeypatch.setattr(type(index.embedding), "embed_texts", never)
    (folder / "1941").mkdir()
    for name in ("goats.md", "mast.md"):
        (folder / name).rename(folder / "1941" / name)
    report = index.index(folder)
    assert statuses(report) == {"1941/goats.md": "moved", "1941/mast.md": "moved"}
    assert report.outcomes[0].reason == f"from {here(index, folder, 'goats.md')}"
    monkeypatch.undo()
    np.testing.assert_array_equal(vectors(), before)
    found = index.search(
        f"goats {folder.name}", where={"source": here(index, folder, "1941/goats.md")}
    )
    assert "ate the logbook" in found.hits[0].text
    assert index.path_of(here(index, folder, "1941/mast.md")) == folder.resolve() / "1941/mast.md"
    assert run(index, folder) == {"1941/goats.md": "unchanged", "1941/mast.md": "unchanged"}


def test_a_copy_is_taken_over_and_outlives_its_original(index: MMRagIndex, folder: Path) -> None:
    run(index, folder)
    (folder / "copy.md").write_text((folder / "mast.md").read_text())
    assert run(index, folder)["copy.md"] == "copied"
    (folder / "mast.md").unlink()
    assert run(index, folder) == {
        "copy.md": "unchanged",
        "goats.md": "unchanged",
        "mast.md": "removed",
    }
    held = {record.source for record in index.documents()}
    assert here(index, folder, "copy.md") in held


def test_every_run_leaves_a_report(index: MMRagIndex, folder: Path) -> None:
    index.index(folder)
    assert index.settings.index.directory.name == "index"
    last = last_run(index.settings.index.directory / "reports")
    assert last is not None and last.summary is not None
    assert last.about["paths"] == [str(folder)]
    assert last.summary["files"] == {"indexed": 2}
