"""Folders of this machine: what is left out, and whose sidecars are whose."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from mmrag.errors import InputError, LoadError
from mmrag.ingest.scan import Scope, scan
from mmrag.ingest.sources.found import Refused
from mmrag.ingest.sources.spool import Spool


def made(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def found(scope: Scope) -> list[str]:
    return [file.source for file in scope.files]


def test_ignore_files_nest_and_the_nearest_decides(tmp_path: Path, spool: Spool) -> None:
    docs = made(
        tmp_path / "docs",
        *("a.md", "a.log", "keep.log", "build/x.md", "sub/b.log", "sub/c.md", "sub/build/d.md"),
        *("sub/deep/e.tmp", "sub/deep/important.tmp", "top.md", "sub/top.md"),
    )
    (docs / ".mmragignore").write_text("# by name\n*.log\n!keep.log\nbuild/\n/top.md\n")
    (docs / "sub" / ".mmragignore").write_text("!b.log\nc.md\n*.tmp\n")
    (docs / "sub" / "deep" / ".mmragignore").write_text("!important.tmp\n")
    scope = scan([docs], [], spool=spool)
    wanted = ["a.md", "keep.log", "sub/b.log", "sub/deep/important.tmp", "sub/top.md"]
    assert found(scope) == wanted
    assert scope.left_out == {"ignored": 6}
    # what leaves by an ignore file leaves the index, and what lies above counts for a subfolder
    assert scope.covers("a.log")
    below = scan([docs / "sub"], scope.roots, spool=spool)
    assert found(below) == [name for name in wanted if name.startswith("sub/")]
    # what is named itself is taken
    assert found(scan([docs / "a.log"], scope.roots, spool=spool)) == ["a.log"]


def test_an_ignore_file_that_cannot_be_understood_is_told(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "docs", "a.md")
    (docs / ".mmragignore").write_text("ok\n!\n")
    with pytest.raises(InputError, match=r"\.mmragignore"):
        scan([docs], [], spool=spool)
    (docs / ".mmragignore").unlink()
    (docs / ".mmragignore").mkdir()
    with pytest.raises(InputError, match=r"cannot read .*\.mmragignore"):
        scan([docs], [], spool=spool)


def test_what_is_left_out_is_counted(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "docs", "a.md", ".git/x", ".env")
    (docs / "link.md").symlink_to(docs / "a.md")
    (docs / "outside").symlink_to(tmp_path)
    scope = scan([docs], [], spool=spool)
    assert (found(scope), dict(scope.left_out)) == (["a.md"], {"hidden": 2, "links": 2})


def test_the_settings_are_no_document_unless_they_are_named(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "docs", "mmrag.yaml", "a.md", "sub/mmrag.yaml")  # they can hold a key
    scope = scan([docs], [], spool=spool)
    assert (found(scope), scope.left_out) == (["a.md"], {})
    assert found(scan([docs / "mmrag.yaml"], [], spool=spool)) == ["mmrag.yaml"]


def test_sidecars_are_no_files_of_their_own(tmp_path: Path, spool: Spool) -> None:
    docs = made(
        tmp_path / "docs",
        *("photo.jpg", "photo.jpg.txt", "photo.jpg.json", "talk.mp3", "talk.vtt", "notes.txt"),
        *("data.json", "alone.srt", "ignored.jpg", "ignored.jpg.txt"),
    )
    (docs / ".mmragignore").write_text("ignored.jpg\n")
    scope = scan([docs], [], spool=spool)
    assert found(scope) == [
        *("alone.srt", "data.json", "ignored.jpg.txt", "notes.txt", "photo.jpg", "talk.mp3"),
    ]
    beside = {f.source: sorted(s.path.name for s in f.sidecars) for f in scope.files if f.sidecars}
    assert beside == {"photo.jpg": ["photo.jpg.json", "photo.jpg.txt"], "talk.mp3": ["talk.vtt"]}
    # a shell that expands docs/* names the sidecars, too
    expanded = scan([path for path in docs.iterdir() if path.name[0] in "pt"], [], spool=spool)
    assert found(expanded) == ["photo.jpg", "talk.mp3"]
    assert [len(file.sidecars) for file in expanded.files] == [2, 1]
    assert found(scan([docs / "talk.vtt"], [], spool=spool)) == ["talk.vtt"]


def test_globs_find_files_and_whole_folders(tmp_path: Path, spool: Spool) -> None:
    docs = made(
        tmp_path / "docs",
        *(
            "a.pdf",
            "b.md",
            "2023/c.pdf",
            "2024/d.pdf",
            "2024/deep/e.pdf",
            ".hidden/f.pdf",
            "x[1].md",
        ),
    )

    def globbed(pattern: str) -> list[str]:
        scope = scan([f"{docs}/{pattern}"], [], spool=spool)
        assert scope.folders == ()
        return found(scope)

    assert globbed("**/*.pdf") == ["2023/c.pdf", "2024/d.pdf", "2024/deep/e.pdf", "a.pdf"]
    assert globbed("*.pdf") == ["a.pdf"]
    assert globbed("202?") == ["2023/c.pdf", "2024/d.pdf", "2024/deep/e.pdf"]
    assert globbed("2024/[e-z]*") == []
    assert found(scan([f"{docs}/x[1].md"], [], spool=spool)) == ["x[1].md"], "a name first"
    with pytest.raises(InputError, match=r"no such file or folder: .*nowhere"):
        scan([f"{tmp_path}/nowhere/*.pdf"], [], spool=spool)
    scope = scan([f"{docs}/**/*.pdf"], [], spool=spool)
    covered = ["gone.pdf", "2024/gone.pdf", "gone.md", "2024/gone.md"]
    assert [source for source in covered if scope.covers(source)] == covered[:2]


def test_a_glob_does_not_take_out_what_is_in_archives(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "docs", "a.pdf", "r.zip")
    scope = scan([f"{docs}/**/*.pdf"], [], spool=spool)
    assert not scope.covers("r.zip/b.pdf")


def test_a_name_that_is_no_unicode_costs_its_file(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "docs", "a.md")
    try:
        Path(os.fsdecode(os.fsencode(docs) + b"/b\xff.md")).write_text("b")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    first, second = scan([docs], [], spool=spool).files
    assert (first.source, second.source) == ("a.md", "b%DCFF.md")
    assert isinstance(second.origin, Refused)
    with pytest.raises(LoadError, match=r"its name .* is no Unicode; rename it"):
        second.origin.fetch(second.path)


def test_a_file_url_is_a_path(tmp_path: Path, spool: Spool) -> None:
    docs = made(tmp_path / "my docs", "ä.md")
    by_url = scan([docs.as_uri()], [], spool=spool)
    assert by_url == scan([docs], [], spool=spool)
    assert found(by_url) == ["ä.md"]
    assert Counter(by_url.left_out).total() == 0
