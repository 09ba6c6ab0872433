"""Copies from engine to engine: whole, unfinished, of a source that changes, into what is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from mmrag.errors import StoreError
from mmrag.store.comparing import PAGE, compare, content_count, pages
from mmrag.store.documents import DocumentRecord
from mmrag.store.edge import EdgeEngine
from mmrag.store.engine import CheckedEngine
from mmrag.store.kinds import CHUNK, HIDDEN, KIND
from mmrag.store.manifest import MANIFEST_ID, Manifest, SpaceModel, read_manifest, write_manifest
from mmrag.store.migration import Copied, Migration
from mmrag.store.server import ServerEngine
from mmrag.store.spec import DenseSpace, Point, Quantization, Space, SparseVector
from mmrag.store.unfinished import Unfinished

MANIFEST = Manifest("0.1", "offline", (SpaceModel("text", "pip:x", None, 8, "cosine"),))
MARK = Unfinished("here", "there")
MANY = 2 * PAGE + 40


def uid(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


def chunk(number: int, *, word: str = "heath") -> Point:
    """Now and then without one of its vectors, as pictures and passages are."""
    drawn = np.random.default_rng(number)
    vectors: dict[str, np.ndarray | SparseVector] = {
        "text": drawn.normal(size=8).astype(np.float32)
    }
    if number % 3:
        vectors["clip"] = drawn.normal(size=5).astype(np.float32)
    if number % 2:
        vectors["bm25"] = SparseVector((number, number + 7), (0.1, 1.7))
    kind = HIDDEN if number % 10 == 9 else CHUNK
    payload = {KIND: kind, "text": f"{word} {number}", "tenant": f"t{number % 2}", "weight": 0.1}
    return Point(uid(number), vectors, payload)


def fill(engine: CheckedEngine, number: int = MANY) -> None:
    record = DocumentRecord("a.md", "0" * 64, 1, 2, 3, "text", "text/markdown", "1")
    failed = DocumentRecord(
        "b.pdf", "1" * 64, 1, 2, 0, "text", "application/pdf", "1", state="failed", reason="locked"
    )
    engine.upsert(
        [*map(chunk, range(number)), record.to_point(), failed.to_point()],
    )
    write_manifest(engine, MANIFEST)


def double(spaces: list[Space]) -> ServerEngine:
    return ServerEngine.from_client(QdrantClient(":memory:"), spaces)


@pytest.fixture(scope="module")
def source(spaces: list[Space], tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeEngine]:
    """Not to be changed by tests."""
    with EdgeEngine.create(tmp_path_factory.mktemp("source") / "index", spaces) as engine:
        fill(engine)
        yield engine


@pytest.fixture
def changing(spaces: list[Space]) -> Iterator[ServerEngine]:
    """A source that tests may change."""
    with double(spaces) as engine:
        fill(engine)
        yield engine


@pytest.fixture
def empty(spaces: list[Space]) -> Iterator[ServerEngine]:
    with double(spaces) as engine:
        yield engine


@pytest.fixture
def directory(tmp_path: Path, spaces: list[Space]) -> Iterator[EdgeEngine]:
    with EdgeEngine.create(tmp_path / "target", spaces) as engine:
        yield engine


class Cut(Exception):
    """The run ends here."""


def migrated(source: CheckedEngine, target: CheckedEngine, *, until: int | None = None) -> Copied:
    """A whole copy, or one that is cut off after so many pages."""

    def told(what: str, done: int, total: int) -> None:
        nonlocal until
        if until is not None:
            until -= 1
            if until == 0:
                raise Cut(what)

    run = Migration(source, target, MARK, told)
    run.begin()
    copied = run.copy()
    run.finish(read_manifest(source))
    return copied


def written(engine: CheckedEngine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids that are written from now on, without those of marks and manifests."""
    ids: list[str] = []
    upsert = engine.upsert

    def noted(points: Sequence[Point]) -> None:
        ids.extend(point.id for point in points if point.id != MANIFEST_ID)
        upsert(points)

    monkeypatch.setattr(engine, "upsert", noted)
    return ids


