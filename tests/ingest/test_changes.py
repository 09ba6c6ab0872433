"""What changes below folders, by the system's own notices, and what it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from mmrag.errors import InputError
from mmrag.ingest.changes import Concerned, changes, folders_of, watched
from mmrag.ingest.scan import SourceFile


@pytest.fixture
def stop() -> Iterator[Event]:
    """Set after half a minute, so that a notice that never comes fails a test."""
    event = Event()
    timer = Timer(30, event.set)
    timer.start()
    yield event
    timer.cancel()


def test_changes_come_in_batches_and_those_of_the_index_do_not(tmp_path: Path, stop: Event) -> None:
    folder = tmp_path.resolve()
    (folder / "index").mkdir()
    batches = changes([folder], exclude=folder / "index", stop=stop)
    assert next(batches) == frozenset(), "watching has begun"
    (folder / "index" / "wal").write_text("x")
    (folder / ".hidden").write_text("x")
    (folder / ".mmragignore").write_text("x")
    (folder / "a.md").write_text("x")
    seen: set[Path] = set()
    while not {folder / "a.md", folder / ".mmragignore"} <= seen:
        seen |= next(batches)
    assert seen == {folder / "a.md", folder / ".mmragignore"}
    stop.set()
    assert not any(batches)


def test_only_folders_can_be_watched(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    assert watched([tmp_path]) == [tmp_path.resolve()]
    for bad in (tmp_path / "a.md", tmp_path / "none", "https://example.org/a.pdf"):
        with pytest.raises(InputError, match="only folders can be watched"):
            watched([bad])


def test_what_a_change_concerns() -> None:
    def concerned(changed: str, file: str) -> bool:
        return Concerned(frozenset({Path(changed)}))(SourceFile(Path(file), file, 1, 1))

    assert concerned("/r/a.md", "/r/a.md")
    assert not concerned("/r/a.md", "/r/b.md")
    assert concerned("/r/sub", "/r/sub/deep/a.md"), "a folder that came or was renamed"
    assert not concerned("/r/sub", "/r/submarine.md")
    assert concerned("/r/sub/.mmragignore", "/r/sub/deep/a.md")
    assert not concerned("/r/sub/.mmragignore", "/r/a.md")
    for beside in ("photo.jpg.txt", "photo.xmp", "photo.en.srt"):
        assert concerned(f"/r/{beside}", "/r/photo.jpg")
        assert not concerned(f"/r/{beside}", "/r/sub/photo.jpg")


def test_the_folders_to_look_into(tmp_path: Path) -> None:
    for name in ("a/b", "c", "empty"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("a/x.md", "a/b/y.md", "c/z.md"):
        (tmp_path / name).write_text("x")

    def found(*names: str) -> list[str]:
        places = folders_of([tmp_path / name for name in names], [tmp_path])
        return [place.relative_to(tmp_path).as_posix() for place in places]

    assert found("a/b/y.md") == ["a/b"]
    assert found("a/b/y.md", "a/x.md", "c/gone.md") == ["a", "c"]
    assert found("gone/deep/x.md") == ["."], "the nearest that is there"
    assert found("empty/x.md") == ["."], "an empty folder is no place to miss files in"
    assert found("a/b") == ["a"]
    assert found(".") == ["."], "a watched folder itself"
    assert folders_of([tmp_path / "a/b/y.md"], [tmp_path, tmp_path / "a"]) == [tmp_path / "a/b"]
