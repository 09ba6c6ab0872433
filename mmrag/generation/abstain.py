"""When to say nothing: the probability that the retrieved passages answer the question.

Logistic regression over two signals, answerable and unanswerable questions weighing the same.
`pipelines/fit_abstention.py` fitted it to the dev questions of the sample archive, and chose the
default of `answer.abstain_below` there: the highest threshold that refuses at most a tenth of the
answerable ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from llama_index.core.schema import NodeWithScore

from mmrag.generation.evidence import Evidence
from mmrag.generation.question import Question
from mmrag.retrieval.hybrid import channels_of

FEATURES = ("similarity", "missing")
INTERCEPT = -3.567
COEFFICIENTS = (11.177, -3.807)

DENSE = "text"
NEAREST = 3


def features(
    question: str, hits: Sequence[NodeWithScore], found: Sequence[Evidence]
) -> tuple[float, float]:
    """The two signals of retrieved passages, the best first, and of the sentences found in them.

    Returns:
        similarity: the highest cosine between the question and a passage (between the question and
            a sentence, for hits of other retrievers). Counting sentences always told the dev
            questions apart worse, left out one by one: near misses resemble some sentence closely.
        missing: weighted share of the question's content words that stand in none of the first
            NEAREST passages, 0..1.
    """
    raws = [c[DENSE].raw for hit in hits if DENSE in (c := channels_of(hit))]
    similarity = max(raws or [evidence.cosine for evidence in found], default=0.0)
    asked = Question(question, hits)
    near = frozenset(form for hit in hits[:NEAREST] for form in asked.around(hit))
    return similarity, 1.0 - asked.share(near)


def confidence(question: str, hits: Sequence[NodeWithScore], found: Sequence[Evidence]) -> float:
    """Probability, 0..1, that the passages hold an answer; 0 where there is no evidence."""
    if not found:
        return 0.0
    logit = INTERCEPT + sum(
        weight * value
        for weight, value in zip(COEFFICIENTS, features(question, hits, found), strict=True)
    )
    return 1 / (1 + math.exp(-logit))