def test_a_copy_goes_round(source: EdgeEngine, empty: ServerEngine, directory: EdgeEngine) -> None:
    there, back = migrated(source, empty), migrated(empty, directory)
    assert read_manifest(empty) == read_manifest(directory) == MANIFEST
    for copied in (there, back):
        assert (copied.resumed, copied.mended) == (0, 0)
        one, two = copied.comparison.source, copied.comparison.target
        assert one.points == two.points == MANY + 2
        assert two.kinds == {CHUNK: MANY - MANY // 10, HIDDEN: MANY // 10, "document": 2}
        assert one.content == two.content == there.comparison.source.content
        for name in ("clip", "bm25"):
            assert one.vectors_of(name) == two.vectors_of(name)
    assert there.comparison.deviation.get("text", 0.0) < 2e-7, "the double normalises anew"
    assert back.comparison.deviation == {}, "Qdrant leaves alone what has length 1"
    payloads = {p.id: dict(p.payload) for page in pages(source) for p in page}
    assert payloads == {p.id: dict(p.payload) for page in pages(directory) for p in page}


@pytest.mark.parametrize("pages_done", [1, 3, 4])
def test_what_was_cut_off_goes_on(
    source: EdgeEngine, empty: ServerEngine, pages_done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a page, after the last one, and while both sides are compared."""
    with pytest.raises(Cut):
        migrated(source, empty, until=pages_done)
    with pytest.raises(StoreError, match="unfinished copy of here; finish it with: mmrag migrate "):
        read_manifest(empty)
    there = content_count(empty)
    assert there == min(pages_done * PAGE, MANY + 2)
    ids = written(empty, monkeypatch)
    copied = migrated(source, empty)
    assert copied.resumed == there
    assert len(ids) == MANY + 2 - there
    assert compare(source, empty).equal


def test_a_source_that_changed_is_noticed_and_followed(
    changing: ServerEngine, directory: EdgeEngine
) -> None:
    with pytest.raises(Cut):
        migrated(changing, directory, until=2)
    changing.upsert([chunk(3, word="moor")])  # was copied
    changing.delete(ids=[uid(5)])  # was copied
    changing.upsert([chunk(MANY + 1)])  # is copied as the others
    copied = migrated(changing, directory)
    assert copied.mended == 2
    assert compare(changing, directory).equal
    assert directory.retrieve([uid(5)]) == []
    assert directory.retrieve([uid(3)])[0].payload["text"] == "moor 3"


def test_a_source_that_never_rests_is_refused(
    changing: ServerEngine, directory: EdgeEngine
) -> None:
    def restless(what: str, done: int, total: int) -> None:
        nonlocal number
        if what == "comparing" and done == PAGE:
            number += 1
            changing.upsert([chunk(MANY - 1, word=f"word {number}")])

    number = 0
    run = Migration(changing, directory, MARK, restless)
    run.begin()
    with pytest.raises(StoreError, match=r"after 3 comparisons.*stop what writes to either"):
        run.copy()
    with pytest.raises(StoreError, match="unfinished"):
        read_manifest(directory)


def test_what_holds_something_else_is_left_alone(source: EdgeEngine, empty: ServerEngine) -> None:
    empty.upsert([chunk(1)])
    with pytest.raises(StoreError, match="there holds points already, 1 of them"):
        migrated(source, empty)
    assert empty.count() == 1


def test_a_copy_of_another_source_is_left_alone(source: EdgeEngine, empty: ServerEngine) -> None:
    run = Migration(source, empty, Unfinished("elsewhere", "there"), lambda what, done, of: None)
    run.begin()
    with pytest.raises(StoreError, match="unfinished copy of elsewhere, not of here"):
        migrated(source, empty)


def test_a_finished_copy_is_not_copied_again(source: EdgeEngine, empty: ServerEngine) -> None:
    migrated(source, empty)
    with pytest.raises(StoreError, match="holds points already, 552 of them"):
        migrated(source, empty)


def test_a_manifest_alone_is_no_content(source: EdgeEngine, empty: ServerEngine) -> None:
    """As of a collection that was left without its mark, and then opened."""
    write_manifest(empty, Manifest("0.1", "default"))
    assert migrated(source, empty).resumed == 0
    assert read_manifest(empty) == MANIFEST


def test_spaces_that_the_source_lacks_are_refused(source: EdgeEngine, spaces: list[Space]) -> None:
    with double([*spaces, DenseSpace("clap", 4)]) as other:
        with pytest.raises(StoreError, match="has a space 'clap', which the source does not have"):
            migrated(source, other)
        assert other.count() == 0


def test_nothing_is_added_to_a_target_that_is_refused(source: EdgeEngine) -> None:
    with double([DenseSpace("clap", 4)]) as other:
        with pytest.raises(StoreError, match="has a space 'clap'"):
            migrated(source, other)
        assert list(other.spaces) == ["clap"]


def test_a_space_that_came_later_is_added(changing: ServerEngine, empty: ServerEngine) -> None:
    with pytest.raises(Cut):
        migrated(changing, empty, until=2)
    changing.add_space(DenseSpace("clap", 4))
    changing.update_vectors([Point(uid(1), {"clap": np.arange(4, dtype=np.float32)})])
    migrated(changing, empty)
    assert empty.spaces == changing.spaces
    assert compare(changing, empty).equal


def test_codes_are_made_as_the_source_has_them(tmp_path: Path) -> None:
    wide: list[Space] = [DenseSpace("text", 64), DenseSpace("clip", 64, "dot")]
    codes: dict[str, Quantization] = {"text": "int8", "clip": "turbo"}
    client = QdrantClient(":memory:")
    with (
        ServerEngine.from_client(client, wide, quantization=codes) as source,
        EdgeEngine.create(tmp_path / "t", wide) as target,
    ):
        source.upsert([Point(uid(i), {"text": np.ones(64, np.float32)}, {}) for i in range(50)])
        run = Migration(source, target, MARK, lambda what, done, of: None)
        run.begin()
        run.copy()
        assert target.quantization == {"text": "none", "clip": "none"}
        run.finish(None)
        assert target.quantization == codes
        assert target.count() == 50, "without a manifest at the source, no mark stays"


def test_points_of_others_that_cannot_be_copied_are_told(empty: ServerEngine) -> None:
    client = QdrantClient(":memory:")
    with ServerEngine.from_client(client, list(empty.spaces.values())) as source:
        client.upsert("mmrag", [_numbered()])
        run = Migration(source, empty, MARK, lambda what, done, of: None)
        run.begin()
        with pytest.raises(
            StoreError, match="here has a point that cannot be copied: point id '5'"
        ):
            run.copy()


def _numbered() -> object:
    from qdrant_client import models

    return models.PointStruct(id=5, vector={"text": [1.0] * 8}, payload={})


Change = Callable[[CheckedEngine], None]


def _other_payload(engine: CheckedEngine) -> None:
    engine.set_payload({"weight": 0.2}, [uid(2)])


def _other_dot_vector(engine: CheckedEngine) -> None:
    (point,) = engine.retrieve([uid(2)], with_vectors=True)
    vector = np.nextafter(np.asarray(point.vectors["clip"]), np.float32(9))
    engine.update_vectors([Point(uid(2), {"clip": vector})])


def _other_cosine_vector(engine: CheckedEngine) -> None:
    (point,) = engine.retrieve([uid(2)], with_vectors=True)
    vector = np.asarray(point.vectors["text"]).copy()
    vector[0] += 4e-6
    engine.update_vectors([Point(uid(2), {"text": vector})])


def _other_weight_of_a_term(engine: CheckedEngine) -> None:
    engine.update_vectors([Point(uid(1), {"bm25": SparseVector((1, 8), (0.1, 1.7000002))})])


def _one_less(engine: CheckedEngine) -> None:
    engine.delete(ids=[uid(2)])


@pytest.mark.parametrize(
    "change",
    [
        _other_payload,
        _other_dot_vector,
        _other_cosine_vector,
        _other_weight_of_a_term,
        _one_less,
    ],
)
def test_a_comparison_finds_what_is_otherwise(
    source: EdgeEngine, empty: ServerEngine, change: Change
) -> None:
    migrated(source, empty)
    change(empty)
    found = compare(source, empty)
    assert found.differing == [uid(1 if change is _other_weight_of_a_term else 2)]
    assert not found.equal
    assert not compare(empty, source).equal


def test_a_comparison_counts_what_is_too_much(source: EdgeEngine, empty: ServerEngine) -> None:
    migrated(source, empty)
    empty.upsert([chunk(MANY + 5)])
    found = compare(source, empty)
    assert (found.differing, found.surplus, found.equal) == ([], 1, False)
