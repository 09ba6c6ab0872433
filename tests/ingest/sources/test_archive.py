"""What archives hold, read member by member; names, links and bombs that must do no harm."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import tracemalloc
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import CorruptFile, LimitExceeded, LoadError, UnsupportedFile
from mmrag.ingest.scan import Scope, SourceFile, scan
from mmrag.ingest.sources.archive import members
from mmrag.ingest.sources.found import Found, Refused, is_plain
from mmrag.ingest.sources.members import Allowance, MemberName
from mmrag.ingest.sources.spool import Spool
from mmrag.loaders.limits import DEFAULT, Limits

TAR_SUFFIXES = {"": ".tar", "gz": ".tar.gz", "bz2": ".tbz2", "xz": ".tar.xz"}


def zip_of(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def tar_of(content: dict[str, bytes], packed: str = "", *others: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{packed}") as archive:  # type: ignore[call-overload]
        for name, body in content.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(body), zlib.crc32(body)  # what changes has another date
            archive.addfile(info, io.BytesIO(body))
        for info in others:
            archive.addfile(info)
    return buffer.getvalue()


def made(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "docs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def scanned(path: Path, spool: Spool, limits: Limits = DEFAULT) -> Scope:
    return scan([path], [], spool=spool, limits=limits)


def read(file: SourceFile) -> bytes:
    """Fetch a file as a worker does."""
    if file.origin is not None:
        pickle.loads(pickle.dumps(file.origin)).fetch(file.path)
    return file.path.read_bytes()


def refusals(scope: Scope) -> dict[str, LoadError]:
    return {f.source: f.origin.error for f in scope.files if isinstance(f.origin, Refused)}


def contents(scope: Scope) -> dict[str, bytes]:
    bad = refusals(scope)
    return {file.source: read(file) for file in scope.files if file.source not in bad}


ARCHIVES = {"zip": zip_of} | {
    suffix: lambda content, packed=packed: tar_of(content, packed)
    for packed, suffix in TAR_SUFFIXES.items()
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_files_of_an_archive_are_cited_by_it(kind: str, tmp_path: Path, spool: Spool) -> None:
    inner = zip_of({"deep.md": b"deep"})
    content = {"a.md": b"one", "2024/b.md": b"two", ".hidden": b"x", "more/in.zip": inner}
    name = f"r{'.zip' if kind == 'zip' else kind}"
    path = made(tmp_path, name, ARCHIVES[kind](content))
    made(tmp_path, "plain.md", b"plain")
    scope = scanned(path.parent, spool)
    wanted = {
        "plain.md": b"plain",
        f"{name}/a.md": b"one",
        f"{name}/2024/b.md": b"two",
        f"{name}/more/in.zip/deep.md": b"deep",
    }
    assert contents(scope) == wanted
    assert dict(scope.left_out) == {"hidden": 1}
    assert scope.covers(f"{name}/gone.md")
    # nothing changed: sizes and versions are the same, and what was fetched is as they say
    again = scanned(path.parent, spool)
    assert [(f.source, f.size, f.mtime_ns) for f in again.files] == [
        (f.source, f.size, f.mtime_ns) for f in scope.files
    ]
    for file in again.files:
        status = file.path.stat()
        assert (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
    # one member changed
    made(tmp_path, name, ARCHIVES[kind](content | {"a.md": b"onE"}))
    changed = scanned(path.parent, spool)
    before = {f.source: f.mtime_ns for f in scope.files}
    different = [f.source for f in changed.files if before[f.source] != f.mtime_ns]
    assert different == [f"{name}/a.md"]
    assert contents(changed) == wanted | {f"{name}/a.md": b"onE"}


def test_an_archive_given_by_itself_covers_what_is_in_it(tmp_path: Path, spool: Spool) -> None:
    path = made(tmp_path, "r.zip", zip_of({"a.md": b"a"}))
    scope = scanned(path, spool)
    assert [file.source for file in scope.files] == ["r.zip/a.md"]
    assert scope.covers("r.zip/gone.md") and not scope.covers("other.md")


def test_a_tar_whose_last_file_is_a_zip_is_a_tar(tmp_path: Path, spool: Spool) -> None:
    path = made(tmp_path, "r.tar", tar_of({"a.md": b"a", "z.bin": zip_of({"x": b"x"})}))
    assert contents(scanned(path, spool)).keys() == {"r.tar/a.md", "r.tar/z.bin"}


def test_documents_and_other_files_are_no_archives(tmp_path: Path, spool: Spool) -> None:
    word = zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<x/>"})
    made(tmp_path, "w.docx", word)
    made(tmp_path, "w.zip", word)
    made(tmp_path, "text.zip", b"no archive")
    path = made(tmp_path, "note.tar.gz", b"\x1f\x8bno gzip")
    scope = scanned(path.parent, spool)
    assert [f.source for f in scope.files] == ["note.tar.gz", "text.zip", "w.docx", "w.zip"]
    assert refusals(scope) == {}
    # had they been archives before, what was in them would not be taken for removed
    assert not any(scope.covers(f"{file.source}/a.md") for file in scope.files[:2])


@pytest.mark.parametrize(
    ("name", "cited", "fault"),
    [
        ("../../etc/passwd", "%2E%2E/%2E%2E/etc/passwd", "leads out"),
        ("a/../b.md", "a/%2E%2E/b.md", "leads out"),
        ("..\\b.md", "%2E%2E/b.md", "leads out"),
        ("/etc/passwd", "%2Fetc/passwd", "absolute"),
        ("\\\\host\\share", "%2Fhost/share", "absolute"),
        ("C:\\x.md", "C%3A/x.md", "absolute"),
        ("aux.md", "aux.md", "device"),
        ("a/NUL", "a/NUL", "device"),
        ("com1 .txt", "com1 .txt", "device"),
        ("a\nb.md", "a%0Ab.md", "control"),
        ("a\udcff.md", "a%DCFF.md", "Unicode"),
        ("x" * 2000, "x" * 1024, "2000 characters"),
        ("./a//b.md", "a/b.md", None),
        ("a\\b.md", "a/b.md", None),
        ("console.md", "console.md", None),
    ],
)
def test_names_are_judged(name: str, cited: str, fault: str | None) -> None:
    judged = MemberName.of(name)
    assert judged.cited == cited
    assert (judged.fault is None) == (fault is None)
    assert fault is None or fault in str(judged.fault)


@given(st.text(st.sampled_from("./\\:aC\x00\udc80"), max_size=12))
def test_no_name_leads_anywhere(name: str) -> None:
    cited = MemberName.of(name).cited
    assert is_plain(cited)
    assert not cited.startswith("/") and ".." not in cited.split("/")


def test_what_is_no_plain_file_is_told(tmp_path: Path, spool: Spool) -> None:
    kinds = {
        "link": tarfile.SYMTYPE,
        "hard": tarfile.LNKTYPE,
        "pipe": tarfile.FIFOTYPE,
        "device": tarfile.BLKTYPE,
        "folder": tarfile.DIRTYPE,
    }
    others = [tarfile.TarInfo(name) for name in kinds]
    for info in others:
        info.type, info.linkname = kinds[info.name], "/etc/passwd"
    path = made(tmp_path, "r.tar", tar_of({"a.md": b"a", "../b.md": b"b"}, "", *others))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path.parent / "r.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.md", "a")
    scope = scanned(path.parent, spool)
    told = refusals(scope)
    assert contents(scope) == {"r.tar/a.md": b"a", "r.zip/a.md": b"a"}
    assert told.keys() == {
        *(f"r.tar/{name}" for name in ("link", "hard", "pipe", "device", "%2E%2E/b.md")),
        "r.zip/link",
    }
    assert isinstance(told["r.tar/link"], UnsupportedFile)
    assert told["r.tar/%2E%2E/b.md"].reason == "its name in the archive leads out of the archive"


def test_encrypted_and_damaged_members_cost_themselves(tmp_path: Path, spool: Spool) -> None:
    body = bytearray(zip_of({"a.md": b"goats " * 50, "b.md": b"b"}))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        info = archive.getinfo("a.md")
    body[30 + len("a.md") + 4] ^= 0xFF  # in the middle of its data
    path = made(tmp_path, "damaged.zip", bytes(body))
    scope = scanned(path, spool)
    first, second = scope.files
    with pytest.raises(CorruptFile, match="damaged or truncated zip archive"):
        read(first)
    assert not first.path.exists()
    assert read(second) == b"b"
    encrypted = bytearray(zip_of({"a.md": b"a", "b.md": b"b"}))
    central = encrypted.index(b"PK\x01\x02")
    encrypted[central + 8] |= 1
    scope = scanned(made(tmp_path, "locked.zip", bytes(encrypted)), spool)
    assert {source: error.reason for source, error in refusals(scope).items()} == {
        "locked.zip/a.md": "is encrypted; make the archive anew without a password"
    }
    assert info.file_size == first.size


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_truncated_archive_costs_itself_and_removes_nothing(
    kind: str, tmp_path: Path, spool: Spool
) -> None:
    whole = ARCHIVES[kind]({"a.md": Random(0).randbytes(1_200_000), "b.md": b"b"})
    name = f"r{'.zip' if kind == 'zip' else kind}"
    path = made(tmp_path, name, whole[:1_000_000])
    made(tmp_path, "a.md", b"a")
    scope = scanned(path.parent, spool)
    assert [file.source for file in scope.files] == ["a.md", name]
    assert isinstance(refusals(scope)[name], CorruptFile)
    assert not scope.covers(f"{name}/a.md") and scope.covers("b.md")


def bomb(kind: str) -> bytes:
    return ARCHIVES[kind]({"b.txt": bytes(12 << 20)})


@pytest.mark.parametrize("kind", ["zip", ".tar.gz", ".tbz2", ".tar.xz"])
def test_bombs_are_refused_before_they_unpack(kind: str, tmp_path: Path, spool: Spool) -> None:
    name = f"r{'.zip' if kind == 'zip' else kind}"
    scope = scanned(made(tmp_path, name, bomb(kind)), spool)
    assert isinstance(refusals(scope)[name], LimitExceeded)
    assert "zip_ratio" in refusals(scope)[name].reason
    assert not spool.used


def test_limits_count_for_all_archives_in_one(tmp_path: Path, spool: Spool) -> None:
    inner = zip_of({f"{n}.txt": b"x" * 100 for n in range(5)})
    path = made(tmp_path, "r.zip", zip_of({"one.zip": inner, "two.zip": inner}))
    assert len(scanned(path, spool).files) == 10
    for limits in (Limits(zip_entries=11), Limits(zip_total_bytes=2 * len(inner) + 999)):
        scope = scanned(path, spool, limits)
        assert isinstance(refusals(scope)["r.zip"], LimitExceeded), limits
        assert not scope.covers("r.zip/one.zip/1.txt")


def test_archives_lie_in_each_other_only_so_deep(tmp_path: Path, spool: Spool) -> None:
    body = b"end"
    for depth in (3, 2, 1):
        name = "a.txt" if depth == 3 else f"{depth + 1}.zip"
        body = zip_of({name: body})
    path = made(tmp_path, "1.zip", body)
    scope = scanned(path, spool)
    assert refusals(scope)["1.zip/2.zip/3.zip"].reason == (
        "is an archive in others; limit archive_depth=2"
    )
    deeper = scanned(path, spool, Limits(archive_depth=3))
    assert contents(deeper) == {"1.zip/2.zip/3.zip/a.txt": b"end"}
    assert refusals(scanned(path, spool, Limits(archive_depth=1))).keys() == {"1.zip/2.zip"}


def test_a_header_is_not_read_however_long_it_is(tmp_path: Path, spool: Spool) -> None:
    # tarfile would read it into memory at once, and gzip makes as much of it as is asked for
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 64 << 20
    first = tar_of({"a.md": b"a"})[:1024]
    path = made(tmp_path, "r.tar.gz", gzip.compress(first + info.tobuf() + bytes(64 << 20), 1))
    tracemalloc.start()
    told = refusals(scanned(path, spool))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told["r.tar.gz"].reason == "has a header of 67108864 bytes"
    assert peak < 16 << 20


def test_an_archive_that_changes_meanwhile_is_told(tmp_path: Path, spool: Spool) -> None:
    for name, make in (("r.zip", zip_of), ("r.tar", tar_of)):
        path = made(tmp_path, name, make({"a.md": b"a"}))  # type: ignore[operator]
        (file,) = scanned(path, spool).files
        made(tmp_path, name, make({"b.md": b"bb", "c.md": b"c"}))  # type: ignore[operator]
        with pytest.raises(LoadError, match="changed while it was being indexed"):
            read(file)


def test_of_two_members_with_one_name_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "r.tar"
    path.write_bytes(tar_of({"a.md": b"old", "./a.md": b"new"}))
    found = members(path, Allowance(path, DEFAULT), place=tmp_path.joinpath, left_out=Counter())
    assert found is not None
    (only,) = found
    assert isinstance(only, Found) and only.origin is not None
    only.origin.fetch(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"new"


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_without_files_is_told(kind: str, tmp_path: Path, spool: Spool) -> None:
    name = f"r{'.zip' if kind == 'zip' else kind}"
    scope = scanned(made(tmp_path, name, ARCHIVES[kind]({})).parent, spool)
    assert refusals(scope)[name].reason == "is an archive without files"
