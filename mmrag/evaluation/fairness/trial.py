"""What fair re-ranking would do to rankings: whom it shows, and what it costs in nDCG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmrag.evaluation.fairness.audit import Audit, interval, number
from mmrag.evaluation.fairness.groups import Groups
from mmrag.evaluation.fairness.measures import Desired
from mmrag.evaluation.fairness.reranking import METHODS, bounds
from mmrag.evaluation.fairness.retrieval import Labels, answered, audit_documents
from mmrag.evaluation.intervals import Interval, paired
from mmrag.evaluation.measures import ndcg
from mmrag.evaluation.questions import LabelledQuestion


@dataclass(frozen=True)
class Trial:
    """Rankings after re-ranking, beside what they were.

    Attributes:
        cost: by measure, reranked minus as found, paired by question: below 0 is a loss.
        after: the audit of the re-ranked rankings.
    """

    method: str
    slack: float
    cost: Mapping[str, Interval]
    after: Audit

    def as_dict(self, before: Audit) -> dict[str, Any]:
        """As JSON, with exposure and figures before and after."""
        sides = {"before": before, "after": self.after}
        return {
            "method": self.method,
            "slack": number(self.slack),
            "cost": {name: interval(found) for name, found in self.cost.items()},
            "exposure": {
                side: {group: number(value) for group, value in exposures(one).items()}
                for side, one in sides.items()
            },
            "figures": {
                side: {figure.name: interval(figure.value) for figure in one.figures}
                for side, one in sides.items()
            },
        }


def exposures(audit: Audit) -> dict[str, float | None]:
    """The share of attention that each labelled group gets."""
    row = next(one for one in audit.findings if one.measure.kind == "desired")
    return {
        found.group: found.value.mean if found.value else None
        for found in row.rows
        if found.group in audit.desired
    }


def reranked(
    rankings: Labels, groups: Groups, desired: Desired, *, method: str, slack: float
) -> dict[str, list[str]]:
    """Rankings in the order of a method of `mmrag.evaluation.fairness.reranking`.

    Args:
        slack: by how much a group's share may be missed, 0..1.
    """
    limits, order = bounds(desired, slack), METHODS[method]
    return {
        question: [labels[row] for row in order([groups.of_label(one) for one in labels], limits)]
        for question, labels in rankings.items()
    }


def try_reranking(
    questions: Sequence[LabelledQuestion],
    rankings: Labels,
    groups: Groups,
    desired: Desired,
    *,
    method: str,
    slack: float,
    k: int,
    least: int,
) -> Trial:
    """Re-rank and measure again.

    Args:
        rankings: deeper than k, so that there is something to bring up.
    """
    after = reranked(rankings, groups, desired, method=method, slack=slack)
    asked = answered(questions)

    def gains(labels: Labels) -> list[float]:
        return [ndcg(list(labels.get(q.id, ())), q.relevant, depth=k) for q in asked]

    def recalls(labels: Labels) -> list[float]:
        return [
            len(set(labels.get(q.id, ())[:k]) & q.relevant.keys()) / len(q.relevant) for q in asked
        ]

    cost = {
        f"ndcg@{k}": paired(gains(after), gains(rankings)),
        f"recall@{k}": paired(recalls(after), recalls(rankings)),
    }
    audit = audit_documents(questions, after, groups, desired, k=k, least=least)
    return Trial(method, slack, cost, audit)
