"""Letter trigrams through the real engine: what respellings still share with a name."""

from __future__ import annotations

import math
import uuid
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.embeddings.trigrams import Trigrams
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import DenseSpace, Point, Prefetch, Query, SparseSpace, SparseVector

HEARD = [
    "In Jamor, Gaskillson from Tiana, Vinnia repaired the harbor crane.",
    "Margaret Hall -Rimson from Port -Leaven painted the Great White House.",
    "Pieter Quller trom Mevagissey wrote a hastory of the lerry.",
    "The weather was poor and few people came.",
]


def ids(*trigrams: str) -> tuple[int, ...]:
    return tuple(sorted(zlib.crc32(trigram.encode()) for trigram in trigrams))


@pytest.mark.parametrize(
    ("name", "row"), [("Eskildsen", 0), ("Hallgrimsen", 1), ("Porthleven", 1), ("Quiller", 2)]
)
def test_a_name_finds_its_respelling(tmp_path: Path, name: str, row: int) -> None:
    with EdgeEngine.create(tmp_path / "i", [DenseSpace("text", 2), SparseSpace("ngram")]) as engine:
        vectors = Trigrams().encode_documents(HEARD)
        points = [str(uuid.UUID(int=at + 1)) for at in range(len(HEARD))]
        engine.upsert([Point(p, {"ngram": v}) for p, v in zip(points, vectors, strict=True)])
        asked = Trigrams().encode_query([name])
        hits = engine.query(Query((Prefetch(asked, "ngram", 4),), limit=4))
        assert hits[0].id == points[row]
        # presence times the weight in the name times the engine's inverse document frequency
        shared = set(asked.indices) & set(vectors[row].indices)
        holding = {t: sum(t in vector.indices for vector in vectors) for t in shared}
        idf = {t: math.log(1 + (4 - n + 0.5) / (n + 0.5)) for t, n in holding.items()}
        weights = dict(zip(asked.indices, asked.values, strict=True))
        assert hits[0].score == pytest.approx(sum(weights[t] * idf[t] for t in shared), abs=1e-4)


def test_trigrams_span_words_and_take_no_notice_of_case_accents_and_marks() -> None:
    (document,) = Trigrams().encode_documents(["Å B. 1956-çØ"])
    assert document == SparseVector(ids("abc", "bco"), (1.0, 1.0))
    assert Trigrams().encode_query(["Kvaløya"]) == Trigrams().encode_query(["KVALOYA"])


def test_a_name_counts_as_the_root_of_its_length_and_once() -> None:
    assert Trigrams().encode_query(["Brz", "brzez"]) == SparseVector(
        *zip(
            *sorted(
                {
                    zlib.crc32(b"brz"): 1 + 1 / math.sqrt(3),
                    zlib.crc32(b"rze"): 1 / math.sqrt(3),
                    zlib.crc32(b"zez"): 1 / math.sqrt(3),
                }.items()
            ),
            strict=True,
        )
    )
    assert Trigrams().encode_query(["Zennor", "Zennor"]) == Trigrams().encode_query(["Zennor"])


@given(st.text())
def test_any_text_gives_a_valid_vector(text: str) -> None:
    (vector,) = Trigrams().encode_documents([text])
    assert len(vector.indices) == len(vector.values) == len(set(vector.indices))
    assert list(vector.indices) == sorted(vector.indices)
    assert Trigrams().encode_query([text]).indices == vector.indices


def test_what_has_no_three_letters_has_no_vector() -> None:
    assert Trigrams().encode_documents(["", "12 345", "a b", "?!"]) == [SparseVector((), ())] * 4
    assert Trigrams().encode_query([]) == SparseVector((), ())
