"""Which files belong to an index, and how each is cited."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.ingest.roots import root_for
from mmrag.ingest.scan import Root, Scope, owner, path_of, scan
from mmrag.ingest.sources.spool import Spool


def made(root: Path, *names: str) -> Path:
    """Files below `root`, each holding its own name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def scan_local(paths: list[Path], roots: Sequence[Root], exclude: Path | None = None) -> Scope:
    """Scan where nothing has to be fetched."""
    return scan(paths, roots, spool=Spool(Path("/nowhere")), exclude=exclude)


def sources(scope: Scope) -> list[str]:
    return [file.source for file in scope.files]


def test_a_folder_gives_its_files_relative_and_sorted(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "b.md", "sub/a.md", "a.md", "sub/deep/x.png")
    scope = scan_local([docs], [])
    assert scope.roots == (Root(docs),)
    assert sources(scope) == ["a.md", "b.md", "sub/a.md", "sub/deep/x.png"]
    first = scope.files[0]
    status = (docs / "a.md").stat()
    assert (first.path, first.size, first.mtime_ns) == (docs / "a.md", 4, status.st_mtime_ns)


def test_a_file_by_itself_has_its_folder_for_root_and_removes_nothing(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "a.md", "b.md")
    scope = scan_local([docs / "a.md"], [])
    assert (scope.roots, sources(scope), scope.folders) == ((Root(docs),), ["a.md"], ())
    assert not scope.covers("b.md")


def test_what_is_given_twice_is_indexed_once(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "a.md", "sub/b.md")
    scope = scan_local([docs, docs / "a.md", docs / "sub", docs / ".." / "docs"], [])
    assert sources(scope) == ["a.md", "sub/b.md"]
    assert len(scope.roots) == 1


def test_hidden_files_and_links_are_left_out(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "a.md", ".hidden.md", ".git/config", "sub/.b.md", "sub/c.md")
    outside = made(tmp_path / "outside", "secret.md")
    (docs / "link.md").symlink_to(outside / "secret.md")
    (docs / "linked").symlink_to(outside)
    (docs / "loop").symlink_to(docs)
    os.mkfifo(docs / "pipe.md")
    assert sources(scan_local([docs], [])) == ["a.md", "sub/c.md"]
    # what the user names is taken
    assert sources(scan_local([docs / "linked"], [])) == ["secret.md"]
    assert sources(scan_local([docs / ".hidden.md"], [])) == [".hidden.md"]


def test_the_index_itself_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = made(tmp_path / "docs", "a.md", "index/points/data.bin", "sub/index/kept.md")
    monkeypatch.chdir(docs)
    assert sources(scan_local([Path()], [], exclude=Path("index"))) == ["a.md", "sub/index/kept.md"]


def test_a_second_root_has_a_prefix_and_keeps_the_same_names_apart(tmp_path: Path) -> None:
    docs, photos = made(tmp_path / "docs", "a.md"), made(tmp_path / "photos", "a.md", "2024/x.png")
    other = made(tmp_path / "more" / "photos", "a.md")
    scope = scan_local([docs, photos, other], [])
    roots = (Root(docs), Root(photos, "photos:"), Root(other, "photos-2:"))
    assert scope.roots == roots
    assert sources(scope) == ["a.md", "photos-2:a.md", "photos:2024/x.png", "photos:a.md"]
    for file in scope.files:
        assert path_of(file.source, roots) == file.path
    # the next run finds the roots again, whatever order it is given them in
    again = scan_local([other, docs], roots)
    assert again.roots == roots
    assert sources(again) == ["a.md", "photos-2:a.md"]


