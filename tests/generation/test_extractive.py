"""Extractive answers: quotes as they stand, each cited; nothing that was said before."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Collection, Sequence

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore

from mmrag.generation.answer import Answer
from mmrag.generation.extractive import extractive_answer
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

QUESTION = "Which animal ate the vane?"


def embed(texts: Sequence[str]) -> FloatArray:
    """Hashed bags of words as unit vectors."""
    vectors = np.full((len(texts), 64), 1e-3, dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            vectors[row, zlib.crc32(word.encode()) % 64] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def hit(text: str, source: str) -> NodeWithScore:
    node = build_node(text, Provenance(source), modality=Modality.TEXT, mimetype="text/plain")
    node.id_ = source
    return NodeWithScore(node=node, score=0.5)


HITS = [
    hit("Goats came in May. One of them ate the vane.", "goats.md"),
    hit("Rain fell on Tuesday.", "rain.md"),
]


def answered(*, said: Collection[str] = (), abstain_below: float = 0.0) -> Answer:
    return extractive_answer(QUESTION, HITS, embed, abstain_below=abstain_below, said=said)


def test_each_quote_is_cited_where_it_stands() -> None:
    answer = answered()
    assert not answer.abstained
    assert [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.text == " ".join(f"{c.quote} [{c.n}]" for c in answer.citations)
    best = answer.citations[0]
    assert best.source == "goats.md"
    assert best.verified
    assert "One of them ate the vane." in best.quote
    assert 0 < best.score <= 1
    assert math.fsum(c.score for c in answer.citations) <= 1.0001


def test_below_the_threshold_nothing_is_said() -> None:
    sure = answered().confidence
    assert not answered(abstain_below=sure).abstained
    refused = answered(abstain_below=sure + 1e-6)
    assert refused.abstained
    assert refused.citations == ()
    assert refused.confidence == pytest.approx(sure)


def test_what_was_said_is_not_said_again_nor_as_a_part() -> None:
    first = answered().citations[0].quote
    assert first not in answered(said={first}).text
    part = answered(said={"One of them ate the vane."})
    assert part.citations
    assert "ate the vane" not in part.text


def test_a_part_of_what_was_said_may_answer_the_next_question() -> None:
    again = answered(said={"Goats came in May. One of them ate the vane."})
    assert again.citations[0].quote == "One of them ate the vane."


class Vane:
    """A reader for which only the sentence about the vane answers, and how sure it is."""

    name = "vane"

    def __init__(self, sure: float) -> None:
        self.sure = sure

    def read(self, question: str, passages: Sequence[Sequence[str]]) -> list[FloatArray]:
        return [
            np.array([self.sure if "vane" in s else -9.0 for s in p], dtype=np.float32)
            for p in passages
        ]


def test_a_reader_decides_what_is_quoted_and_how_sure_the_answer_is() -> None:
    sure, unsure = (
        extractive_answer(QUESTION, HITS, embed, abstain_below=0.0, reader=Vane(logit))
        for logit in (6.0, -6.0)
    )
    assert sure.citations[0].quote == "One of them ate the vane."
    assert sure.confidence > 0.5 > unsure.confidence
