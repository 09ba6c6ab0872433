"""Audits of searches: the figures by hand, re-ranking and its cost, and audits kept for later."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fairness_world import World

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.gaps import UNLABELLED, Row, called
from mmrag.evaluation.fairness.measures import position_bias
from mmrag.evaluation.fairness.regression import (
    Saved,
    changes,
    check_subject,
    keep,
    read_saved,
)
from mmrag.evaluation.fairness.report import write_report
from mmrag.evaluation.fairness.retrieval import audit_askers, audit_documents
from mmrag.evaluation.fairness.trial import exposures, reranked, try_reranking
from mmrag.evaluation.questions import Gold, LabelledQuestion

HALVES = {"blue": 0.5, "red": 0.5}


def rows(audit: Audit, measure: str) -> dict[str, Row]:
    return next(
        {row.group: row for row in one.rows}
        for one in audit.findings
        if one.measure.name == measure
    )


def mean(row: Row) -> float:
    assert row.value is not None
    return row.value.mean


@pytest.fixture(scope="module")
def audit(world: World) -> Audit:
    return audit_documents(world.questions, world.rankings, world.groups, HALVES, k=6)


def test_quality_by_group(world: World, audit: Audit) -> None:
    ndcg = rows(audit, "ndcg@6")
    assert {name: mean(row) for name, row in ndcg.items()} == pytest.approx(
        {"blue": 1.0, "red": 1 / math.log2(4)}
    )
    assert ndcg["red"].gap is not None and ndcg["red"].gap.mean == pytest.approx(-0.5)
    assert ndcg["red"].called and ndcg["blue"].called
    assert {mean(row) for row in rows(audit, "recall@6").values()} == {1.0}
    shallow = audit_documents(world.questions, world.rankings, world.groups, HALVES, k=2)
    assert {name: mean(row) for name, row in rows(shallow, "recall@2").items()} == {
        "blue": 1.0,
        "red": 0.0,
    }


def test_exposure_is_that_of_labelled_places_and_what_has_no_label_has_a_column(
    audit: Audit,
) -> None:
    bias = position_bias(6)
    labelled = bias[:5].sum()
    red = (bias[4] + (bias[2] + bias[4])) / 2 / labelled
    found = rows(audit, "exposure@6")
    assert mean(found["red"]) == pytest.approx(red)
    assert mean(found["blue"]) == pytest.approx(1 - red)
    assert mean(found[UNLABELLED]) == pytest.approx(bias[5] / bias.sum())
    assert found["red"].gap is not None and found["red"].gap.mean == pytest.approx(red - 0.5)
    assert found[UNLABELLED].gap is None
    # both groups are wanted alike, so the ratio of treatment is that of exposure
    treatment = rows(audit, "treatment@6")["red"].gap
    assert treatment is not None and treatment.mean == pytest.approx(red / (1 - red))
    assert any("40 of 240 places that were shown" in note for note in audit.notes)


def test_skew_is_that_of_mean_shares(audit: Audit) -> None:
    share = (1 / 5 + 2 / 5) / 2
    skew = audit.columns[0].values["red"]
    assert skew is not None and skew.mean == pytest.approx(math.log(share / 0.5))
    figures = {figure.name: figure.value for figure in audit.figures}
    lowest, highest = figures["min_skew@6"], figures["max_skew@6"]
    assert lowest is not None and highest is not None
    assert (lowest.mean, highest.mean) == pytest.approx(
        (math.log(share / 0.5), math.log((1 - share) / 0.5))
    )


def test_as_json_there_is_no_infinity(world: World) -> None:
    never = {
        name: [label for label in found if label[0] != "r"]
        for name, found in world.rankings.items()
    }
    audit = audit_documents(world.questions, never, world.groups, HALVES, k=6)
    text = json.dumps(audit.as_dict(), allow_nan=False)
    assert json.loads(text)["by_group"]["skew@6"]["red"]["mean"] is None
    assert rows(audit, "exposure@6")["red"].called


def test_a_gold_place_without_a_label_is_a_column_of_its_own(world: World) -> None:
    question = LabelledQuestion("q", "q", (Gold("free"),))
    rankings = {**world.rankings, "q": ["free"]}
    audit = audit_documents([*world.questions, question], rankings, world.groups, HALVES, k=6)
    found = rows(audit, "recall@6")
    assert (found[UNLABELLED].units, mean(found[UNLABELLED])) == (1, 1.0)


def test_no_question_with_an_answer_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="none of the 1 questions has an answer"):
        audit_documents([LabelledQuestion("q", "q", ())], {}, world.groups, HALVES, k=6)


def test_groups_of_questions(world: World) -> None:
    of = {row.id: "seen" if row.id.startswith("b") else "new" for row in world.questions[:-1]}
    audit = audit_askers(world.questions, world.rankings, of, "habit", k=2)
    recall = rows(audit, "recall@2")
    assert {name: (row.units, mean(row)) for name, row in recall.items()} == {
        "new": (19, 0.0),
        "seen": (20, 1.0),
        UNLABELLED: (1, 0.0),
    }
    assert {row.group for one, row in called(audit.findings) if one.name == "recall@2"} == {
        "new",
        "seen",
    }


def test_reranking_brings_exposure_nearer_and_says_what_it_costs(
    world: World, audit: Audit
) -> None:
    trial = try_reranking(
        world.questions,
        world.rankings,
        world.groups,
        HALVES,
        method="detgreedy",
        slack=0.0,
        k=6,
        least=10,
    )
    before, after = exposures(audit)["red"], exposures(trial.after)["red"]
    assert before is not None and after is not None
    assert before < after <= 0.5
    order = reranked(world.rankings, world.groups, HALVES, method="detgreedy", slack=0.0)
    assert order["r0"] == ["b1", "r0", "b2", "r1", "b3", "free"]
    # blue answers stay first, red ones come up from the third place to the second
    assert trial.cost["ndcg@6"].mean == pytest.approx((1 / math.log2(3) - 0.5) / 2)
    assert trial.cost["recall@6"].mean == 0
    json.dumps(trial.as_dict(audit), allow_nan=False)
    loose = reranked(world.rankings, world.groups, HALVES, method="detcons", slack=1.0)
    assert loose == world.rankings


SUBJECT = {"attribute": "colour", "questions": "12ab", "k": "6"}


def worse(world: World, by: int) -> Audit:
    """The audit of rankings that find red answers so many places later."""
    rankings = {
        name: found if name[0] == "b" else [f"x{at}" for at in range(by)] + found
        for name, found in world.rankings.items()
    }
    return audit_documents(world.questions, rankings, world.groups, HALVES, k=6)


def test_a_kept_audit_tells_which_gaps_grew(world: World, audit: Audit, tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    keep([audit], SUBJECT, path)
    saved = read_saved(path)
    check_subject(saved, SUBJECT, path)
    same = changes([audit], saved, tolerance=0.0)
    assert same and not any(one.worse for one in same)
    assert {one.change.mean for one in same if one.change} == {0.0}

    grown = {
        (one.measure, one.group): one for one in changes([worse(world, 2)], saved, tolerance=0.05)
    }
    red = grown["ndcg@6 by colour", "red"]
    assert red.worse
    assert red.change is not None
    assert red.change.mean == pytest.approx(0.5 - 1 / math.log2(6))
    assert not grown["recall@6 by colour", "red"].worse
    tolerant = changes([worse(world, 2)], saved, tolerance=0.5)
    assert not any(one.worse for one in tolerant)
    better = changes([audit], _kept(worse(world, 2), tmp_path / "worse.json"), tolerance=0.05)
    assert not any(one.worse for one in better)


def _kept(audit: Audit, path: Path) -> Saved:
    keep([audit], SUBJECT, path)
    return read_saved(path)


def test_an_audit_of_something_else_is_refused(world: World, audit: Audit, tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    keep([audit], SUBJECT, path)
    saved = read_saved(path)
    with pytest.raises(InputError, match="is of something else: attribute colour there, size here"):
        check_subject(saved, {**SUBJECT, "attribute": "size"}, path)
    askers = audit_askers(world.questions, world.rankings, {"b0": "x", "r0": "y"}, "habit", k=6)
    with pytest.raises(InputError, match="groups of habit are x, y, and in the saved file no such"):
        changes([askers], saved, tolerance=0.05)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "other"}', '{"format": "mmrag fairness 1"}']
)
def test_a_file_that_is_no_kept_audit_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kept.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is no file of `mmrag eval fairness --save`"):
        read_saved(path)
    with pytest.raises(InputError, match="cannot read"):
        read_saved(tmp_path / "nowhere.json")


def test_the_report_has_every_measure_and_a_picture(
    world: World, audit: Audit, tmp_path: Path
) -> None:
    trial = try_reranking(
        world.questions,
        world.rankings,
        world.groups,
        HALVES,
        method="detgreedy",
        slack=0.1,
        k=6,
        least=10,
    )
    saved = _kept(audit, tmp_path / "kept.json")
    grown = changes([audit], saved, tolerance=0.05)
    text, picture = write_report(
        [audit], tmp_path / "out", about={"file": "q.jsonl"}, trial=trial, changes=grown
    )
    said = text.read_text(encoding="utf-8")
    for words in ("ndcg@6", "treatment@6", "skew@6", "Re-ranked by detgreedy", "not why", "BELOW"):
        assert words in said
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="cannot write the report"):
        write_report([audit], text, about={})