def test_a_run_covers_the_folders_that_it_walked_and_no_other_root(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "sub/a.md", "subway/b.md")
    photos = made(tmp_path / "photos", "sub/a.md")
    roots = (Root(docs), Root(photos, "photos:"))

    def covered(*paths: Path) -> list[str]:
        gone = ["gone.md", "sub/gone.md", "subway/gone.md", "photos:gone.png", "photos:sub/gone.md"]
        scope = scan_local(list(paths), roots)
        return [source for source in gone if scope.covers(source)]

    assert covered(docs) == ["gone.md", "sub/gone.md", "subway/gone.md"]
    assert covered(docs / "sub") == ["sub/gone.md"]
    assert covered(photos) == ["photos:gone.png", "photos:sub/gone.md"]
    assert covered(photos / "sub") == ["photos:sub/gone.md"]
    assert covered(docs / "sub", photos / "sub") == ["sub/gone.md", "photos:sub/gone.md"]
    assert covered(docs / "sub" / "a.md") == []


def test_a_path_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file or folder: .*absent"):
        scan_local([tmp_path, tmp_path / "absent"], [])


def test_a_folder_that_cannot_be_looked_into_does_not_pass_for_empty(tmp_path: Path) -> None:
    # otherwise all its documents would be taken for removed; a path that is too long fails for
    # every user, a folder without permission does not fail for root
    docs = made(tmp_path / "docs", "a.md")
    below = os.open(docs, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=below)
        inner = os.open("x" * 250, os.O_RDONLY, dir_fd=below)
        os.close(below)
        below = inner
    os.close(below)
    with pytest.raises(InputError, match="cannot look into"):
        scan_local([docs], [])


def test_a_source_of_nobody_has_no_file() -> None:
    assert owner("a.md", []) is None
    assert path_of("a.md", [Root(Path("/photos"), "photos:")]) is None


names = st.text("ab:.-2", min_size=1, max_size=6).filter(lambda name: name.strip("."))


@given(st.lists(names, min_size=1, max_size=4))
def test_a_source_leads_back_to_its_file(parts: list[str]) -> None:
    roots = [Root(Path("/docs")), Root(Path("/p"), "photos:"), Root(Path("/q"), "photos-2:")]
    for root in roots:
        assert root.path is not None
        path = root.path.joinpath(*parts)
        source = root.source_of(path)
        assert owner(source, roots) == root
        assert path_of(source, roots) == path


def test_a_source_leads_to_its_fetched_file_only_where_it_has_none(tmp_path: Path) -> None:
    docs, spool = made(tmp_path / "docs", "a.md", "r.zip"), Spool(tmp_path / "spool")
    roots = [Root(docs), Root(None, "host:", "https://host")]
    for source in ("a.md", "r.zip/b.md"):
        made(spool.path_of(source).parent, spool.path_of(source).name)
    assert path_of("a.md", roots, spool) == docs / "a.md"
    assert path_of("r.zip/b.md", roots, spool) == spool.path_of("r.zip/b.md")
    assert path_of("gone.md", roots, spool) == docs / "gone.md"
    assert path_of("host:x.md", roots, spool) == spool.path_of("host:x.md")
    assert path_of("host:x.md", roots) is None
    assert path_of("../../etc/passwd", roots) is None


def test_roots_elsewhere_have_prefixes_and_come_back_from_the_manifest(tmp_path: Path) -> None:
    docs = made(tmp_path / "docs", "a.md")
    known: list[Root] = []
    places = ("https://host:8000", "s3://bucket/x", str(docs), "s3://other/x", "memory://")
    roots = [root_for(place, known) for place in places]
    assert [root.prefix for root in roots] == ["host:8000:", "x:", "", "x-2:", "memory:"]
    assert [Root.at(root.place, root.prefix) for root in roots] == roots
    assert [root_for(place, known) for place in places] == roots
    assert root_for("s3://bucket/x/deep", known) == roots[1]
    assert roots[1].below("s3://bucket/x/deep") == "x:deep/"
    with pytest.raises(InputError, match="s3://bucket holds s3://bucket/x"):
        root_for("s3://bucket", known)
    assert owner("host:8000:a", [Root(None, "host:", "http://host"), roots[0]]) == roots[0]
    with pytest.raises(ValueError, match="is not below https"):
        roots[0].source_of(docs)
