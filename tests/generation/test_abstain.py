"""Abstention: every doubt counts for itself, and makes less sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore

from mmrag.generation.abstain import ALONE, WITH_READER, Doubts, Model, confidence, doubts
from mmrag.generation.evidence import Evidence, gather
from mmrag.modalities import Modality
from mmrag.retrieval.hybrid import CHANNELS_KEY
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

QUESTION = "Who measured snow with a stick?"


def hit(text: str, raw: float | None = None, *, source: str = "a.md") -> NodeWithScore:
    node = build_node(text, Provenance(source), modality=Modality.TEXT, mimetype="text/plain")
    if raw is not None:
        node.metadata[CHANNELS_KEY] = {"text": {"rank": 1, "raw": raw, "calibrated": None}}
    return NodeWithScore(node=node, score=0.3)


def found_in(question: str, *hits: NodeWithScore) -> list[Evidence]:
    def embed(texts: Sequence[str]) -> FloatArray:
        """The question along the first axis; sentences at a cosine of 0.25 to it."""
        rows = [[1.0, 0.0], *([0.25, 0.96825] for _ in texts[1:])]
        return np.array(rows, dtype=np.float32)

    return gather(question, hits, embed)


def of(question: str, *hits: NodeWithScore) -> Doubts:
    return doubts(question, hits, found_in(question, *hits))


def test_similarity_is_that_of_the_nearest_passage() -> None:
    assert of(QUESTION, hit("Snow fell.", 0.2), hit("Wind rose.", 0.7)).similarity == 0.7
    alone = of(QUESTION, hit("Snow fell."))
    assert alone.similarity == pytest.approx(0.25), "without channels the sentences count"


def test_the_share_is_that_of_the_best_quote() -> None:
    hits = [hit("Snow fell."), hit("Goats ate.")]
    found = found_in(QUESTION, *hits)
    assert doubts(QUESTION, hits, found).share == max(e.share for e in found) == found[0].share


def test_absent_is_what_no_passage_says() -> None:
    assert of("snow with a stick", hit("Snow."), hit("A stick.")).absent == pytest.approx(0.0)
    assert 0 < of("snow with a stick", hit("Snow."), hit("A goat.")).absent < 1
    assert of("snow with a stick", hit("Goats ate.")).absent == 1.0


@pytest.mark.parametrize(
    ("text", "source", "missing"),
    [
        ("In 1958 fog came 22 times.", "a.md", 0),
        ("Fog came in 1958. Never before in 22 years.", "a.md", 0),  # around the quote
        ("Fog came 22 times.", "fog-1958.md", 0),
        ("Fog came in 1957.", "a.md", 2),
        ("Year: 1957; Fog days: 22\nYear: 1958; Gusts: 3", "a.md", 1),  # in another row
        ("Year: 1958; Fog days: 22\nYear: 1957; Gusts: 3", "a.md", 0),
    ],
)
def test_figures_must_stand_where_the_best_quote_stands(
    text: str, source: str, missing: int
) -> None:
    assert of("Was there fog on 22 days of 1958?", hit(text, source=source)).figures == missing


def test_a_misfit_lacks_the_kind_of_thing_asked_for() -> None:
    assert of("How deep was the snow?", hit("Snow lay deep.")).misfit == 1.0
    assert of("How deep was the snow?", hit("Snow lay two metres deep.")).misfit == 0.0
    assert of("Was the snow deep?", hit("Snow lay deep.")).misfit == 0.0


def test_confidence_is_the_logistic_of_the_doubts() -> None:
    hits = [hit("Anna measured snow with a stick.", 0.6), hit("Goats ate.", 0.1)]
    found = found_in(QUESTION, *hits)
    for model, logit in ((ALONE, None), (WITH_READER, -3.0)):
        found = [replace(evidence, logit=logit) for evidence in found]
        total = model.intercept + float(np.dot(model.coefficients, doubts(QUESTION, hits, found)))
        assert confidence(QUESTION, hits, found) == pytest.approx(1 / (1 + np.exp(-total)))
    assert confidence(QUESTION, hits, []) == 0.0
    with pytest.raises(ValueError, match="no evidence"):
        doubts(QUESTION, hits, [])


def test_a_readers_best_logit_counts_whichever_quote_has_it() -> None:
    hits = [hit("Snow fell."), hit("Goats ate.")]
    assert of(QUESTION, *hits).read == 0.0, "nobody read"
    pairs = zip(found_in(QUESTION, *hits), (-1.0, 2.0), strict=True)
    read = [replace(e, logit=x, signals=e.signals._replace(read=x)) for e, x in pairs]
    assert doubts(QUESTION, hits, read).read == 2.0


@pytest.mark.parametrize("model", [ALONE, WITH_READER])
def test_likeness_makes_sure_and_each_lack_makes_unsure(model: Model) -> None:
    signs = {name: np.sign(weight) for name, weight in model.coefficients._asdict().items()}
    read = int(model is WITH_READER)
    assert signs == {
        "similarity": 1,
        "share": 1,
        "figures": -1,
        "absent": -1,
        "misfit": -1,
        "read": read,
    }
