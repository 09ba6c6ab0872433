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

from mmrag.generation.question import Question
from mmrag.retrieval.hybrid import channels_of

FEATURES = ("similarity", "missing")
INTERCEPT = -3.788
COEFFICIENTS = (11.375, -3.422)

DENSE = "text"
NEAREST = 3


def features(question: str, hits: Sequence[NodeWithScore]) -> tuple[float, float]:
    """The two signals of retrieved passages, the best first.

    Returns:
        similarity: the highest cosine between the question and a passage (for hits of other
            retrievers, the highest score).
        missing: weighted share of the question's content words that stand in none of the first
            NEAREST passages, 0..1.
    """
    raws = [c[DENSE].raw for hit in hits if DENSE in (c := channels_of(hit))]
    similarity = max(raws or [float(hit.score or 0.0) for hit in hits], default=0.0)
    asked = Question(question, hits)
    near = frozenset(form for hit in hits[:NEAREST] for form in asked.around(hit))
    return similarity, 1.0 - asked.share(near)


def confidence(question: str, hits: Sequence[NodeWithScore]) -> float:
    """Probability, 0..1, that the passages hold an answer."""
    if not hits:
        return 0.0
    logit = INTERCEPT + sum(
        weight * value for weight, value in zip(COEFFICIENTS, features(question, hits), strict=True)
    )
    return 1 / (1 + math.exp(-logit))
