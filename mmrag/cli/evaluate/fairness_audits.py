"""From the options of `mmrag eval fairness` to audits: asking, grouping, measuring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmrag.cli.evaluate.options import progress, searching
from mmrag.cli.options import opened
from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.classification import audit_predictions
from mmrag.evaluation.fairness.desired import WISHES, desired_shares, given_shares
from mmrag.evaluation.fairness.groups import (
    Groups,
    by_attribute,
    grouped,
    question_groups,
    read_groups,
    survey,
)
from mmrag.evaluation.fairness.measures import Desired
from mmrag.evaluation.fairness.predictions import read_predictions
from mmrag.evaluation.fairness.regression import digest
from mmrag.evaluation.fairness.retrieval import audit_askers, audit_documents
from mmrag.evaluation.fairness.trial import Trial, try_reranking
from mmrag.evaluation.questions import LabelledQuestion, read_questions
from mmrag.evaluation.retrieval import Rankings, answerable, ask, of_run
from mmrag.evaluation.runs import read_run

Where = tuple[Path | None, str | None, str | None, Path | None]
"""--index, --qdrant, --profile, --config."""


@dataclass(frozen=True)
class Audited:
    """Audits with what they are of.

    Attributes:
        about: for a reader.
        subject: what a saved audit must be of to be held against these.
        trial: fair re-ranking of the first.
    """

    audits: Sequence[Audit]
    about: Mapping[str, str]
    subject: Mapping[str, str]
    trial: Trial | None = None


@dataclass(frozen=True)
class Ask:
    """What is asked, and how answers are grouped; as the options have it."""

    questions: Path
    split: str | None
    k: int
    attribute: str | None
    groups: Path | None
    question_group: str | None
    run_in: Path | None
    least: int


def of_predictions(path: Path, groups: Path | None, positive: Sequence[str], least: int) -> Audited:
    """Audit a file of predictions."""
    rows = read_predictions(path, read_groups(groups) if groups else None)
    attribute = groups.stem if groups else "group"
    audit = audit_predictions(rows, attribute=attribute, positive=positive, least=least)
    subject = {
        "attribute": attribute,
        "items": digest(f"{row.item}\t{row.truth}" for row in rows),
        "positive": ", ".join(positive) or "all",
    }
    return Audited([audit], {"file": str(path)}, subject)


def of_questions(
    wanted: Ask,
    *,
    desired: str | Sequence[str],
    rerank: str | None,
    slack: float,
    candidates: int | None,
    where: Where,
) -> Audited:
    """Ask an index, or read a run, and audit it.

    Args:
        desired: a word, or shares as they were given.
    """
    rows = read_questions(wanted.questions, split=wanted.split)
    askers = (
        question_groups(wanted.questions, wanted.question_group, rows)
        if wanted.question_group
        else None
    )
    depth = (candidates or 3 * wanted.k) if rerank else wanted.k
    rankings, groups = _asked(wanted, rows, depth, where)
    audits, trial = [], None
    if groups is not None:
        shares = _desired(groups, desired)
        audit = audit_documents(
            rows, rankings.labels, groups, shares, k=wanted.k, least=wanted.least
        )
        audits.append(audit)
        if rerank:
            trial = try_reranking(
                rows,
                rankings.labels,
                groups,
                shares,
                method=rerank,
                slack=slack,
                k=wanted.k,
                least=wanted.least,
            )
    if askers is not None:
        attribute = f"{wanted.question_group} of questions"
        audits.append(
            audit_askers(rows, rankings.labels, askers, attribute, k=wanted.k, least=wanted.least)
        )
    audits[0] = audits[0].noted(*_notes(rankings, wanted.k))
    shown = desired if isinstance(desired, str) else ", ".join(desired)
    about = {
        "file": str(wanted.questions),
        "split": wanted.split or "all",
        "hits that count": str(wanted.k),
        "desired": shown,
    }
    subject = {
        "attribute": ", ".join(audit.attribute for audit in audits),
        "questions": digest(
            f"{row.id}\t{row.words}\t{' '.join(row.relevant)}" for row in answerable(rows)
        ),
        "k": str(wanted.k),
        "desired": shown,
    }
    return Audited(audits, about, subject, trial)


def _asked(
    wanted: Ask, rows: Sequence[LabelledQuestion], depth: int, where: Where
) -> tuple[Rankings, Groups | None]:
    """Rankings, and the groups of documents if there are to be any."""
    of = read_groups(wanted.groups) if wanted.groups else None
    name = wanted.groups.stem if wanted.groups else ""
    if wanted.run_in is not None:
        rankings = of_run(rows, read_run(wanted.run_in), depth=depth)
        return rankings, None if of is None else grouped(name, of, None)
    with opened(*where) as index:
        groups = None
        if wanted.attribute or of is not None:  # before the asking, for it may refuse
            corpus = survey(index.vector_store.engine, wanted.attribute)
            if of is not None:
                groups = grouped(name, of, corpus.places)
            elif wanted.attribute:
                groups = by_attribute(corpus, wanted.attribute)
        with progress("asking", len(answerable(rows))) as done:
            return ask(rows, searching(index, depth), done=done), groups


def _notes(rankings: Rankings, k: int) -> Iterator[str]:
    for question, why in rankings.unranked.items():
        yield f"counted as having found nothing: {question} ({why})"
    short = sum(len(found) < k for found in rankings.labels.values())
    if short:
        yield (
            f"{short} of {len(rankings.labels)} questions found fewer than {k} places; what they "
            "found counts"
        )


def _desired(groups: Groups, wanted: str | Sequence[str]) -> Desired:
    if not isinstance(wanted, str):
        return given_shares(groups, wanted)
    for wish in WISHES:
        if wish == wanted:
            return desired_shares(groups, wish)
    raise InputError(f"no desired shares are called {wanted!r}; there are: {', '.join(WISHES)}")
