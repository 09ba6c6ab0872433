"""Two rankings of the same questions: the paired difference of each measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mmrag.evaluation.intervals import Interval, paired
from mmrag.evaluation.retrieval import NDCG, Judged


@dataclass(frozen=True)
class Comparison:
    """Ours minus theirs, by measure; and on how many questions ours has the higher nDCG@10."""

    differences: Mapping[str, Interval]
    better: int
    worse: int
    level: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        rows = {name: asdict(found) for name, found in self.differences.items()}
        return {
            "differences": {
                name: {key: round(value, 6) for key, value in row.items()}
                for name, row in rows.items()
            },
            "better": self.better,
            "worse": self.worse,
            "level": self.level,
        }


def compare(ours: Judged, theirs: Judged) -> Comparison:
    """Pair two judged rankings of the same questions."""
    differences = {
        name: paired(list(values.values()), [theirs.values[name][row] for row in values])
        for name, values in ours.values.items()
    }
    gains = [value - theirs.values[NDCG][row] for row, value in ours.values[NDCG].items()]
    better, worse = sum(gain > 1e-9 for gain in gains), sum(gain < -1e-9 for gain in gains)
    return Comparison(differences, better, worse, len(gains) - better - worse)
