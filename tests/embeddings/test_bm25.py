"""BM25 through the real engine, against the formula written out by hand."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmrag.embeddings.bm25 import Bm25
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import DenseSpace, Point, Prefetch, Query, SparseSpace, SparseVector
from mmrag.words import forms

CORPUS = [
    "The barometer fell all night; by morning the barometer stood at 652 and snow fell.",
    "Snow depth was measured every morning at the station.",
    "Wind measurements began in 1931 with an anemometer from London.",
    "Barometern vid väderstationen köptes i Östersund 1934.",
    "Stationen i Östersund mätte snö, och stationerna norr om Östersund mätte vind.",
    "Goats",
    "The station keeper kept goats. Goats ate the wind vane. The keeper bought another vane. " * 6,
    "",
]
QUERIES = [
    "barometer",
    "when did the snow fall?",
    "goats goats goats station",
    "ostersund stationer",
    "measuring wind measurement in 1931",
    "Where did the keeper's barometer stand?",
]
K1, B, AVERAGE = 1.2, 0.75, 50.0
FUNCTION_WORDS = set("the by at and was in with an from all did when where i vid och om".split())


def words(text: str) -> list[str]:
    """The corpus is plain enough to be cut without mmrag's tokenizer."""
    found = re.findall(r"\w+", re.sub(r"'s\b", "", text.lower()))
    return [word for word in found if word not in FUNCTION_WORDS]


def by_hand(query: str, corpus: list[str]) -> dict[int, float]:
    """BM25 as in Robertson and Zaragoza 2009, (3.15), over the forms of words."""
    documents = [(len(words(t)), [s for w in words(t) for s in forms(w)]) for t in corpus]
    held = [document for document in documents if document[0]]
    scores: dict[int, float] = {}
    for word in set(words(query)):
        for shape in forms(word):
            n = sum(shape in shapes for _, shapes in held)
            idf = math.log(1 + (len(held) - n + 0.5) / (n + 0.5))
            for row, (length, shapes) in enumerate(documents):
                tf = shapes.count(shape)
                part = tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / AVERAGE)) if tf else 0.0
                scores[row] = scores.get(row, 0.0) + idf * part / len(forms(word))
    return {row: score for row, score in scores.items() if score > 0}


def uid(row: int) -> str:
    return str(uuid.UUID(int=row + 1))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeEngine]:
    directory: Path = tmp_path_factory.mktemp("bm25") / "index"
    with EdgeEngine.create(directory, [DenseSpace("text", 2), SparseSpace("bm25")]) as made:
        vectors = Bm25(K1, B, AVERAGE).encode_documents(CORPUS)
        made.upsert([Point(uid(row), {"bm25": v}) for row, v in enumerate(vectors)])
        yield made


@pytest.mark.parametrize("query", QUERIES)
def test_the_engine_ranks_and_scores_as_the_formula_does(engine: EdgeEngine, query: str) -> None:
    wanted = by_hand(query, CORPUS)
    assert len(wanted) > 1
    vector = Bm25().encode_query(query)
    hits = engine.query(Query((Prefetch(vector, "bm25", 10),), limit=10))
    ranking = sorted(wanted, key=lambda row: (-wanted[row], uid(row)))
    assert [hit.id for hit in hits] == [uid(row) for row in ranking]
    assert [hit.score for hit in hits] == pytest.approx([wanted[r] for r in ranking], abs=1e-4)


def test_a_word_of_a_query_counts_once_however_often_it_is_said() -> None:
    encoder = Bm25()
    assert encoder.encode_query("goats goats GOATS") == encoder.encode_query("goats")
    once = encoder.encode_query("barometer 1934")
    # the forms of a word share one weight, so that words with many forms are not worth more
    assert sum(once.values) == pytest.approx(2.0)


def test_repetition_saturates_and_length_costs() -> None:
    once, often, long = Bm25().encode_documents(["snow", "snow " * 9, "snow " + "rime " * 60])

    def weight(vector: SparseVector) -> float:
        term = once.indices[0]
        return dict(zip(vector.indices, vector.values, strict=True))[term]

    assert weight(once) < weight(often) < 2.2  # k1 + 1 is never reached
    assert weight(long) < weight(once)


def test_a_text_without_content_words_has_no_terms() -> None:
    nothing = SparseVector((), ())
    assert Bm25().encode_documents(["", "  \n", "the of and", "?!"]) == [nothing] * 4
    assert Bm25().encode_query("what is it?") == nothing


def test_swedish_is_found_by_its_inflections_and_without_diacritics() -> None:
    (document,) = Bm25().encode_documents(["Väderstationerna låg i Östersund."])
    for query in ("väderstation", "vaderstationer", "OSTERSUND", "östersunds"):
        assert set(Bm25().encode_query(query).indices) & set(document.indices), query
    assert not set(Bm25().encode_query("snöstation").indices) & set(document.indices)


def test_term_ids_are_crc32_and_sorted() -> None:
    vector = Bm25().encode_query("1934 1931")
    # the CRC-32 that gzip writes for "1934" and "1931": an index outlives the process
    assert vector == SparseVector((0x97B60F42, 0xE7DCFBCD), (1.0, 1.0))
