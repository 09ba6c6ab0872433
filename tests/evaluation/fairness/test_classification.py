"""Classification by group: rates, parity, odds and calibration, against counts made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.classification import audit_predictions
from mmrag.evaluation.fairness.gaps import UNLABELLED, called
from mmrag.evaluation.fairness.predictions import Prediction, read_predictions
from mmrag.evaluation.fairness.report import write_report


def cells(group: str, **counts: int) -> list[Prediction]:
    """cells("a", tp=3, fn=1, fp=2, tn=4) of the label "yes"."""
    kinds = {"tp": ("yes", "yes"), "fn": ("yes", "no"), "fp": ("no", "yes"), "tn": ("no", "no")}
    return [
        Prediction(f"{group}{kind}{at}", *kinds[kind], group)
        for kind, count in counts.items()
        for at in range(count)
    ]


ROWS = [*cells("a", tp=18, fn=2, fp=3, tn=17), *cells("b", tp=8, fn=12, fp=1, tn=19)]


def means(audit: Audit) -> dict[str, dict[str, float | None]]:
    return {
        one.measure.name: {row.group: row.value.mean if row.value else None for row in one.rows}
        for one in audit.findings
    }


def test_rates_by_group() -> None:
    audit = audit_predictions(ROWS, attribute="group", positive=["yes"])
    found = means(audit)
    assert found["accuracy"] == pytest.approx({"a": 35 / 40, "b": 27 / 40})
    assert found["selected[yes]"] == pytest.approx({"a": 21 / 40, "b": 9 / 40})
    assert found["tpr[yes]"] == pytest.approx({"a": 18 / 20, "b": 8 / 20})
    assert found["fpr[yes]"] == pytest.approx({"a": 3 / 20, "b": 1 / 20})
    figures = {figure.name: figure.value for figure in audit.figures}
    parity = figures["demographic_parity_difference[yes]"]
    odds = figures["equalised_odds_difference[yes]"]
    assert parity is not None and parity.mean == pytest.approx(12 / 40)
    assert odds is not None and odds.mean == pytest.approx(10 / 20)  # of TPR, the larger
    assert {one.name for one, _ in called(audit.findings)} == {"selected[yes]", "tpr[yes]"}
    assert audit.groups == {"a": {"items": 40}, "b": {"items": 40}}


def test_without_a_positive_label_each_is_one_against_the_others() -> None:
    found = means(audit_predictions(ROWS, attribute="group"))
    assert found["tpr[no]"]["a"] == pytest.approx(1 - 3 / 20)
    assert found["fpr[no]"]["b"] == pytest.approx(1 - 8 / 20)


def test_a_label_that_nobody_has_is_refused() -> None:
    with pytest.raises(InputError, match="no item is or was called 'maybe'; labels: no, yes"):
        audit_predictions(ROWS, attribute="group", positive=["maybe"])


def test_rates_rest_on_the_items_that_they_are_rates_of() -> None:
    rows = [*cells("a", tp=3, tn=40), *cells("b", tp=30, fn=10, tn=5)]
    audit = audit_predictions(rows, attribute="group", positive=["yes"])
    small = {one.measure.name: [row.small for row in one.rows] for one in audit.findings}
    assert small["accuracy"] == [False, False]
    assert small["tpr[yes]"] == [
        True,
        True,
    ]  # three that are so in one, and that is the other's rest
    odds = {figure.name: figure.value for figure in audit.figures}
    assert odds["equalised_odds_difference[yes]"] is None


def test_calibration_by_group_is_that_of_bins() -> None:
    random = np.random.default_rng(2)
    rows = []
    for group in ("a", "b"):
        for at, said in enumerate(random.uniform(0, 1, 60)):
            right = random.uniform() < (said if group == "a" else said / 2)
            truth = "yes" if right else "no"
            rows.append(Prediction(f"{group}{at}", truth, "yes", group, float(said)))
    audit = audit_predictions(rows, attribute="group", positive=["yes"])
    for group in ("a", "b"):
        own = [row for row in rows if row.group == group]
        said = np.array([row.probability for row in own], dtype=float)
        right = np.array([row.truth == row.predicted for row in own], dtype=float)
        bins = np.minimum((said * 10).astype(int), 9)
        expected = sum(
            (bins == at).mean() * abs(said[bins == at].mean() - right[bins == at].mean())
            for at in set(bins)
        )
        ece = audit.columns[0].values[group]
        assert ece is not None and ece.mean == pytest.approx(expected)
        assert means(audit)["overconfidence"][group] == pytest.approx((said - right).mean())
    assert "overconfidence" in {one.name for one, _ in called(audit.findings)}


def test_rows_of_one_item_are_drawn_together() -> None:
    once = [*cells("a", tp=12, fn=8), *cells("b", tp=9, fn=11)]
    one = audit_predictions(once, attribute="group").findings[0].rows[0]
    four = audit_predictions(once * 4, attribute="group").findings[0].rows[0]
    assert one.units == four.units == 20
    assert one.gap is not None and four.gap is not None
    assert (four.gap.low, four.gap.high) == pytest.approx((one.gap.low, one.gap.high))


def test_items_without_a_group_are_a_column(tmp_path: Path) -> None:
    rows = [*ROWS, Prediction("x", "yes", "no")]
    audit = audit_predictions(rows, attribute="group")
    assert means(audit)["accuracy"][UNLABELLED] == 0
    assert audit.groups[UNLABELLED] == {"items": 1}
    json.dumps(audit.as_dict(), allow_nan=False)
    text, picture = write_report([audit], tmp_path, about={})
    assert "equalised" in text.read_text()
    assert picture.is_file()


HEAD = "item,truth,predicted,group,probability\n"


def test_a_file_of_predictions(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(
        HEAD + "1.png,circle,ring,red,0.7\n2.png,ring,ring,blue,1\n3.png,ring,ring,,0\n"
    )
    assert read_predictions(path) == [
        Prediction("1.png", "circle", "ring", "red", 0.7),
        Prediction("2.png", "ring", "ring", "blue", 1.0),
        Prediction("3.png", "ring", "ring", "", 0.0),
    ]
    given = read_predictions(path, {"1.png": "x", "3.png": "y"})
    assert [row.group for row in given] == ["x", "", "y"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "1,a,b,g,nan\n", "line 2: a probability is a number from 0 to 1, found 'nan'"),
        (HEAD + "1,a,b,g,1.2\n", "found '1.2'"),
        (HEAD + "1,a,b,g,0.5\n2,a,b,h,\n", "has a probability in 1 of 2 rows; give all or none"),
        (HEAD + "1,a,b,g,\n1,a,b,h,\n", "line 3: 1 is in the group 'h', and was in 'g' before"),
        (HEAD + "1,a,b,g,\n2,a,b,g,\n", "are of one group, 'g'; there is nothing to compare"),
        (HEAD + "1,,b,g,\n", "line 2: it has no truth"),
        (HEAD, "holds no predictions"),
        ("item,truth,predicted\n1,a,b\n", "needs a column 'group'"),
        ("item,predicted,group\n", "needs a column 'truth'"),
    ],
)
def test_predictions_that_will_not_do_are_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=told):
        read_predictions(path)
