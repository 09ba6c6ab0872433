"""Documents under another name: the same vectors, new words, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmrag.embeddings.bm25 import Bm25
from mmrag.errors import StoreError
from mmrag.ingest.filling import Filler
from mmrag.ingest.registry import remove_gone
from mmrag.ingest.rewriting import Rewriter
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.sync import Rewrite
from mmrag.ingest.upkeep import survey
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node, number_nodes, provenance_of, text_of
from mmrag.spaces import BM25_MODEL, Spaces, embed_text
from mmrag.store.documents import DocumentRecord, list_documents, put_documents, scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.nodes import payload_to_node
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, SparseSpace

SHA = {name: f"{number:064x}" for number, name in enumerate(("mast", "hut", "goat"))}


@dataclass
class Shelf:
    """A store with documents of two passages each; the vectors are random, the words are real."""

    store: MMRagQdrantStore
    files: Path
    vectors: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    def put(self, source: str, content: str, tenant: str | None = None) -> DocumentRecord:
        path = self.files / source
        nodes = [
            build_node(
                text,
                Provenance(source),
                modality=Modality.IMAGE,
                mimetype="image/png",
                path=path,
                surrogate=text == content,
            )
            for text in (content, f"words about the {content}")
        ]
        number_nodes(nodes, SHA[content], tenant)
        rng = np.random.default_rng(int(SHA[content], 16))
        dense = list(rng.normal(size=(2, 8)).astype(np.float32))
        words = Bm25().encode_documents([embed_text(node) for node in nodes])
        self.store.add(nodes, vectors={"text": dense, "bm25": words})
        record = DocumentRecord(
            *(source, SHA[content], 10, 1, 2, "image", "image/png", "2"), tenant=tenant
        )
        put_documents(self.store.engine, [record])
        return record

    def held(self) -> dict[str, list[str]]:
        """By source, the texts of its passages."""
        found: dict[str, list[str]] = {}
        for point in scroll_all(self.store.engine, CHUNKS):
            node = payload_to_node(point.payload)
            found.setdefault(provenance_of(node).source, []).append(text_of(node))
        return {source: sorted(texts) for source, texts in sorted(found.items())}

    def rewriter(self, tenant: str | None = None) -> Rewriter:
        return Rewriter(Filler(self.store, Spaces([BM25_MODEL])), tenant)

    def to(self, source: str) -> SourceFile:
        return SourceFile(self.files / source, source, 10, 99)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    spaces = [DenseSpace("text", 8), SparseSpace("bm25")]
    store = MMRagQdrantStore.from_path(tmp_path / "index", spaces)
    yield Shelf(store, tmp_path / "files")
    store.close()


def test_a_moved_document_keeps_its_vectors_and_has_the_words_of_its_new_name(shelf: Shelf) -> None:
    record = shelf.put("old/mast.png", "mast")
    before = {
        p.payload["chunk"]: p
        for p in scroll_all(shelf.store.engine, with_vectors=True)
        if p.vectors
    }
    [outcome] = shelf.rewriter().run([Rewrite(record, shelf.to("new/barometer.png"), leaves=True)])
    assert (outcome.source, outcome.status, outcome.nodes) == ("new/barometer.png", "moved", 2)
    [marker] = list_documents(shelf.store.engine)
    assert (marker.source, marker.mtime_ns, marker.chunks) == ("new/barometer.png", 99, 2)
    points = list(scroll_all(shelf.store.engine, CHUNKS, with_vectors=True))
    assert len(points) == 2
    for point in points:
        node = payload_to_node(point.payload)
        old = before[point.payload["chunk"]]
        np.testing.assert_array_equal(point.vectors["text"], old.vectors["text"])
        [words] = Bm25().encode_documents([embed_text(node)])  # type: ignore[arg-type]
        assert dict(
            zip(point.vectors["bm25"].indices, point.vectors["bm25"].values, strict=True)
        ) == (  # type: ignore[union-attr]
            pytest.approx(dict(zip(words.indices, words.values, strict=True)))
        )
        assert point.payload["source"] == node.metadata["source"] == "new/barometer.png"
        assert node.metadata["title"] == "new barometer"
        path = shelf.files / "new/barometer.png"
        assert node.metadata["file_path"] == str(path)
        assert Path(node.image_resource.path) == path  # type: ignore[attr-defined]
        assert node.ref_doc_id == marker.id == point.payload["doc_id"]
    assert survey(shelf.store.engine).passages == {(None, "new/barometer.png"): 2}


def test_a_name_that_stands_in_for_words_changes_and_other_words_do_not(shelf: Shelf) -> None:
    record = shelf.put("mast.png", "mast")
    list(shelf.rewriter().run([Rewrite(record, shelf.to("tower.png"), leaves=True)]))
    assert shelf.held() == {"tower.png": ["tower", "words about the mast"]}
    nodes = [payload_to_node(p.payload) for p in scroll_all(shelf.store.engine, CHUNKS)]
    assert sorted(bool(node.metadata.get(SURROGATE)) for node in nodes) == [False, True]


def test_copies_moves_and_swaps_in_one_run(shelf: Shelf) -> None:
    mast, hut = shelf.put("a.png", "mast"), shelf.put("b.png", "hut")
    goat = shelf.put("c.png", "goat")
    rewriter = shelf.rewriter()
    rows = [
        Rewrite(mast, shelf.to("b.png"), leaves=False),
        Rewrite(hut, shelf.to("a.png"), leaves=False),
        Rewrite(goat, shelf.to("d.png"), leaves=True),
        Rewrite(goat, shelf.to("e.png"), leaves=False),
    ]
    told = {outcome.source: outcome.status for outcome in rewriter.run(rows)}
    assert told == {"a.png": "copied", "b.png": "copied", "d.png": "moved", "e.png": "copied"}
    assert rewriter.moved == {"c.png"} and not rewriter.unfit
    about = {source: texts[-1] for source, texts in shelf.held().items()}
    assert about == {
        "a.png": "words about the hut",
        "b.png": "words about the mast",
        "d.png": "words about the goat",
        "e.png": "words about the goat",
    }
    found = survey(shelf.store.engine)
    assert not (found.orphans or found.stale or found.repeated or found.half_written)


def test_what_is_not_whole_is_read_instead(shelf: Shelf) -> None:
    record = shelf.put("a.png", "mast")
    [lost, _] = [point.id for point in scroll_all(shelf.store.engine, CHUNKS)]
    shelf.store.engine.delete(ids=[lost])
    rewriter = shelf.rewriter()
    assert list(rewriter.run([Rewrite(record, shelf.to("b.png"), leaves=True)])) == []
    assert rewriter.unfit == [shelf.to("b.png")] and not rewriter.moved
    assert list(shelf.held()) == ["a.png"]


def test_documents_of_others_are_not_seen(shelf: Shelf) -> None:
    nobodys, anns = shelf.put("a.png", "mast"), shelf.put("a.png", "mast", tenant="ann")
    list(shelf.rewriter("ann").run([Rewrite(anns, shelf.to("b.png"), leaves=True)]))
    assert list_documents(shelf.store.engine) == [nobodys]
    assert [r.source for r in list_documents(shelf.store.engine, tenant="ann")] == ["b.png"]
    found = survey(shelf.store.engine)
    assert found.passages == {(None, "a.png"): 2, ("ann", "b.png"): 2} and not found.orphans


@pytest.mark.parametrize("dies_at", range(9))
def test_a_move_that_dies_anywhere_is_finished_by_the_next_run(
    shelf: Shelf, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mast, hut = shelf.put("a.png", "mast"), shelf.put("b.png", "hut")
    rows = [
        Rewrite(mast, shelf.to("new/a.png"), leaves=True),
        Rewrite(hut, shelf.to("new/b.png"), leaves=True),
    ]
    engine, calls = shelf.store.engine, 0
    with monkeypatch.context() as patched:
        for name in ("upsert", "delete", "flush"):
            whole = getattr(engine, name)

            def dying(*args: Any, _whole: Any = whole, **kwargs: Any) -> None:
                nonlocal calls
                calls += 1
                if calls > dies_at:
                    raise StoreError("killed here")
                _whole(*args, **kwargs)

            patched.setattr(engine, name, dying)
        if dies_at < 8:
            with pytest.raises(StoreError, match="killed"):
                list(shelf.rewriter().run(rows))
        else:
            list(shelf.rewriter().run(rows))
            assert calls == 8, "a write was added: let the test die at it too"
    known = {record.source for record in list_documents(engine)}
    assert {"a.png", "new/a.png"} & known and {"b.png", "new/b.png"} & known, "a document is lost"
    left = [row for row in rows if row.file.source not in known and row.of.source in known]
    rewriter = shelf.rewriter()
    list(rewriter.run(left))
    assert not rewriter.unfit
    gone = sorted(({"a.png", "b.png"} & known) - rewriter.moved)
    list(remove_gone(engine, gone, None))
    assert list(shelf.held()) == ["new/a.png", "new/b.png"]
    found = survey(engine)
    assert not (found.orphans or found.stale or found.repeated or found.half_written)
