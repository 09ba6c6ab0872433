"""Whether what is new has drifted from what an index held: all kinds in all spaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from mmrag.errors import IndexMismatch, InputError
from mmrag.evaluation.drift.measures import (
    FEWEST,
    Finding,
    Limits,
    Scores,
    of_scores,
    of_vectors,
    tests_in,
)
from mmrag.evaluation.drift.permuting import holm
from mmrag.evaluation.drift.snapshot import QUESTIONS, Cloud, Place, Snapshot
from mmrag.evaluation.embeddings.sample import UNKNOWN
from mmrag.modalities import Modality
from mmrag.retrieval.scales import Scales
from mmrag.store.manifest import same_model

_FINE = 2
"""Times finer than needed the smallest p-value is."""


@dataclass(frozen=True, eq=False)
class Compared:
    """One kind in one space.

    Attributes:
        old, new: the samples.
        findings: the measures.
        scores: of both sides, for a picture.
        match: what a match scores there, as the index was measured; None where it was not.
    """

    space: str
    kind: str
    old: Cloud
    new: Cloud
    findings: tuple[Finding, ...]
    scores: Scores
    match: float | None = None

    @property
    def name(self) -> str:
        """ "clip, image"."""
        return f"{self.space}, {self.kind}"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        sides = {
            name: {"items": len(cloud), "documents": cloud.size, "of": cloud.count}
            for name, cloud in (("old", self.old), ("new", self.new))
        }
        findings = [
            {"measure": row.measure.name}
            | {
                key: round(value, 6) if isinstance(value, float) else value
                for key, value in asdict(row).items()
                if key != "measure"
            }
            for row in self.findings
        ]
        return {"space": self.space, "kind": self.kind, **sides, "findings": findings}


@dataclass(frozen=True)
class Drift:
    """What a comparison found.

    Attributes:
        before, now: one line on each side.
        compared: by kind and space.
        broken: vectors that are no directions, a line each: an alarm of their own.
        notes: what could not be compared, and why.
        deals: random deals of the documents behind every p-value.
    """

    before: str
    now: str
    limits: Limits
    compared: tuple[Compared, ...]
    broken: tuple[str, ...]
    notes: tuple[str, ...]
    deals: int

    @property
    def found(self) -> bool:
        """Whether there is an alarm."""
        return bool(self.alarms)

    @property
    def alarms(self) -> list[str]:
        """What has drifted, a line each."""
        lines = [
            f"{one.name}: {row.measure.name} {shown(row.value)}, by chance {shown(row.chance)}; "
            f"limit {getattr(self.limits, row.measure.limit):g}, p {shown_p(row.adjusted)}"
            for one in self.compared
            for row in one.findings
            if row.alarm and row.measure.limit and row.adjusted is not None
        ]
        return [*lines, *self.broken]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "before": self.before,
            "now": self.now,
            "drift": self.found,
            "alarms": self.alarms,
            "limits": asdict(self.limits),
            "deals": self.deals,
            "compared": [one.as_dict() for one in self.compared],
            "notes": list(self.notes),
        }


def shown(value: float) -> str:
    """A figure as people read it: three places, and no minus before zero."""
    return f"{round(value, 3) + 0.0:.3f}"


def shown_p(value: float) -> str:
    """A p-value as people read it."""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def compare(before: Snapshot, now: Snapshot, limits: Limits | None = None) -> Drift:
    """Compare each kind in each dense space that both sides have.

    Args:
        now: what is new; of its spaces and kinds those are compared that were there before.
        limits: from where on a difference is an alarm; None takes the defaults.

    Raises:
        IndexMismatch: a space was filled by another model then; no vectors can be compared.
        InputError: nothing can be compared, for want of items or of a side.
    """
    limits = limits or Limits()
    check_models(before, now)
    pairs, notes = _comparable(before, now)
    if not pairs:
        raise InputError(
            f"nothing can be compared with {before.location}: "
            f"{'; '.join(notes) or 'there is nothing new'}"
        )
    tests = sum(tests_in(*both, scores_only=kind == QUESTIONS) for (_, kind), both in pairs)
    deals = math.ceil(_FINE * tests / limits.alpha)
    compared = [_compared(before, place, *both, deals) for place, both in pairs]
    sparse = sorted(row.space for row in now.models if row.size is None)
    if sparse:
        notes.append(f"sparse spaces are left out: {', '.join(sparse)}")
    return Drift(
        before.about,
        now.about,
        limits,
        _judged(compared, limits),
        tuple(
            f"{space}, {kind}: {cloud.broken} of the new vectors are zero or not finite"
            for (space, kind), cloud in now.clouds.items()
            if cloud.broken
        ),
        tuple(notes),
        deals,
    )


def check_models(before: Snapshot, now: Snapshot) -> None:
    """Whether both sides have the same models in the dense spaces that both have.

    Raises:
        IndexMismatch: they do not.
    """
    then = {row.space: row for row in before.models}
    for row in now.models:
        held = then.get(row.space)
        if held is not None and not same_model(held, row):
            raise IndexMismatch(
                f"space {row.space!r} was filled by {held} ({before.location}) and is filled by "
                f"{row} ({now.location}): another model is a change of its own, across which "
                "no drift can be measured; save a new reference with it"
            )


def _comparable(
    before: Snapshot, now: Snapshot
) -> tuple[list[tuple[Place, tuple[Cloud, Cloud]]], list[str]]:
    """What to compare, old and new by place, and why other things are not."""
    pairs, notes = [], []
    for place, new in sorted(now.clouds.items(), key=lambda row: row[0]):
        (space, kind), old = place, before.clouds.get(place)
        if old is None:
            known = any(name == space for name, _ in before.clouds)
            lacks = f"no {kind} in it" if known else "no such space"
            notes.append(f"{space}, {kind}: the reference has {lacks}")
            continue
        if kind == QUESTIONS and not before.items(space):
            notes.append(f"{space}, {kind}: the reference holds no items to score them with")
            continue
        fresh = new if kind == QUESTIONS else new.without(old)
        if fresh.size < new.size:
            already = f"{new.size - fresh.size} of {new.size} documents"
            notes.append(f"{space}, {kind}: {already} were stored already and are left out")
        if min(old.size, fresh.size) < FEWEST:
            which, few = ("new", fresh.size) if fresh.size < FEWEST else ("old", old.size)
            unit = "questions" if kind == QUESTIONS else "documents"
            notes.append(
                f"{space}, {kind}: {few} {which} {unit}, and it takes {FEWEST} on each side to "
                "tell drift from chance"
            )
            continue
        pairs.append((place, (old, fresh)))
    return pairs, notes


def _compared(before: Snapshot, place: Place, old: Cloud, new: Cloud, deals: int) -> Compared:
    space, kind = place
    if kind == QUESTIONS:
        stored, match = np.concatenate(before.items(space)), _match(before, space, Modality.TEXT)
        scores, findings = of_scores(old, new, deals, stored=stored, match=match)
    else:
        match = _match(before, space, Modality(kind)) if kind != UNKNOWN else None
        scores, found = of_scores(old, new, deals)
        findings = [*of_vectors(old, new, deals), *found]
    return Compared(space, kind, old, new, tuple(findings), scores, match)


def _match(snapshot: Snapshot, space: str, asked: Modality) -> float | None:
    """What a match scores that is asked in that modality: of the same, or of anything."""
    scales = Scales.of(snapshot.calibration)
    of_kind = scales.match(space, [asked], asked)
    return scales.match(space, [asked], None) if of_kind is None else of_kind


def _judged(compared: Sequence[Compared], limits: Limits) -> tuple[Compared, ...]:
    """The same with p-values adjusted over all tests, and alarms."""
    tests = [row for one in compared for row in one.findings if row.measure.limit]
    adjusted = dict(zip(map(id, tests), holm([row.p for row in tests]), strict=True))

    def judged(row: Finding) -> Finding:
        if row.measure.limit is None:
            return row
        p, limit = adjusted[id(row)], getattr(limits, row.measure.limit)
        return replace(row, adjusted=p, alarm=p <= limits.alpha and row.value > limit)

    return tuple(replace(one, findings=tuple(map(judged, one.findings))) for one in compared)
