"""Notes, pictures and sounds in one pool: does calibrated fusion rank them better than others do?

Asked in words, by picture, by sound, and by words with a picture, over the generated world of
`world.py`, tiny profile without speech or character recognition. Constants were chosen on the dev
world; the bare metric names are of the test world, `dev_…` of the dev world.

Baselines fuse the first hundred candidates of each channel; calibrated fusion asks a media space
for a hundred of each modality:

- `concat`: text hits, then media hits, half of the places each, as LlamaIndex's multimodal
  retriever lists them.
- `raw_sort`: all hits of all channels by their raw score, BM25 too.
- `cosine_sort`: the same without BM25. It lives on the luck that two spaces have like scales;
  `cosine_sort_clip` is what is left of it if the media space had the narrow scale of CLIP
  (0.2 + 0.1 cosine), to which calibrated fusion, `concat`, `rrf` and `dbsf` are indifferent.
- `average`: mean of the cosines of the spaces that a hit has.
- `rrf` (k = 60) and `dbsf`.

`gain` is nDCG@10 of calibrated fusion minus that of the best baseline, `gain_lo` and `gain_hi` its
paired bootstrap interval over questions (95 %). `oracle` merges the words' list
(in the order of DBSF) and the media space's in the best way there is, knowing the labels: a fusion
that keeps these two orders cannot beat it, so `ndcg_oracle` bounds what fusion can gain here.
`exposure_…` is the share of a kind of file in the top ten of questions in words with relevant files
of that kind, `min_exposure` the smallest of them.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG
from numpy.typing import NDArray

from mmrag import MMRagIndex, MultiModalQuery, load_settings
from mmrag.retrieval.fusion import ChannelScore, distribution_based, reciprocal_rank
from mmrag.retrieval.hybrid import channels_of
from pipelines.benchmarks.result import RESULTS, publish
from pipelines.benchmarks.world import KINDS, Question, World, build

SEEDS = {"dev": 6_000, "test": 7_000}
MEASURES = (nDCG @ 10, R @ 1, R @ 5, R @ 10, RR)
RESAMPLES = 5_000
DEPTH = 10

Candidates = Mapping[str, Mapping[str, ChannelScore]]
"""By source, what each channel said."""
Ranking = list[str]


def run() -> None:
    """Build both worlds, ask, publish and plot."""
    with tempfile.TemporaryDirectory() as scratch:
        found = {name: asked(name, Path(scratch) / name) for name in SEEDS}
    metrics, table = summary(*found["test"])
    dev, _ = summary(*found["dev"])
    publish(
        "mixed_pool",
        {**metrics, **{f"dev_{key}": value for key, value in dev.items()}},
        notes="tiny profile; bare names: test world; intervals: 95 % bootstrap over questions",
    )
    plot(table, RESULTS / "mixed_pool.png")


def asked(split: str, folder: Path) -> tuple[World, dict[str, dict[str, Ranking]]]:
    """By method and question, the first ten sources."""
    world = build(folder, SEEDS[split])
    directory = folder / "index"
    changes = {"ingest.ocr": False, "ingest.asr": False}
    rankings: dict[str, dict[str, Ranking]] = defaultdict(dict)
    for fusion in ("calibrated", "dbsf"):
        settings = load_settings(changes={**changes, "retrieval.fusion": fusion})
        with MMRagIndex(directory, profile="tiny", settings=settings) as index:
            if fusion == "calibrated":
                index.index(world.archive)
            retriever = index.as_retriever()
            for question in world.questions:
                query = MultiModalQuery(
                    question.words,
                    image_path=str(question.picture) if question.picture else None,
                    audio_path=str(question.sound) if question.sound else None,
                    top_k=DEPTH if fusion == "calibrated" else 1_000,
                )
                hits = retriever.retrieve(query)
                if fusion == "calibrated":
                    rankings[fusion][question.id] = [h.node.metadata["source"] for h in hits]
                    continue
                candidates = {h.node.metadata["source"]: channels_of(h) for h in hits}
                for name, method in BASELINES.items():
                    rankings[name][question.id] = method(candidates)[:DEPTH]
                rankings["oracle"][question.id] = oracle(candidates, question)
    return world, dict(rankings)


# --- baselines -----------------------------------------------------------------------------------


def lists_of(candidates: Candidates) -> dict[str, list[tuple[str, float]]]:
    """By channel, its (source, raw score) from best to worst."""
    lists: dict[str, list[tuple[int, str, float]]] = defaultdict(list)
    for source, said in candidates.items():
        for channel, score in said.items():
            lists[channel].append((score.rank, source, score.raw))
    return {name: [(s, raw) for _, s, raw in sorted(rows)] for name, rows in lists.items()}


def concat(candidates: Candidates) -> Ranking:
    """Quotas: the best of the text space, then the best of the media space, then the rest."""
    lists = lists_of(candidates)
    spaces = [[s for s, _ in lists[name]] for name in ("text", "tiny") if name in lists]
    quota = DEPTH // max(1, len(spaces))
    ordered = [s for space in spaces for s in space[:quota]]
    ordered += [s for space in spaces for s in space[quota:]]
    return list(dict.fromkeys(ordered))


def by_raw(channels: Sequence[str], scale: Callable[[float], float] = lambda raw: raw) -> Any:  # noqa: ANN401
    """Sort by the highest raw score of these channels; `scale` is applied to the media space's."""

    def method(candidates: Candidates) -> Ranking:
        best = {
            source: max(scale(score.raw) if name == "tiny" else score.raw for name, score in heard)
            for source, said in candidates.items()
            if (heard := [(name, score) for name, score in said.items() if name in channels])
        }
        return sorted(best, key=lambda source: (-best[source], source))

    return method


