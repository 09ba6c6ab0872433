"""Fit what is quoted and when nothing is said, with and without a reader; print what to paste.

Run it as `python -m pipelines.fit_answers` from the repository's root. It makes the second archive
below `--to` if it is not there (see make_second_world.py), indexes it, and prints the weights of
`mmrag/generation/evidence.py` and those of `mmrag/generation/abstain.py`, whose intercept makes 0.5
the default of `answer.abstain_below`. The figures printed with them are of questions left out of
the fit, a fold at a time. Texts held out of the reader's training, and the dev questions of the
samples, are for comparison only.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from llama_index.core.schema import NodeWithScore
from numpy.typing import NDArray

from mmrag import MMRagIndex
from mmrag.answering import WEIGHED
from mmrag.config import AnswerSettings
from mmrag.generation.abstain import Doubts, doubts
from mmrag.generation.citations import cite
from mmrag.generation.evidence import Embed, Evidence, Signals, gather, ranked, select
from mmrag.generation.reader import Reader
from mmrag.generation.reader_minilm import MiniLMReader
from mmrag.samples import ARCHIVE, questions
from pipelines.benchmarks.samples import overlaps
from pipelines.reading.archive import write_archive
from pipelines.reading.examples import documents, is_held_out

Floats = NDArray[np.float64]

WORLD = Path(".bench/second_world")
STEP = 2
"""Of the held-out texts every second is asked about, six questions each, which is enough."""
FOLDS = 8
RIDGE = 1.0
REFUSED = 0.1
"""Share of the answerable questions that the threshold may refuse."""


class Retrieved(NamedTuple):
    """A question's row, its hits, and the model that embeds texts."""

    row: dict[str, Any]
    hits: list[NodeWithScore]
    embed: Embed


@dataclass(frozen=True)
class Case:
    """A question with all that was found for it.

    Attributes:
        cited: for each quote, whether it overlaps a gold place.
        right: for each quote, whether it holds the answer.
    """

    row: dict[str, Any]
    hits: list[NodeWithScore]
    found: list[Evidence]
    cited: NDArray[np.bool_]
    right: NDArray[np.bool_]


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=WORLD, help="folder of the second archive")
    world: Path = parser.parse_args().to
    if not (world / "questions.jsonl").exists():
        script = Path(__file__).with_name("make_second_world.py")
        subprocess.run([sys.executable, str(script), "--to", str(world)], check=True)
    with (world / "questions.jsonl").open(encoding="utf-8") as lines:
        asked = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as scratch:
        texts = Path(scratch) / "texts"
        held_out = [document for document in documents() if is_held_out(document)][::STEP]
        second = retrieved(world / "archive", asked)
        others = {
            "held-out texts": retrieved(texts, write_archive(held_out, texts)),
            "samples, dev": retrieved(ARCHIVE, list(questions("dev"))),
        }
    for reader in (None, MiniLMReader()):
        print(f"--- {'without a reader' if reader is None else reader.name}")
        fit(measure(second, reader), {name: measure(o, reader) for name, o in others.items()})


def fit(cases: Sequence[Case], others: Mapping[str, Sequence[Case]]) -> None:
    """Fit on the cases, and print how that does on those left out and on others."""
    weights = fit_quotes(cases)
    left_out: list[list[Evidence]] = [[] for _ in cases]
    for fold in folds(cases):
        rest = fit_quotes([case for n, case in enumerate(cases) if n not in fold])
        for n in fold:
            left_out[n] = ranked(cases[n].found, rest)
    print("weights:", Signals(*(round(w, 3) for w in weights)))

    signals = doubts_of(cases, left_out)
    answerable = np.array([float(case.row["answerable"]) for case in cases])
    model = fit_logistic(signals, answerable)
    chance = np.zeros(len(cases))
    for fold in folds(cases):
        kept = np.setdiff1d(np.arange(len(cases)), fold)
        chance[fold] = probability(fit_logistic(signals[kept], answerable[kept]), signals[fold])
    threshold = float(np.quantile(chance[answerable == 1], REFUSED))
    # the default threshold is 0.5 with and without a reader, so the intercept takes the rest
    model[0] -= math.log(threshold / (1 - threshold))
    print(f"intercept: {model[0]:.3f}")
    print("coefficients:", Doubts(*(round(float(w), 3) for w in model[1:])))
    report("second archive, left out", cases, left_out, chance < threshold)
    for name, compared in others.items():
        order = [ranked(case.found, weights) for case in compared]
        report(name, compared, order, probability(model, doubts_of(compared, order)) < 0.5)


