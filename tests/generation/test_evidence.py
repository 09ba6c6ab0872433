"""Evidence: which sentences answer, and which are quoted together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import NodeWithScore

from mmrag.generation.evidence import MAX_SENTENCE, Evidence, gather, select
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node
from mmrag.store.spec import FloatArray


def embed(texts: Sequence[str]) -> FloatArray:
    """Hashed bags of words as unit vectors: no weights, the same everywhere."""
    vectors = np.full((len(texts), 64), 1e-3, dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            vectors[row, zlib.crc32(word.encode()) % 64] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def hit(text: str, *, source: str = "a.md", heading: str = "", score: float = 0.5) -> NodeWithScore:
    where = Provenance(source, heading=(heading,) if heading else ())
    node = build_node(text, where, modality=Modality.TEXT, mimetype="text/plain")
    return NodeWithScore(node=node, score=score)


def found_in(question: str, *hits: NodeWithScore) -> dict[str, Evidence]:
    return {evidence.text: evidence for evidence in gather(question, hits, embed)}


def test_every_sentence_is_weighed_with_its_place_and_cosine() -> None:
    one, other = hit("Snow fell. Goats ate the vane.", score=0.25), hit("Wind rose.", score=1.0)
    found = gather("Did goats eat snow?", [one, other], embed)
    assert {(e.node.node_id, e.start, e.end) for e in found} == {
        (one.node.node_id, 0, 10),
        (one.node.node_id, 11, 30),
        (other.node.node_id, 0, 10),
    }
    assert [e.score for e in found] == sorted((e.score for e in found), reverse=True)
    for evidence in found:
        cosine = float(np.dot(*embed(["Did goats eat snow?", evidence.text])))
        assert evidence.cosine == pytest.approx(cosine, abs=1e-6)
        assert evidence.retrieval == (0.25 if evidence.node is one.node else 1.0)


def test_coverage_counts_the_passage_and_its_heading_within_only_the_sentence() -> None:
    question = "When did Anna measure snow?"
    plain, headed = hit("Snow fell. Wind rose."), hit("Wind rose.", heading="Anna Lind")
    found = found_in(question, plain)
    assert found["Snow fell."].within == found["Snow fell."].coverage > 0
    assert found["Wind rose."].within == 0.0
    assert found["Wind rose."].coverage == found["Snow fell."].coverage
    assert found_in(question, headed)["Wind rose."].covered == {"anna"}


def test_a_word_that_stands_in_every_passage_weighs_little() -> None:
    hits = [hit("The station has goats.")]
    hits += [hit(f"The station has barometer {n}.") for n in range(9)]
    found = found_in("Does the station have goats?", *hits)
    assert found["The station has goats."].within > 0.9
    assert found["The station has barometer 3."].within < 0.1


@pytest.mark.parametrize(
    ("question", "fitting"),
    [
        ("How high is the hut?", {"Hut B is 12 m high."}),
        ("Hur hög är stugan?", {"Hut B is 12 m high."}),
        ("When was the hut built?", {"Hut B is 12 m high."}),
        ("How high are the 12 huts?", set()),  # its own number is no answer
        ("Who owns the hut?", {"The hut is Anna Lind's."}),
        ("Vem äger stugan?", {"The hut is Anna Lind's."}),
        ("Who else than Anna Lind owns a hut?", set()),
        (
            "Where is the hut?",
            {"Hut B is 12 m high.", "The hut is Anna Lind's.", "The hut is red."},
        ),
    ],
)
def test_a_sentence_fits_that_holds_the_kind_of_thing_asked_for(
    question: str, fitting: set[str]
) -> None:
    found = found_in(
        question, hit("Hut B is 12 m high."), hit("The hut is Anna Lind's."), hit("The hut is red.")
    )
    assert len(found) == 3
    assert {text for text, evidence in found.items() if evidence.fits == 1.0} == fitting


def test_a_file_name_that_stands_in_for_a_text_is_no_evidence() -> None:
    picture = hit("Summit hut at dusk")
    picture.node.metadata[SURROGATE] = True
    assert gather("summit hut at dusk", [picture], embed) == []
    assert set(found_in("summit hut", picture, hit("The hut."))) == {"The hut."}
    asked_for = found_in("Is there a picture of the summit hut?", picture)
    assert set(asked_for) == {"Summit hut at dusk"}, "the file itself is what was asked for"


def test_sentences_come_only_from_the_first_sources() -> None:
    found = gather("hut", [hit("The hut."), hit("A hut.")], embed, sources=1)
    assert [evidence.text for evidence in found] == ["The hut."]


def test_without_a_sentence_nothing_is_embedded() -> None:
    def refuse(texts: Sequence[str]) -> FloatArray:
        raise AssertionError(f"embedded {texts}")

    assert gather("snow?", [hit(""), hit("It is what it is. !!")], refuse) == []


def test_a_long_sentence_is_cut_for_the_embedding_only() -> None:
    seen: list[str] = []

    def watched(texts: Sequence[str]) -> FloatArray:
        seen.extend(texts)
        return embed(texts)

    long = "snow " * 300 + "end"
    (evidence,) = gather("snow", [hit(long)], watched)
    assert seen == ["snow", long[:MAX_SENTENCE]]
    assert evidence.text == long


@given(st.lists(st.text(max_size=40), max_size=4))
def test_evidence_is_always_text_as_it_stands(texts: list[str]) -> None:
    hits = [hit(text) for text in texts]
    for evidence in gather("snow", hits, embed):
        source = next(h for h in hits if h.node is evidence.node)
        assert evidence.text == source.node.get_content()[evidence.start : evidence.end]
        assert evidence.text


def ranked(*rows: tuple[str, str, float]) -> list[Evidence]:
    """Evidence as (text, words covered, score), the score by its cosine alone."""
    return [
        Evidence(
            node=hit(text).node,
            start=0,
            end=len(text),
            cosine=score / 0.30,
            within=0.0,
            coverage=0.0,
            fits=0.0,
            retrieval=0.0,
            covered=frozenset(words.split()),
        )
        for text, words, score in rows
    ]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([("a", "hut", 0.4), ("b", "hut", 0.33)], "a"),  # says the same, and less well
        ([("a", "hut", 0.4), ("b", "goats", 0.31)], "ab"),  # covers what is still open
        ([("a", "hut", 0.4), ("b", "goats", 0.29)], "a"),  # too weak for that
        ([("a", "hut", 0.4), ("b", "hut", 0.38)], "ab"),  # about as good as the best
        ([("a", "hut", 0.4), ("a", "goats", 0.39)], "a"),  # the same words from a copy
        ([("a", "hut", 0.4), ("b", "goats", 0.35), ("c", "goats", 0.33)], "ab"),
        ([(name, "hut", 0.4) for name in "abcde"], "abc"),
        ([("a", "", 0.0), ("b", "", 0.0)], "a"),
        ([], ""),
    ],
)
def test_further_sentences_must_add_something(
    rows: list[tuple[str, str, float]], chosen: str
) -> None:
    assert "".join(evidence.text for evidence in select(ranked(*rows))) == chosen


def test_no_more_than_the_limit_are_chosen() -> None:
    rows = [(name, "hut", 0.4) for name in "abcde"]
    assert [e.text for e in select(ranked(*rows), limit=1)] == ["a"]
