"""An index that moves: to a server's stand-in and back, through kills, cuts and full disks.

Where MMRAG_TEST_QDRANT_URL names a real server, what needs no look inside runs against that.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Said
from standins.qdrant_rest import QdrantStandIn, qdrant_rest

from mmrag import MMRagIndex, Settings, migrate
from mmrag.errors import InputError, StoreError
from mmrag.migrating import Migrated
from mmrag.store import edge
from mmrag.store.comparing import PAGE, compare
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import INDEXED_KEYS, KIND, MANIFEST
from mmrag.store.manifest import MANIFEST_ID, Manifest, read_manifest, write_manifest
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.room import NEEDED_MB
from mmrag.store.server import ServerEngine
from mmrag.store.spec import DenseSpace, Point, SparseSpace
from mmrag.store.unfinished import Unfinished

ROOT = Path(__file__).parents[1]
POINTS = 2 * PAGE + 10
COMMAND = [sys.executable, "-c", "from mmrag.cli import main; main()", "migrate"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files of an index on a server are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def standin() -> Iterator[QdrantStandIn]:
    with qdrant_rest() as running:
        yield running


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of points, made without any model; not to be changed by tests."""
    place = tmp_path_factory.mktemp("plain") / "index"
    with EdgeEngine.create(place, [DenseSpace("text", 4), SparseSpace("bm25")]) as engine:
        rows = np.random.default_rng(5).normal(size=(POINTS, 4)).astype(np.float32)
        engine.upsert(
            [
                Point(str(uuid.UUID(int=i + 1)), {"text": row}, {KIND: "chunk", "n": i})
                for i, row in enumerate(rows)
            ]
        )
        write_manifest(engine, Manifest("0.1", "offline"))
    return place


