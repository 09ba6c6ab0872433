"""When to say nothing: the probability that the retrieved passages answer the question.

Logistic regression, answerable and unanswerable questions weighing the same, with a reader and
without. `pipelines/fit_answers.py` fitted both on an archive other than the samples, where
answerable and unanswerable questions are alike in length and form. The intercepts are such that
0.5, the default of `answer.abstain_below`, refuses a tenth of the answerable ones there.

Without a reader, questions on another topic are told apart nearly always; those that name the right
things but ask what is not said of them, seldom, unless a figure gives them away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from mmrag.generation.evidence import DENSE, Evidence
from mmrag.generation.question import Question, forms_of
from mmrag.loaders.rows import is_row
from mmrag.retrieval.hybrid import channels_of


class Doubts(NamedTuple):
    """What tells whether a question is answered.

    Attributes:
        similarity: the highest cosine between the question and a passage (between the question and
            a sentence, for hits of other retrievers).
        share: chance of the best quote among all; low where many are about as good.
        figures: how many of the question's figures (years, numbers) stand neither in the best
            quote's passage nor above it; in its row, for a table row.
        absent: weighted share, 0..1, of the question's content words that stand in no passage.
        misfit: 1 if the best quote lacks the kind of thing that is asked for, else 0.
        read: the reader's highest logit, -SURE..SURE; 0 without a reader.
    """

    similarity: float
    share: float
    figures: float
    absent: float
    misfit: float
    read: float = 0.0


class Model(NamedTuple):
    """A fitted logistic regression."""

    intercept: float
    coefficients: Doubts


ALONE = Model(
    -1.972, Doubts(similarity=4.62, share=1.894, figures=-3.842, absent=-0.539, misfit=-1.444)
)
WITH_READER = Model(
    -0.476,
    Doubts(similarity=4.364, share=0.007, figures=-2.734, absent=-0.778, misfit=-1.364, read=0.751),
)


def doubts(question: str, hits: Sequence[NodeWithScore], found: Sequence[Evidence]) -> Doubts:
    """The signals of retrieved passages and of the quotes found in them, both the best first.

    Raises:
        ValueError: nothing was found.
    """
    if not found:
        raise ValueError("no evidence, so nothing to doubt")
    best = found[0]
    asked = Question(question, hits)
    raws = [c[DENSE].raw for hit in hits if DENSE in (c := channels_of(hit))]
    home = next(hit for hit in hits if hit.node.node_id == best.node.node_id)
    around = asked.around(home)
    if is_row(best.text):
        around = asked.above(home) | forms_of(best.text)
    everywhere = frozenset(form for hit in hits for form in asked.around(hit))
    return Doubts(
        similarity=max(raws or [evidence.signals.passage for evidence in found]),
        share=best.share,
        figures=float(len(asked.figures) - len(asked.figures.intersection(around))),
        absent=1.0 - asked.share(everywhere),
        misfit=1.0 - best.signals.fits,
        read=max(evidence.signals.read for evidence in found),
    )


def confidence(question: str, hits: Sequence[NodeWithScore], found: Sequence[Evidence]) -> float:
    """Probability, 0..1, that the passages hold an answer; 0 where there is no evidence."""
    if not found:
        return 0.0
    model = ALONE if found[0].logit is None else WITH_READER
    signals = doubts(question, hits, found)
    logit = model.intercept + sum(w * v for w, v in zip(model.coefficients, signals, strict=True))
    return 1 / (1 + math.exp(-logit))
