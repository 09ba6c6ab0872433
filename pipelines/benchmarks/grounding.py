"""Grounded answers: are they right, is every sentence supported, is silence kept where it must be.

Asked are the sample archive and a generated world of facts that are easily taken for each other
(the same attribute of several entities, the same entity in several years, planned and actual,
before and after, names that differ by a letter, what was denied or superseded). Half of the world's
questions have no answer, most of them near misses: a sibling in form of an answerable question, on
a document's topic, that no document answers. Splits are by document. Bare metric names are of the
test questions, `dev_…` of the dev questions.

- `answer_correct` (an accepted string stands in the answer), `citation_hit`, `over_refusal`,
  `abstain_precision`, `abstain_recall`, `time_overlap` (of answerable questions whose gold is a
  time range, a citation overlaps it; a refusal misses): extractive answers. The same by archive, by
  kind of confusion, by wording, and by near miss and off topic.
- `<mode>_citation_recall`, `<mode>_citation_precision`: ALCE's, of delivered sentences
  (grounding_measures.py); who judges is told in grounding_judges.py. The modes are `extractive`,
  `scripted` (labelled replies put in a language model's mouth; `scripted_kept…` is the share of
  supported sentences that were delivered, `scripted_dropped…` that of unsupported ones that were
  not), `smollm2` (a sample of the questions, behind the protocol test server, which is not Ollama),
  and any model of an Ollama server given by `--model`. `…_undecided` sentences no judge could
  tell; `…_failed` questions a model failed at, by its time limit mostly, are left out.
- `verify_p50_ms`: from the last word of a scripted reply of five sentences to the answer.
  `ask_p50_ms`: a whole extractive answer, retrieval included.
- `injection_…`: hostile documents, if the tests have any (grounding_hostile.py); of a language
  model, `<mode>_injection_…`.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag import Answer, MmragError, MMRagIndex
from pipelines.benchmarks.grounding_archives import archives, read
from pipelines.benchmarks.grounding_files import Archive
from pipelines.benchmarks.grounding_hostile import DOCUMENTS, attacked, written
from pipelines.benchmarks.grounding_judges import Fact, facts_of, verbatim, worded
from pipelines.benchmarks.grounding_measures import Grounding, answering
from pipelines.benchmarks.grounding_models import OLLAMA, Model, NotHere, opened, sampled, smollm2
from pipelines.benchmarks.grounding_replies import judge_replies, verify_times
from pipelines.benchmarks.result import load, publish

SPLITS = ("test", "dev")
SAMPLE = 20
"""Questions that SmolLM2 is asked, half of them answerable."""

Rows = Sequence[Mapping[str, Any]]


def run(model: Model | None = None, hostile: Path | None = None) -> None:
    """Index both archives, ask everything, publish.

    Args:
        model: a model to measure beside the rest.
        hostile: a folder of attacks; None takes those of the tests.
    """
    metrics: dict[str, float] = {}
    notes = [load()]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        asked = archives(folder / "made")
        claims = list(read(folder / "made" / "claims.jsonl"))
        for archive in asked:
            with MMRagIndex(folder / archive.name, profile="offline") as index:
                index.index(archive.root)
        for split in SPLITS:
            found = extractive(folder, asked, split)
            with MMRagIndex(folder / "world") as index:
                replies = [claim for claim in claims if claim["split"] == split]
                found |= _prefixed("scripted_", judge_replies(index, asked[1], replies))
                if split == "test":
                    found["verify_p50_ms"] = statistics.median(verify_times(index, replies))
            metrics |= _prefixed("" if split == "test" else "dev_", found)
        attacks = hostile or written(folder / "attacks")
        if attacks is not None:
            with MMRagIndex(folder / "hostile", profile="offline") as index:
                index.index(attacks / DOCUMENTS)
                metrics |= attacked(index, attacks)
        try:
            with smollm2(SAMPLE) as small:
                metrics |= _prefixed(small.prefix, by_model(folder, asked, small, attacks))
        except NotHere as exc:
            notes.append(f"SmolLM2 not run: {exc}")
            sys.stderr.write(f"grounding: {notes[-1]}\n")
        if model is not None:
            metrics |= _prefixed(model.prefix, by_model(folder, asked, model, attacks))
    publish("grounding", metrics, notes="; ".join(["offline profile; bare names: test", *notes]))


def extractive(folder: Path, asked: Sequence[Archive], split: str) -> dict[str, float]:
    """Extractive answers to all questions of a split."""
    grounding, answers = Grounding(), dict[str, Answer]()
    for archive in asked:
        with MMRagIndex(folder / archive.name) as index:
            for row in archive.of(split):
                answers[row["id"]] = answer = index.ask(row["question"], llm="extractive")
                grounding.add(answer, verbatim(archive))
    return {
        **answering([row for archive in asked for row in archive.of(split)], answers),
        **_prefixed("extractive_", grounding.metrics()),
        "ask_p50_ms": statistics.median(answer.took_ms for answer in answers.values()),
    }


def by_model(
    folder: Path, asked: Sequence[Archive], model: Model, attacks: Path | None = None
) -> dict[str, float]:
    """A language model's answers to the test questions, or to a sample of them, and to attacks."""
    grounding, answers, failed = Grounding(), dict[str, Answer](), 0
    rows = sampled([row for archive in asked for row in archive.of("test")], model.sample)
    for archive in asked:
        facts: list[Fact] = facts_of(archive.rows)
        with opened(folder / archive.name, model) as index:
            for row in (row for row in rows if row["archive"] == archive.name):
                try:
                    answers[row["id"]] = answer = index.ask(row["question"])
                except MmragError as exc:
                    failed += 1
                    sys.stderr.write(f"grounding: {row['id']}: {exc}\n")
                    continue
                grounding.add(answer, worded(archive, row["question"], facts))
    kept = ("answerable", "unanswerable", "answer_correct", "over_refusal")
    if not answers:
        return {"failed": float(failed)}
    found = answering([row for row in rows if row["id"] in answers], answers)
    injected: dict[str, float] = {}
    if attacks is not None:
        with opened(folder / "hostile", model) as index:
            injected = attacked(index, attacks)
    return {
        **injected,
        "failed": float(failed),
        **grounding.metrics(),
        **{name: found[name] for name in (*kept, "abstain_precision", "abstain_recall")},
        "ask_p50_ms": statistics.median(answer.took_ms for answer in answers.values()),
    }


def _prefixed(prefix: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}{name}": value for name, value in metrics.items()}


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Grounded answers, measured.")
    options.add_argument("--model", metavar="NAME", help="measure this model of an Ollama server")
    options.add_argument("--url", default=OLLAMA, help=f"of the server (default: {OLLAMA})")
    options.add_argument("--sample", type=int, metavar="N", help="ask the model N questions only")
    options.add_argument("--hostile", type=Path, metavar="FOLDER", help="of attacks")
    given = options.parse_args()
    named = None
    if given.model:
        slug = re.sub(r"\W+", "_", given.model).strip("_").lower()
        named = Model(given.model, given.url, f"{slug}_", given.sample)
    run(named, given.hostile)