def average(candidates: Candidates) -> Ranking:
    """Sort by the mean cosine of the spaces that found a candidate."""
    mean = {
        source: float(np.mean(cosines))
        for source, said in candidates.items()
        if (cosines := [score.raw for name, score in said.items() if name != "bm25"])
    }
    return sorted(mean, key=lambda source: (-mean[source], source))


BASELINES: Mapping[str, Callable[[Candidates], Ranking]] = {
    "concat": concat,
    "raw_sort": by_raw(("text", "tiny", "bm25")),
    "cosine_sort": by_raw(("text", "tiny")),
    "cosine_sort_clip": by_raw(("text", "tiny"), lambda raw: 0.2 + 0.1 * raw),
    "average": average,
    "rrf": lambda found: [f.id for f in reciprocal_rank(lists_of(found), k=60)],
    "dbsf": lambda found: [f.id for f in distribution_based(lists_of(found))],
}


def oracle(candidates: Candidates, question: Question) -> Ranking:
    """The best merge of the words' list and the media space's for a question's labels."""
    lists = lists_of(candidates)
    words = {name: rows for name, rows in lists.items() if name != "tiny"}
    first = [f.id for f in distribution_based(words)][:DEPTH]
    second = [source for source, _ in lists.get("tiny", [])][:DEPTH]

    @lru_cache(None)
    def best(i: int, j: int) -> tuple[float, tuple[str, ...]]:
        options: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
        place = i + j
        for rows, at, following in ((first, i, (i + 1, j)), (second, j, (i, j + 1))):
            if place < DEPTH and at < len(rows):
                worth, rest = best(*following)
                worth += question.relevant.get(rows[at], 0) / float(np.log2(place + 2))
                options.append((worth, (rows[at], *rest)))
        return max(options, key=lambda option: (option[0], len(option[1])))

    return list(dict.fromkeys(best(0, 0)[1]))


# --- measures ------------------------------------------------------------------------------------


