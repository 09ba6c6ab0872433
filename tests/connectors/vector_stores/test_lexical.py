"""Words in memory score as they do in Qdrant."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from mmrag.embeddings.bm25 import Bm25
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import DenseSpace, Point, Prefetch, Query, SparseSpace
from mmrag_connectors.vector_stores.lexical import LexicalSpace

TEXTS = (
    "The mast was rebuilt by the north wall in May",
    "Snow lay on the mast until May, snow on snow",
    "Nothing of the kind",
    "The wall of the hut",
    "snow",
)
VECTORS = {str(UUID(int=row)): vector for row, vector in enumerate(Bm25().encode_documents(TEXTS))}
QUESTIONS = [Bm25().encode_query(words) for words in ("snow on the mast", "wall", "gramophone")]


@pytest.mark.parametrize("gone", [[], list(VECTORS)[1:2]], ids=["all", "after a removal"])
def test_scores_are_those_of_qdrant(tmp_path: Path, gone: list[str]) -> None:
    words = LexicalSpace()
    for node_id, vector in VECTORS.items():
        words.put(node_id, vector)
        words.put(node_id, vector)  # in place of itself
    for node_id in gone:
        words.remove(node_id)
        words.remove(node_id)
        assert words.vector(node_id) is None
    left = {node_id: vector for node_id, vector in VECTORS.items() if node_id not in gone}
    assert sorted(words.ids()) == sorted(left)
    engine = EdgeEngine.open_or_create(
        tmp_path / "points", [DenseSpace("text", 1), SparseSpace("bm25")]
    )
    engine.upsert([Point(node_id, {"bm25": vector}) for node_id, vector in left.items()])
    for query in QUESTIONS:
        expected = engine.query(Query((Prefetch(query, "bm25", 9),), 9))
        found = words.rank(query)
        assert [row for row, _ in found] == [hit.id for hit in expected]
        assert [score for _, score in found] == pytest.approx([hit.score for hit in expected])
    engine.close()
