"""Evidence: which sentences answer, and which are quoted together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import NodeWithScore

from mmrag.generation.evidence import (
    GAP,
    MAX_QUOTE,
    MAX_SENTENCE,
    SURE,
    WEIGHTS,
    WITH_READER,
    Evidence,
    Signals,
    gather,
    select,
)
from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import CHANNELS_KEY
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


def with_channels(hit: NodeWithScore, **raws: float) -> NodeWithScore:
    hit.node.metadata[CHANNELS_KEY] = {
        name: {"rank": 1, "raw": raw, "calibrated": None} for name, raw in raws.items()
    }
    return hit


def found_in(question: str, *hits: NodeWithScore) -> dict[str, Evidence]:
    return {evidence.text: evidence for evidence in gather(question, hits, embed)}


def test_every_sentence_and_every_two_neighbours_are_weighed_with_place_and_cosine() -> None:
    one, other = hit("Snow fell. Goats ate the vane. It is. Rime grew."), hit("Wind rose.")
    question = "Did goats eat snow?"
    found = gather(question, [one, other], embed)
    assert {(e.node.node_id, e.text) for e in found} == {
        (one.node.node_id, "Snow fell."),
        (one.node.node_id, "Goats ate the vane."),
        (one.node.node_id, "Rime grew."),
        (one.node.node_id, "Snow fell. Goats ate the vane."),
        (one.node.node_id, "Goats ate the vane. It is. Rime grew."),
        (other.node.node_id, "Wind rose."),
    }
    cosines = {text: float(np.dot(*embed([question, text]))) for text in (e.text for e in found)}
    for evidence in found:
        sentences = [f"{part}." for part in re.split(r"\.\s*", evidence.text) if part]
        best = max(cosines.get(sentence, -1.0) for sentence in sentences)
        assert evidence.signals.cosine == pytest.approx(best, abs=1e-6)


def test_rows_and_what_is_long_together_are_quoted_alone() -> None:
    rows = hit("Month: May; Fog: 12\nMonth: June; Fog: 9")
    assert set(found_in("fog or rime", rows)) == {"Month: May; Fog: 12", "Month: June; Fog: 9"}
    first, second = "Fog " * (MAX_QUOTE - 2) + "rose.", "Wind fell."
    assert set(found_in("fog or rime", hit(f"{first} {second}"))) == {first, second}
    shorter = first.removeprefix("Fog ")
    assert f"{shorter} {second}" in found_in("fog or rime", hit(f"{shorter} {second}"))


def test_a_sentence_that_answers_by_itself_is_quoted_alone() -> None:
    bought = hit("Wind rose. The vane was bought in 1934. Rime grew.")
    pair = "Wind rose. The vane was bought in 1934."
    assert pair not in found_in("When was the vane bought?", bought)
    assert pair in found_in("When was the new vane bought?", bought), "it leaves a word open"
    assert pair in found_in("Who bought the vane?", bought), "it names nobody"
    assert "Wind rose. Rime grew." in found_in("What is it?", hit("Wind rose. Rime grew."))


def test_scores_and_shares_are_the_softmax_of_the_weighted_signals() -> None:
    question = "Did goats eat snow?"
    found = gather(question, [hit("Snow fell. Goats ate the vane."), hit("Wind rose.")], embed)
    scores = np.array([np.dot(WEIGHTS, e.signals) for e in found])
    assert [e.score for e in found] == pytest.approx(scores)
    assert list(scores) == sorted(scores, reverse=True)
    assert [e.share for e in found] == pytest.approx(np.exp(scores) / np.exp(scores).sum())


def test_each_weight_speaks_for_what_it_counts() -> None:
    assert min(WEIGHTS[:-1]) > 0, "every signal is worded so that more of it is better"
    assert WEIGHTS.read == 0, "nobody reads"
    assert WITH_READER.read > 0
    assert WITH_READER.cosine == 0, "it is not measured where there is a reader"


def test_a_passage_brings_its_own_two_scores() -> None:
    hits = [
        with_channels(hit("Snow fell."), text=0.7, bm25=4.0),
        with_channels(hit("Goats ate."), bm25=8.0),
        with_channels(hit("Wind rose."), text=0.3),
    ]
    found = found_in("snow", *hits)
    signals = {text: (e.signals.passage, e.signals.lexical) for text, e in found.items()}
    assert signals == {
        "Snow fell.": (0.7, 0.5),
        "Goats ate.": (0.3, 1.0),  # not among the dense channel's candidates: its lowest
        "Wind rose.": (0.3, 0.0),
    }


def test_without_channels_the_best_sentence_stands_for_its_passage() -> None:
    found = found_in("Did snow fall?", hit("Snow fell. Goats ate."))
    assert found["Goats ate."].signals.passage == found["Snow fell."].signals.cosine
    assert found["Goats ate."].signals.lexical == 0.0


def test_within_counts_the_quote_and_heading_what_stands_above_it() -> None:
    question = "When did Anna measure snow?"
    found = found_in(question, hit("Snow fell. Wind rose.", heading="Anna Lind"))
    assert found["Snow fell."].signals.within == found["Snow fell. Wind rose."].signals.within > 0
    assert found["Wind rose."].signals.within == 0.0
    assert {e.signals.heading for e in found.values()} == {found["Wind rose."].signals.heading}
    assert found["Wind rose."].signals.heading > 0
    assert found_in(question, hit("Wind rose."))["Wind rose."].signals.heading == 0.0
    in_path = found_in(question, hit("Wind rose.", source="anna/notes.md"))
    assert in_path["Wind rose."].signals.heading > 0


def test_new_words_are_those_that_the_question_does_not_say() -> None:
    found = found_in("Who measures snow?", hit("Snow was measured. Goats ate the red vane, goats."))
    assert found["Snow was measured."].signals.new == 0.0
    assert found["Goats ate the red vane, goats."].signals.new == pytest.approx(np.log(1 + 5))


def test_a_word_that_stands_in_every_passage_weighs_little() -> None:
    hits = [hit("The station has goats.")]
    hits += [hit(f"The station has barometer {n}.") for n in range(9)]
    found = found_in("Does the station have goats?", *hits)
    assert found["The station has goats."].signals.within > 0.9
    assert found["The station has barometer 3."].signals.within < 0.1


@pytest.mark.parametrize(
    ("question", "fitting"),
    [
        ("How high is the hut?", {"Hut B is 12 m high."}),
        ("Hur hög är stugan?", {"Hut B is 12 m high."}),
        ("When was the hut built?", {"Hut B is 12 m high."}),
        ("What did the hut cost?", {"Hut B is 12 m high."}),
        ("At what age did she leave the hut?", {"Hut B is 12 m high."}),
        ("How high are the 12 huts?", set()),  # its own number is no answer
        ("Who owns the hut?", {"The hut is Anna Lind's.", "Use: hut; Owner: Berg"}),
        ("What is the owner called?", {"The hut is Anna Lind's.", "Use: hut; Owner: Berg"}),
        ("Vem äger stugan?", {"The hut is Anna Lind's.", "Use: hut; Owner: Berg"}),
        (
            "Who was Anna Lind?",  # the name is given, so any kind will do
            {"Hut B is 12 m high.", "The hut is Anna Lind's.", "Use: hut; Owner: Berg"},
        ),
        ("Who else than Anna Lind owns a hut?", {"Use: hut; Owner: Berg"}),
        (
            "Where is the hut?",
            {"Hut B is 12 m high.", "The hut is Anna Lind's.", "Use: hut; Owner: Berg"},
        ),
    ],
)
def test_a_quote_fits_that_holds_the_kind_of_thing_asked_for(
    question: str, fitting: set[str]
) -> None:
    found = found_in(
        question,
        hit("Hut B is 12 m high."),
        hit("The hut is Anna Lind's."),
        hit("Use: hut; Owner: Berg"),
    )
    assert len(found) == 3
    assert {text for text, evidence in found.items() if evidence.signals.fits == 1.0} == fitting


def test_a_file_name_that_stands_in_for_a_text_is_no_evidence() -> None:
    picture = hit("Summit hut at dusk")
    picture.node.metadata[SURROGATE] = True
    assert gather("summit hut at dusk", [picture], embed) == []
    assert set(found_in("summit hut", picture, hit("The hut."))) == {"The hut."}
    asked_for = found_in("Is there a picture of the summit hut?", picture, hit("The hut."))
    assert set(asked_for) == {"Summit hut at dusk", "The hut."}, "the file itself is asked for"
    assert asked_for["Summit hut at dusk"].signals.standin == 1.0
    assert asked_for["The hut."].signals.standin == 0.0


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


class Marking:
    """A reader that takes a sentence with an exclamation mark for the answer."""

    name = "marking"

    def __init__(self, sure: float = 3.0) -> None:
        self.sure = sure
        self.given: list[Sequence[str]] = []

    def read(self, question: str, passages: Sequence[Sequence[str]]) -> list[FloatArray]:
        self.given += passages
        return [
            np.array([self.sure if "!" in s else -2.0 for s in p], dtype=np.float32)
            for p in passages
        ]


def unasked(texts: Sequence[str]) -> FloatArray:
    raise AssertionError(f"nobody should embed {texts}")


def test_a_reader_sees_each_source_once_with_what_stands_above_it() -> None:
    hits = [
        with_channels(
            hit("Snow fell. Goats ate.", source="logs/may.md", heading="Wind!"), text=0.7
        ),
        with_channels(hit("It is."), text=0.6),  # no words that carry meaning
        with_channels(hit("Wind rose!"), text=0.5),
        with_channels(hit("Rime grew."), text=0.4),
    ]
    reader = Marking()
    found = gather("What of the wind?", hits, unasked, sources=3, reader=reader)
    assert reader.given == [["Wind! logs may", "Snow fell.", "Goats ate."], ["a", "Wind rose!"]]
    logits = {evidence.text: evidence.logit for evidence in found}
    assert logits == {"Snow fell.": -2.0, "Goats ate.": -2.0, "Wind rose!": 3.0}
    scores = [float(np.dot(WITH_READER, evidence.signals)) for evidence in found]
    assert [evidence.score for evidence in found] == pytest.approx(scores)


def test_what_the_reader_says_decides_among_equals() -> None:
    hits = [with_channels(hit("Goats did eat. Goats may eat! Goats will eat."), text=0.7)]
    found = gather("Did goats eat?", hits, unasked, reader=Marking())
    assert found[0].text == "Goats may eat!"


def test_without_channels_sentences_are_embedded_for_a_reader_too() -> None:
    found = gather("Did snow fall?", [hit("Snow fell. Goats ate!")], embed, reader=Marking())
    assert {evidence.signals.cosine for evidence in found} == {0.0}
    assert found[0].signals.passage > 0.1


def test_a_reader_is_only_so_sure() -> None:
    hits = [with_channels(hit("Snow fell!"), text=0.7)]
    (sure,) = gather("snow", hits, unasked, reader=Marking(SURE + 5))
    assert (sure.logit, sure.signals.read) == (SURE + 5, SURE)


def scored(*rows: tuple[str, float]) -> list[Evidence]:
    """Evidence by text and score, each in a passage of its own."""
    none = Signals(*[0.0] * len(WEIGHTS))
    return [Evidence(hit(text).node, 0, len(text), none, score) for text, score in rows]


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([("a", 9.0), ("b", 9.0 - GAP + 0.01)], "ab"),  # about as good as the best
        ([("a", 9.0), ("b", 9.0 - GAP - 0.01)], "a"),
        ([("a", 9.0), ("b", 7.5), ("c", 6.5)], "ab"),  # measured from the best, not the last
        ([("a", 9.0), ("a", 8.9), ("b", 8.8)], "ab"),  # the same words from a copy
        ([(name, 9.0) for name in "abcde"], "abc"),
        ([("a", -3.0), ("b", -4.0)], "ab"),  # only differences count
        ([], ""),
    ],
)
def test_further_quotes_must_be_nearly_as_good(rows: list[tuple[str, float]], chosen: str) -> None:
    assert "".join(evidence.text for evidence in select(scored(*rows))) == chosen


def test_quotes_of_one_passage_do_not_overlap() -> None:
    (whole,) = scored(("Snow fell. Wind rose. Goats ate.", 9.0))
    first, both, last = (
        replace(whole, start=start, end=end, score=score)
        for start, end, score in ((0, 10, 9.0), (0, 21, 8.9), (11, 21, 8.8))
    )
    assert select([first, both, last]) == [first, last]
    elsewhere = replace(both, node=hit("Snow fell. Wind rose. Goats ate.", source="b.md").node)
    elsewhere.node.id_ = "another"
    assert select([first, elsewhere]) == [first, elsewhere]


def test_no_more_than_the_limit_are_chosen() -> None:
    rows = [(name, 9.0) for name in "abcde"]
    assert [e.text for e in select(scored(*rows), limit=1)] == ["a"]


def test_a_row_counts_when_the_question_names_one_of_its_cells() -> None:
    rows = ("Hour: noon; Highest gust: 45.0", "Hour: midnight; Highest gust: 58.6")
    table, other = hit("\n".join(rows)), hit("The mast fell in the storm.")
    asked = found_in("What was the highest gust?", table, other)
    assert [asked[row].signals.named for row in rows] == [0.0, 0.0]
    assert asked["The mast fell in the storm."].signals.named == 1.0
    at_noon = found_in("What was the highest gust at noon?", table, other)
    assert [at_noon[row].signals.named for row in rows] == [1.0, 0.0]
