"""Notes, pictures and sounds in one pool: does calibrated fusion rank them better than others do?

Three parts. Constants were chosen on the dev split of the first; its bare metric names are of its
test world, and `dev_…` of any metric is of the dev split.

- *Generated*: the world of `world.py`, tiny profile without speech or character recognition, asked
  in words, by picture, by sound, and by words with a picture.
- *Stamps* (`stamps_…`): real captions, pictures, spoken names and sound effects (`pool_stamps.py`),
  asked in words, by a changed picture, and by voice over the telephone. The tiny profile's space
  knows drawn shapes and tones only: here it is noise, and the question is whether it drowns what
  words find. `MMRAG_BENCH_PROFILE=default` or `--profile default` takes a real one from a hub.
  `offline` is the offline profile, as its users get it: text, OCR and transcripts; it can't be
  asked by a picture without words. `stamps_tiny_vs_offline` is calibrated fusion minus offline,
  nDCG@10 of the questions in words, `…_spoken` of those by voice.
- *Samples*: the archive that ships with mmrag, `samples_vs_text_only` (see `pool_samples.py`).

Baselines are those of `pool_baselines.py`. `gain` is nDCG@10 of calibrated fusion minus that of the
best baseline, `gain_lo` and `gain_hi` its paired bootstrap interval over questions (95 %);
`gain_over_apart` the same over the best one of an index laid out as others lay it out.
`ndcg_oracle` bounds what a fusion of the same lists can reach. `exposure_…` is the share of a kind
of file in the top ten of questions in words with relevant files of that kind, `min_exposure` the
smallest of them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmrag import MMRagIndex, load_settings
from pipelines.benchmarks.debian import Unreachable
from pipelines.benchmarks.pool_asking import DEPTH, Ranking, as_users_do, by_channel
from pipelines.benchmarks.pool_baselines import APART, BASELINES, oracle
from pipelines.benchmarks.pool_measures import MINE, Judged, against_baselines, difference, spread
from pipelines.benchmarks.pool_samples import asked_samples
from pipelines.benchmarks.pool_show import plot, print_tables
from pipelines.benchmarks.pool_stamps import build as build_stamps
from pipelines.benchmarks.pool_stamps import fetched, read_stamps, sampled
from pipelines.benchmarks.result import RESULTS, publish
from pipelines.benchmarks.world import Question
from pipelines.benchmarks.world import build as build_world

SEEDS = {"dev": 6_000, "test": 7_000}
"""Of the generated worlds."""
PROFILE = "MMRAG_BENCH_PROFILE"
"""The environment's name for the profile that the stamps are indexed with."""

Parts = dict[str, dict[str, Judged]]
"""By part and split."""


def run(profile: str | None = None) -> None:
    """Ask all three pools, publish, print and plot."""
    profile = profile or os.environ.get(PROFILE) or "tiny"
    parts: Parts = {}
    missing = ""
    with tempfile.TemporaryDirectory() as scratch:
        parts["generated"] = {
            split: generated(seed, Path(scratch) / split) for split, seed in SEEDS.items()
        }
        try:
            parts["stamps"] = stamps(profile, Path(scratch) / "stamps")
        except Unreachable as exc:
            missing = f"; stamps not run: {exc}"
            sys.stderr.write(f"mixed_pool: stamps not run: {exc}\n")
        parts["samples"] = asked_samples(Path(scratch) / "samples")
    publish(
        "mixed_pool",
        named(parts),
        notes="tiny profile; bare names: generated test world; intervals: 95 % bootstrap over "
        f"questions; stamps: {profile} profile{missing}",
    )
    print_tables(parts)
    plot({part: splits["test"] for part, splits in parts.items()}, RESULTS / "mixed_pool.png")


def named(parts: Parts) -> dict[str, float]:
    """All metrics under their published names."""
    prefixes = {"generated": "", "stamps": "stamps_", "samples": "samples_"}
    return {
        f"{'' if split == 'test' else 'dev_'}{prefixes[part]}{key}": value
        for part, splits in parts.items()
        for split in ("test", "dev")
        for key, value in splits[split].metrics.items()
    }


def generated(seed: int, folder: Path) -> Judged:
    """Part one, one split."""
    world = build_world(folder, seed)
    changes = {"ingest.ocr": False, "ingest.asr": False, "retrieval.fusion": "calibrated"}
    with MMRagIndex(
        folder / "index", profile="tiny", settings=load_settings(changes=changes)
    ) as index:
        index.index(world.archive)
        found = against_baselines(world.questions, rankings(index, world.questions))
    found.metrics["items"] = world.items
    return found


def stamps(profile: str, folder: Path) -> dict[str, Judged]:
    """Part two, both splits.

    Raises:
        Unreachable: the package cannot be fetched here.
    """
    worlds = build_stamps(sampled(read_stamps(fetched())), folder)
    archive = worlds["test"].archive
    plain: dict[str, dict[str, Ranking]] = {}
    with MMRagIndex(folder / "offline", profile="offline") as index:
        index.index(archive)
        for split, world in worlds.items():
            plain[split] = {question.id: [] for question in world.questions}
            plain[split] |= as_users_do(index, [q for q in world.questions if q.kind != "picture"])
    settings = load_settings(changes={"retrieval.fusion": "calibrated"})
    out = {}
    # tiny is offline with one space more: no picture or voice has to be read again
    place, named = ("offline", None) if profile == "tiny" else ("index", profile)
    with MMRagIndex(folder / place, profile=named, settings=settings) as index:
        index.index(archive)
        if named is None:
            index.add_space("tiny")
        for split, world in worlds.items():
            found = {**rankings(index, world.questions), "offline": plain[split]}
            out[split] = against_baselines(world.questions, found)
            out[split].metrics["items"] = world.items
            for kind, suffix in (("words", ""), ("spoken", "_spoken")):
                ids = [question.id for question in world.questions if question.kind == kind]
                name = f"{profile}_vs_offline{suffix}"
                out[split].metrics.update(
                    spread(name, difference(out[split].values, "offline", of=ids))
                )
    return out


def rankings(index: MMRagIndex, questions: Sequence[Question]) -> dict[str, Mapping[str, Ranking]]:
    """By method and question, the first files: calibrated fusion, the baselines, and the oracle."""
    proposed, apart = by_channel(index, questions)
    return {
        MINE: as_users_do(index, questions),
        **{
            name: {i: method(proposals)[:DEPTH] for i, proposals in given.items()}
            for given, methods in ((proposed, BASELINES), (apart, APART))
            for name, method in methods.items()
        },
        "oracle": {q.id: oracle(proposed[q.id], q.relevant) for q in questions},
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Retrieval from a mixed pool, against baselines.")
    options.add_argument(
        "--profile", help="models that the stamps are indexed with (default: tiny)"
    )
    run(options.parse_args().profile)
