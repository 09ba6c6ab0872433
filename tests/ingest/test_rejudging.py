"""Judging an index that is there: by its own vectors, writing only what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import Node

from mmrag import MMRagIndex, Settings
from mmrag.ingest.judging import Judgement
from mmrag.ingest.rejudging import rejudge
from mmrag.schema import LABELS, text_of
from mmrag.spaces import Columns
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, IsEmpty, Match, NoneOf

NOTES = {"goat.md": "The goat ate the rope.", "mast.md": "The mast fell in a gale."}


class ByWord:
    """Labels notes with a word that stands in them; refuses what it is told to."""

    keys = frozenset({LABELS})

    def __init__(self, word: str, refused: str = "nothing") -> None:
        self.word, self.refused = word, refused
        self.seen: list[Columns] = []

    def judge(self, nodes: Sequence[Node], columns: Columns) -> list[Judgement]:
        self.seen.append(columns)
        return [
            Judgement(
                {LABELS: [self.word]} if self.word in text_of(node) else {},
                f"tells of a {self.refused}" if self.refused in text_of(node) else None,
            )
            for node in nodes
        ]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    settings = Settings().with_changes({"ingest.workers": 0})
    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(place, profile="offline", settings=settings) as made:
        made.index(folder)
        made.for_tenant("acme").index(folder)
        yield made


def labelled(index: MMRagIndex) -> list[object]:
    where = All((CHUNKS, NoneOf((IsEmpty(LABELS),))))
    points = scroll_all(index.vector_store.engine, where)
    return sorted((p.payload["source"], p.payload[LABELS]) for p in points)


def test_only_what_differs_is_written_and_labels_leave_again(index: MMRagIndex) -> None:
    store = index.vector_store
    told: list[int] = []
    first = rejudge(store, [ByWord("goat")], None, progress=told.append)
    assert (first.looked_at, first.changed, first.refused) == (2, 1, {})
    assert told == [2]
    assert labelled(index) == [("goat.md", ["goat"])]
    assert rejudge(store, [ByWord("goat")], None).changed == 0
    assert rejudge(store, [ByWord("mast")], None).changed == 2  # one gets it, one loses its own
    assert labelled(index) == [("mast.md", ["mast"])]
    assert store.engine.count(All((CHUNKS, Match(LABELS, "mast")))) == 1
    assert rejudge(store, [ByWord("nothing")], None).changed == 1
    assert labelled(index) == []


def vectors(index: MMRagIndex) -> list[list[str]]:
    points = scroll_all(index.vector_store.engine, CHUNKS, with_vectors=True)
    return [sorted(map(str, point.vectors.items())) for point in points]


def test_judges_see_the_vectors_that_are_kept(index: MMRagIndex) -> None:
    judge, before = ByWord("goat"), vectors(index)
    rejudge(index.vector_store, [judge], None)
    (columns,) = judge.seen
    assert set(columns) == {"text", "bm25", "ngram"}
    assert [np.linalg.norm(v) for v in columns["text"]] == pytest.approx([1, 1])  # type: ignore[arg-type]
    kept = {vector for row in before for vector in row}
    assert {str(("text", vector)) for vector in columns["text"]} <= kept
    assert columns["ngram"] == [None, None]
    assert vectors(index) == before
    rejudge(index.vector_store, [ByWord("nothing")], None)


def test_another_tenant_is_left_alone_and_refusals_are_told(index: MMRagIndex) -> None:
    done = rejudge(index.vector_store, [ByWord("goat", refused="mast")], "acme")
    assert (done.looked_at, done.changed) == (2, 1)
    assert done.refused == {"mast.md": "tells of a mast"}
    (point,) = scroll_all(index.vector_store.engine, All((CHUNKS, Match(LABELS, "goat"))))
    assert point.payload["tenant"] == "acme"
    rejudge(index.vector_store, [ByWord("nothing")], "acme")


def test_what_was_written_before_an_interrupt_stays(index: MMRagIndex) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rejudge(index.vector_store, [ByWord("goat")], None, progress=stop)
    assert labelled(index) == [("goat.md", ["goat"])]
    assert rejudge(index.vector_store, [ByWord("nothing")], None).changed == 1


def test_nodes_of_other_makers_are_passed_over(tmp_path: Path) -> None:
    from llama_index.core.schema import TextNode

    settings = Settings().with_changes({"ingest.workers": 0})
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings) as own:
        own.vector_store.add([TextNode(text="a goat", id_="1")])
        assert rejudge(own.vector_store, [ByWord("goat")], None).looked_at == 0