@pytest.fixture(scope="module")
def moved(index: MMRagIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session's index in a directory of its own, with a file that was fetched."""
    engine = index.vector_store.engine
    engine.flush()
    place = tmp_path_factory.mktemp("moved") / "index"
    shutil.copytree(engine.location, place, ignore=shutil.ignore_patterns("lock*"))
    spooled = place / "spool" / "nobody" / "ab" / "ab12.txt"
    spooled.parent.mkdir(parents=True)
    spooled.write_text("fetched")
    os.utime(spooled, ns=(10**18, 10**18))
    return place


def at(url: str, collection: str) -> Settings:
    return Settings.model_validate({"index": {"qdrant_url": url, "collection": collection}})


def said(index: MMRagIndex) -> list[Any]:
    """What it finds, with scores, and what it answers."""
    asked = ("When was the barometer bought?", "snow in July", "lecture about clouds")
    found = [[(h.id, h.score, h.source) for h in index.search(words).hits] for words in asked]
    return [found, index.ask(asked[0]).text]


def test_the_moved_index_is_the_same_index(
    moved: Path, folder: Path, qdrant_url: str, qdrant_collection: str, tmp_path: Path
) -> None:
    there = migrate(moved, f"{qdrant_url}#{qdrant_collection}")
    back = migrate(f"{qdrant_url}#{qdrant_collection}", tmp_path / "back")
    assert there.points == back.points > 5
    assert there.digest == back.digest
    assert there.kinds["document"] == 3
    assert back.spaces["bm25"].digest == back.spaces["bm25"].copy_digest
    assert there.spaces["text"].deviation < 2e-7
    assert migrate(moved, tmp_path / "back", verify_only=True).points == there.points

    spooled = tmp_path / "back" / "spool" / "nobody" / "ab" / "ab12.txt"
    assert (spooled.read_text(), spooled.stat().st_mtime_ns) == ("fetched", 10**18)

    with MMRagIndex(moved, create=False) as index:
        expected, manifest = said(index), index.manifest
    with MMRagIndex(settings=at(qdrant_url, qdrant_collection), create=False) as index:
        assert index.index(folder).counts == {"unchanged": 3}
        on_server = said(index)
        assert index.manifest == manifest
    with MMRagIndex(tmp_path / "back", create=False) as index:
        assert index.index(folder).counts == {"unchanged": 3}
        in_directory = said(index)
        assert index.manifest == manifest
    for found, answer in (on_server, in_directory):
        assert answer == expected[1]
        for hits, wanted in zip(found, expected[0], strict=True):
            assert [(id, source) for id, _, source in hits] == [(i, s) for i, _, s in wanted]
            assert [h[1] for h in hits] == pytest.approx([w[1] for w in wanted], abs=1e-6)


def killed(standin: QdrantStandIn, words: list[str], when: Callable[[str, str, Any], bool]) -> str:
    """Run the command and kill it when a request comes in, which is not carried out."""
    child = subprocess.Popen(
        [*COMMAND, *words, "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'connectors'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def strike(method: str, path: str, body: Any) -> None:
        if when(method, path, body):
            child.kill()
            raise ConnectionError

    standin.before = strike
    out, _ = child.communicate(timeout=120)
    standin.before = lambda method, path, body: None
    assert child.returncode == -signal.SIGKILL
    return out


def nth(number: int, method: str, ending: str) -> Callable[[str, str, Any], bool]:
    seen = 0

    def counted(found: str, path: str, body: Any) -> bool:
        nonlocal seen
        seen += found == method and path.endswith(ending)
        return seen == number

    return counted


def cut_at(when: Callable[[str, str, Any], bool]) -> Callable[[str, str, Any], None]:
    """Cuts the connection when a request comes in, which is not carried out."""

    def cut(method: str, path: str, body: Any) -> None:
        if when(method, path, body):
            raise ConnectionError

    return cut


def the_manifest(method: str, path: str, body: Any) -> bool:
    rows = body.get("points", []) if method == "PUT" else []
    return any((row.get("payload") or {}).get(KIND) == MANIFEST for row in rows)


@pytest.mark.parametrize(
    ("when", "resumed"),
    [
        pytest.param(nth(3, "PUT", "/points"), PAGE, id="copying"),
        pytest.param(the_manifest, POINTS, id="finishing", marks=pytest.mark.slow),
    ],
)
def test_killed_on_the_way_to_a_server_it_goes_on(
    plain: Path, standin: QdrantStandIn, when: Callable[[str, str, Any], bool], resumed: int
) -> None:
    """The first write is the mark alone, the third the second page; the last the manifest."""
    assert killed(standin, ["--from", str(plain), "--to", standin.url], when) == ""
    refused = Said("status", "--qdrant", standin.url).refusal
    assert f"is an unfinished copy of {plain.resolve()}; finish it with: mmrag migrate" in refused
    before = len(standin.requests)
    done = migrate(plain, standin.url)
    assert (done.points, done.resumed, done.mended) == (POINTS, resumed, 0)
    sent = [b for m, p, b in standin.requests[before:] if (m, p[-7:]) == ("PUT", "/points")]
    chunks = [p for b in sent for p in b["points"] if p["payload"].get(KIND) == "chunk"]
    assert len(chunks) == POINTS - resumed
    with (
        EdgeEngine.open(plain) as source,
        ServerEngine.connect(standin.url) as target,
    ):
        assert compare(source, target).equal
        assert read_manifest(source) == read_manifest(target)


@pytest.mark.parametrize(
    ("when", "marked"),
    [
        pytest.param(nth(1, "PUT", "/points"), False, id="before the mark"),
        pytest.param(nth(2, "PUT", "/index"), True, id="before the indexes"),
    ],
)
def test_cut_off_while_the_collection_is_made_it_goes_on(
    plain: Path, standin: QdrantStandIn, when: Callable[[str, str, Any], bool], marked: bool
) -> None:
    standin.before = cut_at(when)
    assert "no answer" in Said("migrate", "--from", plain, "--to", standin.url).refusal
    standin.before = lambda method, path, body: None
    keys = standin.settings["mmrag"]["payload_schema"]
    assert len(keys) == marked
    if marked:
        assert "is an unfinished copy of" in Said("status", "--qdrant", standin.url).refusal
    assert migrate(plain, standin.url).points == POINTS
    assert set(keys) == {row.key for row in INDEXED_KEYS}


@pytest.mark.parametrize("step", ["sidecar.write", "_load"])
def test_cut_off_while_the_directory_is_made_it_is_no_index_or_a_marked_one(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut(path: Path, *given: object) -> Any:
        raise OSError(5, f"cut off at {path}")

    real = edge._load
    # of the two that are loaded, the source is not to fail
    monkeypatch.setattr(edge, "_load", lambda path: (real if path == plain else cut)(path))
    if step != "_load":
        monkeypatch.setattr(f"mmrag.store.{step}", cut)
    new = tmp_path / "new"
    assert "cut off" in Said("migrate", "--from", plain, "--to", new).refusal
    monkeypatch.undo()
    line = Said("status", "--index", new).refusal
    assert ("is an unfinished copy of" if step == "_load" else "is not an mmrag index") in line
    assert migrate(plain, new).points == POINTS


def test_an_unfinished_copy_is_no_store_of_llamaindex(
    plain: Path, standin: QdrantStandIn, tmp_path: Path
) -> None:
    mark = Unfinished("here", "there").to_point(MANIFEST_ID)
    spaces = [DenseSpace("text", 4), SparseSpace("bm25")]
    EdgeEngine.create(tmp_path / "new", spaces, first=[mark]).close()
    ServerEngine.connect(standin.url, spaces, first=[mark]).close()
    for more in (None, [*spaces, DenseSpace("clip", 4)]):
        with pytest.raises(StoreError, match="is an unfinished copy of here; finish it with"):
            MMRagQdrantStore.from_path(tmp_path / "new", more)
        with pytest.raises(StoreError, match="is an unfinished copy of here; finish it with"):
            MMRagQdrantStore.from_url(standin.url, more)
    with EdgeEngine.open(tmp_path / "new") as engine:
        assert list(engine.spaces) == ["text", "bm25"], "nothing was added, and it is let go of"


@pytest.mark.slow
def test_killed_on_the_way_to_a_directory_it_goes_on(
    plain: Path, standin: QdrantStandIn, tmp_path: Path
) -> None:
    migrate(plain, standin.url)
    words = ["--from", standin.url, "--to", str(tmp_path / "new")]
    killed(standin, words, nth(2, "POST", "/points/scroll"))
    assert "is an unfinished copy of http" in Said("status", "--index", tmp_path / "new").refusal
    done = migrate(standin.url, tmp_path / "new")
    assert (done.points, done.resumed, done.mended) == (POINTS, PAGE, 0)
    migrate(plain, tmp_path / "new", verify_only=True)


def test_a_server_that_goes_away_leaves_what_is_copied(
    plain: Path, standin: QdrantStandIn, tmp_path: Path
) -> None:
    standin.before = cut_at(nth(3, "PUT", "/points"))
    line = Said("migrate", "--from", plain, "--to", standin.url).refusal
    assert "no answer from Qdrant" in line
    assert f"{PAGE} points are copied, and the same command goes on from there" in line
    standin.before = lambda method, path, body: None
    assert Said("migrate", "--from", plain, "--to", standin.url, "--json").json["resumed"] == PAGE


def test_a_full_disk_leaves_what_is_copied(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = 0, shutil.disk_usage

    def usage(path: Path) -> Any:
        nonlocal asked
        found = real(path)
        if not Path(path).is_relative_to(tmp_path):
            return found
        asked += 1
        return found._replace(free=(NEEDED_MB - 1) << 20) if asked > 4 else found

    monkeypatch.setattr(shutil, "disk_usage", usage)
    line = Said("migrate", "--from", plain, "--to", tmp_path / "new").refusal
    assert "the disk is full" in line
    assert "the same command goes on" in line
    monkeypatch.setattr(shutil, "disk_usage", real)
    done = migrate(plain, tmp_path / "new")
    assert done.points == POINTS
    assert done.resumed > 0
    assert done.mended == 0


def test_what_is_found_is_told(plain: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    words = ("migrate", "--from", plain, "--to", copy)
    shown = Said(*words)
    assert f"{POINTS} points copied and compared in" in shown.out
    assert f"from {plain.resolve()}" in shown.out
    told = Said(*words, "--verify-only", "--json")
    assert set(told.json) == {field.name for field in fields(Migrated)}
    assert told.json["digest"][:16] in shown.out
    assert told.json["spaces"]["text"]["vectors"] == POINTS
    with EdgeEngine.open(copy) as engine:
        engine.set_payload({"n": -1}, [str(uuid.UUID(int=9))])
        engine.delete(ids=[str(uuid.UUID(int=10))])
    line = Said(*words, "--verify-only").refusal
    assert f"is not equal to {plain.resolve()}: 2 points are missing or otherwise, first 0" in line


def test_what_cannot_be_is_refused_in_one_line(plain: Path, tmp_path: Path) -> None:
    for words, why in (
        (("--from", tmp_path / "none", "--to", tmp_path / "new"), "no index at"),
        (("--from", plain, "--to", plain), "is both the source and the target"),
        (("--from", plain, "--to", "ftp://host/x"), "is no address of a Qdrant server"),
        (("--from", "", "--to", plain), "an empty path is no place"),
        (("--from", plain, "--to", "localhost:6333#x"), "write http://localhost:6333#x"),
        (("--from", plain, "--to", tmp_path / "new", "--verify-only"), "no index at"),
        (("--from", plain, "--to", "http://127.0.0.1:9"), "no answer from Qdrant"),
    ):
        assert why in Said("migrate", *words).refusal
    assert not (tmp_path / "new").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    assert "not empty" in Said("migrate", "--from", plain, "--to", tmp_path / "full").refusal
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["letter.txt"]
    assert Said("migrate", "--from", plain).code == 2


def test_a_collection_may_be_named_with_the_address(plain: Path, standin: QdrantStandIn) -> None:
    assert migrate(plain, f"{standin.url}#notes").target == f"{standin.url}#notes"
    assert ServerEngine.exists(standin.url, collection="notes")
    earlier = len(standin.requests)
    migrate(plain, f"{standin.url}#notes", verify_only=True)
    assert {m for m, _, _ in standin.requests[earlier:]} == {"GET", "POST"}, "nothing was written"
    with pytest.raises(InputError, match="both the source and the target"):
        migrate(standin.url, f"{standin.url}/#mmrag")
    with pytest.raises(StoreError, match="no collection 'other'"):
        migrate(f"{standin.url}#other", standin.url)
