"""Drift is found where it is, seldom where it is not, and what cannot be compared is told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from evaluation.drift.clouds import MODELS, WIDTH, cloud, snapshot

from mmrag.errors import IndexMismatch, InputError
from mmrag.evaluation.drift.compare import Drift, compare
from mmrag.evaluation.drift.measures import Limits
from mmrag.evaluation.drift.permuting import Permutations, p_value
from mmrag.evaluation.drift.snapshot import Cloud, Snapshot
from mmrag.evaluation.drift.statistics import discrepancy
from mmrag.modalities import Modality
from mmrag.retrieval.scales import Scale, Scales

CLIP = ("clip", "image")
ASKED = ("clip", "questions")
BEFORE = snapshot({CLIP: cloud(1, 40)})
ANY_SIZE = Limits(alpha=0.05, psi=0, ks=0, auc=0, mmd=-1)
"""Chance alone decides: no difference is too small."""


def against(new: Cloud, limits: Limits | None = None) -> Drift:
    return compare(BEFORE, snapshot({CLIP: new}, location="there"), limits)


def test_documents_of_the_same_kind_alarm_no_oftener_than_alpha() -> None:
    runs = 40
    alarms = passages = 0
    for seed in range(runs):
        old, new = cloud(1000 + seed, 24), cloud(5000 + seed, 12)
        pair = snapshot({CLIP: old}), snapshot({CLIP: new})
        alarms += compare(*pair, ANY_SIZE).found
        # the same test, were passages exchanged instead of documents
        loose = Permutations.of(np.arange(len(old)), np.arange(len(new)), 60)
        values = discrepancy(np.concatenate([old.vectors, new.vectors]), loose)
        passages += p_value(values) <= 0.05
    # binomial(40, 0.05) exceeds 6 in less than 1 % of the cases
    assert alarms <= 6
    assert passages > 20


def test_other_documents_alarm_and_it_is_said_by_what() -> None:
    drift = against(cloud(9, 25, shift=-4.0))
    assert drift.found
    rows = {row.measure.name: row for row in drift.compared[0].findings}
    for name in ("discrepancy", "classifier", "background, PSI", "background, KS"):
        assert rows[name].alarm, name
        assert rows[name].adjusted is not None
        assert rows[name].p <= rows[name].adjusted <= 0.01
    assert any("clip, image: discrepancy" in line for line in drift.alarms)
    assert rows["anisotropy"].adjusted is None
    assert json.loads(json.dumps(drift.as_dict()))["drift"] is True


def test_a_difference_that_is_small_is_no_alarm_however_sure() -> None:
    moved = cloud(9, 25, shift=-4.0)
    assert against(moved).found
    assert not against(moved, Limits(psi=99, ks=1, auc=1, mmd=9)).found


def test_documents_that_were_stored_already_are_not_new() -> None:
    old, new = BEFORE.clouds[CLIP], cloud(2, 30)
    vectors = np.concatenate([old.vectors, new.vectors])
    both = Cloud(vectors, np.concatenate([old.documents, new.documents]), len(vectors))
    drift = against(both)
    assert drift.notes[0] == "clip, image: 40 of 70 documents were stored already and are left out"
    assert drift.compared[0].new.size == 30
    assert [row.p for row in drift.compared[0].findings] == [
        row.p for row in against(new).compared[0].findings
    ]
    with pytest.raises(InputError, match=r"40 of 40 documents .* 0 new documents"):
        against(old)


def test_other_documents_with_the_same_vectors_are_counted_as_copies() -> None:
    old = BEFORE.clouds[CLIP]
    rows = {
        row.measure.name: row
        for row in against(replace(old, documents=old.documents + 999)).compared[0].findings
    }
    assert rows["copies"].old == 0.0
    assert rows["copies"].new == pytest.approx(
        0.5
    )  # half of the documents are kept to compare with


def test_vectors_that_are_no_directions_are_an_alarm() -> None:
    drift = against(replace(cloud(2, 30), broken=3))
    assert drift.alarms == ["clip, image: 3 of the new vectors are zero or not finite"]


def test_few_documents_are_told_with_how_many_it_takes() -> None:
    with pytest.raises(InputError, match=r"clip, image: 9 new documents, and it takes 10"):
        against(cloud(3, 9))
    with pytest.raises(InputError, match="9 old documents"):
        compare(snapshot({CLIP: cloud(3, 9)}), snapshot({CLIP: cloud(4, 30)}))
    with pytest.raises(InputError, match="there is nothing new"):
        compare(BEFORE, snapshot({}))


def test_what_the_reference_lacks_is_a_note_beside_what_it_has() -> None:
    text = replace(MODELS[0], space="text")
    now = snapshot(
        {CLIP: cloud(2, 30), ("clip", "audio"): cloud(3, 30), ("text", "text"): cloud(4, 30)},
        models=(*MODELS, text),
    )
    drift = compare(BEFORE, now)
    assert [one.name for one in drift.compared] == ["clip, image"]
    assert drift.notes == (
        "clip, audio: the reference has no audio in it",
        "text, text: the reference has no such space",
        "sparse spaces are left out: bm25",
    )


@pytest.mark.parametrize(
    "changed", [{"revision": "2"}, {"model": "another"}, {"size": WIDTH + 1}, {"distance": "dot"}]
)
def test_another_model_is_no_drift_and_is_refused(changed: dict[str, object]) -> None:
    models = (replace(MODELS[0], **changed), MODELS[1])  # type: ignore[arg-type]  # a row each
    with pytest.raises(IndexMismatch, match="another model is a change of its own"):
        compare(BEFORE, snapshot({CLIP: cloud(2, 30)}, models=models))


def with_questions(asked: Cloud) -> Snapshot:
    row = Scale("clip", Modality.TEXT, None, match=0.9, middle=0.8, questions=20, items=160)
    return replace(
        BEFORE,
        clouds={**BEFORE.clouds, ASKED: asked},
        calibration=Scales([row], {"clip": 160}).as_dict(),
    )


def test_questions_that_leave_the_content_are_found_by_their_scores() -> None:
    usual = with_questions(cloud(20, 30, items=1))
    same = compare(usual, snapshot({ASKED: cloud(21, 30, items=1)}))
    assert not same.found
    away = cloud(22, 30, items=1, shift=-30.0)
    drift = compare(usual, snapshot({ASKED: away}))
    assert {line.partition(":")[0] for line in drift.alarms} == {"clip, questions"}
    rows = {row.measure.name: row for row in drift.compared[0].findings}
    assert "discrepancy" not in rows
    nearest = (away.vectors @ BEFORE.clouds[CLIP].vectors.T).max(axis=1)
    assert rows["nearest, mean"].new == pytest.approx(nearest.mean(), abs=1e-6)
    background = away.vectors @ BEFORE.clouds[CLIP].vectors.mean(axis=0)
    assert rows["weak"].new == pytest.approx((nearest < (0.9 + background) / 2).mean())


def test_questions_need_earlier_ones_and_items() -> None:
    now = snapshot({ASKED: cloud(21, 30, items=1)})
    with pytest.raises(InputError, match="clip, questions: the reference has no questions in it"):
        compare(BEFORE, now)
    with pytest.raises(InputError, match="holds no items to score them with"):
        compare(now, now)
