"""What others do with the candidates of several channels, and the best that could be done.

Every baseline gets the first hundred candidates of each channel of the same index, and a second
time, as `…_apart`, those of an index laid out as others do, where passages are in the text space
only. The best of all of them is the one to beat:

- `concat`: passages by their words, then media by each media space, equal shares of the places, as
  LlamaIndex's multimodal retriever lists the hits of its two stores.
- `raw_sort`: all hits of all channels by their raw score, BM25 too.
- `cosine_sort`: the same without BM25. It lives on the luck that two spaces have like scales;
  `cosine_sort_clip` is what is left of it if the media space had the narrow scale of CLIP
  (0.2 + 0.1 cosine), to which calibrated fusion, `concat`, `rrf` and `dbsf` are indifferent.
- `average`: mean of the cosines of the spaces that a hit has.
- `rrf` (reciprocal ranks, k = 60) and `dbsf` (distribution-based scores).

`oracle` merges the words' list (in the order of DBSF) and one of each modality and media space in
the best way there is, knowing the labels: no fusion that keeps these orders can beat it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np

from mmrag.retrieval.fusion import distribution_based, reciprocal_rank
from mmrag.store.spec import Ranked
from pipelines.benchmarks.pool_asking import DEPTH, SPARSE, WORDS, Proposals, Ranking

CLIP_MEAN, CLIP_SPREAD = 0.2, 0.1


def columns(proposals: Proposals) -> dict[str, Ranked]:
    """Proposals as the fusions of mmrag take them, by channel."""
    return {
        name: Ranked.of((found.source, found.raw) for found in rows)
        for name, rows in proposals.items()
    }


def concat(proposals: Proposals) -> Ranking:
    """Quotas: the best of the text space, then the best of each media space, then the rest."""
    lists = [
        [found.source for found in rows]
        for name, rows in sorted(
            proposals.items(), key=lambda item: (item[0] not in WORDS, item[0])
        )
        if name not in SPARSE and rows
    ]
    quota = DEPTH // max(1, len(lists))
    ordered = [source for rows in lists for source in rows[:quota]]
    ordered += [source for rows in lists for source in rows[quota:]]
    return list(dict.fromkeys(ordered))


def raw_sort(proposals: Proposals) -> Ranking:
    """By the highest raw score of any channel."""
    return _sorted(proposals, max)


def cosine_sort(proposals: Proposals) -> Ranking:
    """By the highest cosine of any dense channel."""
    return _sorted(_dense(proposals), max)


def cosine_sort_clip(proposals: Proposals) -> Ranking:
    """By the highest cosine, those of media spaces narrowed to the scale of CLIP."""
    dense = _dense(proposals)
    return _sorted(dense, max, lambda name, raw: raw if name in WORDS else _as_clip(raw))


def average(proposals: Proposals) -> Ranking:
    """By the mean cosine of the dense channels that found a file."""
    return _sorted(_dense(proposals), lambda raws: float(np.mean(raws)))


BASELINES: Mapping[str, Callable[[Proposals], Ranking]] = {
    "concat": concat,
    "raw_sort": raw_sort,
    "cosine_sort": cosine_sort,
    "cosine_sort_clip": cosine_sort_clip,
    "average": average,
    "rrf": lambda proposals: [f.id for f in reciprocal_rank(columns(proposals), k=60)],
    "dbsf": lambda proposals: [f.id for f in distribution_based(columns(proposals))],
}
FAIR = tuple(name for name in BASELINES if name != "cosine_sort_clip")
"""Those that were not handicapped on purpose."""
APART = {f"{name}_apart": BASELINES[name] for name in FAIR}
"""The same, given what an index proposes that keeps passages out of the media spaces."""
RIVALS = (*FAIR, *APART)
"""Baselines to beat."""


def oracle(proposals: Proposals, relevant: Mapping[str, int]) -> Ranking:
    """The merge of the words' list and the media spaces' with the most graded relevance on top.

    Args:
        relevant: by file, its grade.
    """
    words = columns({name: rows for name, rows in proposals.items() if name in WORDS})
    orders = [[fused.id for fused in distribution_based(words)][:DEPTH]]
    for name in sorted(proposals.keys() - set(WORDS)):
        by_modality: dict[str, list[str]] = {}
        for found in proposals[name]:
            by_modality.setdefault(found.modality, []).append(found.source)
        orders += [sources[:DEPTH] for sources in by_modality.values()]

    @cache
    def best(taken: tuple[int, ...]) -> tuple[float, int, Ranking]:
        """Worth, length and sources of what follows once so many of each list are taken."""
        held = {source for rows, at in zip(orders, taken, strict=True) for source in rows[:at]}
        options: list[tuple[float, int, Ranking]] = [(0.0, 0, [])]
        for row, at in enumerate(taken):
            if at >= len(orders[row]) or len(held) >= DEPTH:
                continue
            source = orders[row][at]
            worth, length, rest = best((*taken[:row], at + 1, *taken[row + 1 :]))
            if source not in held:
                worth += relevant.get(source, 0) / float(np.log2(len(held) + 2))
                length, rest = length + 1, [source, *rest]
            options.append((worth, length, rest))
        return max(options, key=lambda option: option[:2])

    return best((0,) * len(orders))[2]


def _dense(proposals: Proposals) -> Proposals:
    return {name: rows for name, rows in proposals.items() if name not in SPARSE}


def _sorted(
    proposals: Proposals,
    combine: Callable[[list[float]], float],
    scale: Callable[[str, float], float] = lambda _, raw: raw,
) -> Ranking:
    """By what `combine` makes of a file's scores, ties by name."""
    heard: defaultdict[str, list[float]] = defaultdict(list)
    for name, rows in proposals.items():
        for found in rows:
            heard[found.source].append(scale(name, found.raw))
    worth = {source: combine(raws) for source, raws in heard.items()}
    return sorted(worth, key=lambda source: (-worth[source], source))


def _as_clip(cosine: float) -> float:
    return CLIP_MEAN + CLIP_SPREAD * cosine