def retrieved(archive: Path, rows: Sequence[dict[str, Any]]) -> list[Retrieved]:
    """What an index of the archive retrieves for each question."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        MMRagIndex(Path(scratch) / "index", profile="offline") as index,
    ):
        index.index(archive)
        retriever = index.as_retriever(top_k=WEIGHED)
        embed = index.embedding.embed_texts
        return [Retrieved(row, retriever.retrieve(row["question"]), embed) for row in rows]


def measure(found: Sequence[Retrieved], reader: Reader | None) -> list[Case]:
    """The cases of the questions that have any evidence."""
    sources = AnswerSettings().sources
    cases = []
    for row, hits, embed in found:
        evidence = gather(row["question"], hits, embed, sources=sources, reader=reader)
        if evidence:
            cases.append(judged(row, hits, evidence))
    return cases


def judged(row: dict[str, Any], hits: list[NodeWithScore], found: list[Evidence]) -> Case:
    """A case with its quotes marked; a right quote stands in a gold place and says the answer."""
    accepted = [" ".join(text.casefold().split()) for text in row["answer"]]
    cited = np.zeros(len(found), dtype=bool)
    right = np.zeros(len(found), dtype=bool)
    for n, evidence in enumerate(found):
        where = cite(evidence.node, evidence.start, evidence.end, n=1, score=0.0, verified=True)
        said = " ".join(evidence.text.casefold().split())
        cited[n] = any(overlaps(where, gold) for gold in row["gold"])
        right[n] = cited[n] and (not accepted or any(text in said for text in accepted))
    return Case(row, hits, found, cited, right)


def folds(cases: Sequence[Case]) -> list[NDArray[np.intp]]:
    """Indices of FOLDS shuffled parts."""
    shuffled = np.random.default_rng(0).permutation(len(cases))
    return [shuffled[n::FOLDS] for n in range(FOLDS)]


def fit_quotes(cases: Sequence[Case]) -> Signals:
    """Weights under which the softmax over a question's quotes falls on right ones (ListNet-like).

    Where no quote says the answer, those that stand in a gold place count as right.
    """
    usable = [
        (np.array([e.signals for e in case.found]), case.right if case.right.any() else case.cited)
        for case in cases
        if case.cited.any()
    ]
    everything = np.vstack([signals for signals, _ in usable])
    spread = everything.std(0) + 1e-9
    most = max(len(signals) for signals, _ in usable)
    scaled = np.zeros((len(usable), most, everything.shape[1]))
    there = np.full((len(usable), most), -np.inf)
    right = np.full((len(usable), most), -np.inf)
    for n, (signals, good) in enumerate(usable):
        scaled[n, : len(signals)] = signals / spread
        there[n, : len(signals)] = 0.0
        right[n, : len(signals)][good] = 0.0
    weights = np.zeros(everything.shape[1])
    for _ in range(3000):
        scores = scaled @ weights
        pull = softmax(scores + right) - softmax(scores + there)
        slope = np.einsum("qn,qnf->f", pull, scaled) - RIDGE * weights
        weights += slope / len(usable)
    return Signals(*map(float, weights / spread))


def softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares: Floats = powers / powers.sum(-1, keepdims=True)
    return shares


def report(
    name: str,
    cases: Sequence[Case],
    order: Sequence[list[Evidence]],
    refused: NDArray[np.bool_],
) -> None:
    """Print how often the chosen quotes say the answer, and how well silence is kept."""
    answerable = np.array([bool(case.row["answerable"]) for case in cases])
    cited, said, quoted = (np.zeros(len(cases)) for _ in range(3))
    for n, (case, found) in enumerate(zip(cases, order, strict=True)):
        place = {(e.node.node_id, e.start, e.end): at for at, e in enumerate(case.found)}
        chosen = [place[e.node.node_id, e.start, e.end] for e in select(found)]
        cited[n], said[n] = case.cited[chosen].any(), case.right[chosen].any()
        quoted[n] = len(chosen)
    print(
        f"{name}: cited {cited[answerable].mean():.3f}, "
        f"answer in the quotes {said[answerable].mean():.3f}, "
        f"{quoted[answerable].mean():.2f} quotes an answer; "
        f"after refusals {(said * ~refused)[answerable].mean():.3f}, "
        f"abstain precision {(refused & ~answerable).sum() / max(1, refused.sum()):.3f}, "
        f"recall {refused[~answerable].mean():.3f}, "
        f"over-refusal {refused[answerable].mean():.3f}"
    )


def doubts_of(cases: Sequence[Case], order: Sequence[list[Evidence]]) -> Floats:
    """(n, signals) of the abstention model."""
    return np.array(
        [
            doubts(case.row["question"], case.hits, found)
            for case, found in zip(cases, order, strict=True)
        ]
    )


def fit_logistic(signals: Floats, answerable: Floats) -> Floats:
    """(1 + signals,) weights of a ridge logistic regression with balanced classes (Newton)."""
    mean, spread = signals.mean(0), signals.std(0) + 1e-9
    scaled = np.c_[np.ones(len(signals)), (signals - mean) / spread]
    balance = np.where(answerable == 1, 0.5 / answerable.mean(), 0.5 / (1 - answerable.mean()))
    ridge = RIDGE * np.r_[0.0, np.ones(signals.shape[1])]
    weights = np.zeros(scaled.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (balance * (p - answerable)) + ridge * weights
        bend = (scaled * (balance * p * (1 - p))[:, None]).T @ scaled + np.diag(ridge + 1e-9)
        weights = weights - np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    whole: Floats = np.r_[weights[0] - plain @ mean, plain]
    return whole


def probability(weights: Floats, signals: Floats) -> Floats:
    """(n,) probabilities that the questions can be answered."""
    p: Floats = 1 / (1 + np.exp(-(weights[0] + signals @ weights[1:])))
    return p


if __name__ == "__main__":
    main()