def summary(
    world: World, rankings: Mapping[str, Mapping[str, Ranking]]
) -> tuple[dict[str, float], dict[str, dict[str, tuple[float, float, float]]]]:
    """Metrics of one world, and by method and kind of question nDCG@10 with its interval."""
    ids = [question.id for question in world.questions]
    values = {name: measured(world.questions, found) for name, found in rankings.items()}
    ndcg = {name: np.array([rows[nDCG @ 10][i] for i in ids]) for name, rows in values.items()}
    rivals = [name for name in BASELINES if name != "cosine_sort_clip"]
    best = max(rivals, key=lambda name: float(ndcg[name].mean()))
    metrics = {"items": world.items, "questions": len(ids)}
    out: dict[str, float] = {**metrics, "ndcg_best_baseline": float(ndcg[best].mean())}
    gain, low, high = interval(ndcg["calibrated"] - ndcg[best])
    out |= {"gain": gain, "gain_lo": low, "gain_hi": high}
    for name in rivals:
        gain, low, high = interval(ndcg["calibrated"] - ndcg[name])
        out |= {f"gain_over_{name}": gain, f"gain_over_{name}_lo": low}
    kinds = {kind: np.array([q.kind == kind for q in world.questions]) for kind in _kinds(world)}
    table: dict[str, dict[str, tuple[float, float, float]]] = {}
    for name in rankings:
        table[name] = {"all": interval(ndcg[name])}
        table[name] |= {kind: interval(ndcg[name][mask]) for kind, mask in kinds.items()}
        mean, low, high = table[name]["all"]
        out |= {f"ndcg_{name}": mean, f"ndcg_{name}_lo": low, f"ndcg_{name}_hi": high}
        out |= {f"ndcg_{name}_{kind}": table[name][kind][0] for kind in kinds}
        for measure in MEASURES[1:]:
            label = str(measure).lower().replace("@", "_at_")
            row = np.array([values[name][measure][i] for i in ids])
            mean, low, high = interval(row)
            out |= {f"{label}_{name}": mean, f"{label}_{name}_lo": low, f"{label}_{name}_hi": high}
            if name == best:
                mine = np.array([values["calibrated"][measure][i] for i in ids])
                mean, low, high = interval(mine - row)
                out |= {f"gain_{label}": mean, f"gain_{label}_lo": low, f"gain_{label}_hi": high}
    exposure = exposures(world.questions, rankings["calibrated"])
    out |= {f"exposure_{kind}": share for kind, share in exposure.items()}
    out["min_exposure"] = min(exposure.values())
    return out, table


def measured(
    questions: Sequence[Question], found: Mapping[str, Ranking]
) -> dict[Any, dict[str, float]]:
    """By measure and question, its value; a question without an answer among the hits counts 0."""
    labels = [
        ir_measures.Qrel(question.id, source, grade)
        for question in questions
        for source, grade in question.relevant.items()
    ]
    hits = [
        ir_measures.ScoredDoc(question, source, -place)
        for question, ranked in found.items()
        for place, source in enumerate(ranked)
    ]
    out: dict[Any, dict[str, float]] = {m: dict.fromkeys(found, 0.0) for m in MEASURES}
    for row in ir_measures.iter_calc(MEASURES, labels, hits):
        out[row.measure][row.query_id] = row.value
    return out


def interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean and the 2.5 and 97.5 percentiles of its bootstrap (Efron 1979)."""
    rng = np.random.default_rng(0)
    draws = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def exposures(questions: Sequence[Question], found: Mapping[str, Ranking]) -> dict[str, float]:
    """By kind of file, its mean share of the hits of questions in words that it is relevant to."""
    out: dict[str, float] = {}
    for kind in KINDS:
        shares = [
            float(np.mean([source.startswith(kind) for source in found[question.id]]))
            for question in questions
            if question.kind == "words" and any(s.startswith(kind) for s in question.relevant)
        ]
        out[kind] = float(np.mean(shares))
    return out


def plot(table: Mapping[str, Mapping[str, tuple[float, float, float]]], path: Path) -> None:
    """Bars of nDCG@10 by kind of question and method, with intervals."""
    import matplotlib.pyplot as plt  # only the plot needs it

    figure, axes = plt.subplots(figsize=(11, 4.5), layout="constrained")
    kinds = list(next(iter(table.values())))
    width = 0.8 / len(table)
    colours = plt.get_cmap("tab10")
    for number, (name, row) in enumerate(table.items()):
        means = np.array([row[kind][0] for kind in kinds])
        spread = np.abs(np.array([row[kind][1:] for kind in kinds]).T - means)
        at = np.arange(len(kinds)) + (number - len(table) / 2 + 0.5) * width
        axes.bar(
            at, means, width, yerr=spread, label=name, color=colours(number), error_kw={"lw": 0.8}
        )
    axes.set_xticks(np.arange(len(kinds)), kinds)
    axes.set_ylabel("nDCG@10")
    axes.set_ylim(0, 1.02)
    axes.set_title("Mixed pool, test world (whiskers: 95 % bootstrap intervals)")
    axes.legend(ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.08), frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _kinds(world: World) -> list[str]:
    return list(dict.fromkeys(question.kind for question in world.questions))
