"""The curve of coverage against error, and the threshold that is taken from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.evaluation.grounding import Asked
from mmrag.evaluation.questions import Gold, LabelledQuestion
from mmrag.evaluation.thresholds import choose, curve, point, propose


def asked(number: int, confidence: float, answerable: bool, right: bool = True) -> Asked:
    gold = (Gold(f"{number}.md"),) if answerable else ()
    row = LabelledQuestion(str(number), "?", gold)
    return Asked(row, confidence, answerable and right, answerable)


# by confidence: right, right, wrong, unanswerable, right, unanswerable, refused throughout
ROWS = [
    asked(1, 0.9, True),
    asked(2, 0.8, True),
    asked(3, 0.7, True, right=False),
    asked(4, 0.6, False),
    asked(5, 0.5, True),
    asked(6, 0.4, False),
    asked(7, -1.0, False),
]


def test_the_curve() -> None:
    points = curve(ROWS)
    assert [round(p.threshold, 3) for p in points] == [0.0, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9]
    assert [round(p.coverage * 7) for p in points] == [6, 5, 4, 3, 2, 1, 0]
    assert [round(p.error, 3) for p in points] == [0.5, 0.4, 0.5, 0.333, 0.0, 0.0, 0.0]
    assert points[1].balanced == pytest.approx((1 + 2 / 3) / 2)
    assert points[-1].balanced == 0.5


def test_most_is_answered_within_a_bound_else_both_classes_weigh_the_same() -> None:
    points = curve(ROWS)
    assert choose(points, None) == points[3]  # 3 of 4 answered, 3 of 3 refused
    assert choose(points, 0.4) == points[1]
    assert choose(points, 0.1) == points[4]
    wrong = [asked(1, 0.9, True, right=False), asked(2, 0.1, False)]
    assert choose(curve(wrong), 0.2) is None
    assert propose(wrong, in_use=0.5, folds=2, max_error=0.2) is None


@given(
    st.lists(st.tuples(st.floats(0, 0.99), st.booleans(), st.booleans()), min_size=2, max_size=12),
    st.floats(0, 1),
)
def test_no_other_threshold_covers_more_within_the_bound(
    drawn: list[tuple[float, bool, bool]], bound: float
) -> None:
    rows = [asked(n, *row) for n, row in enumerate(drawn)]
    best = choose(curve(rows), bound)
    everywhere = [point(rows, t) for t in (0.0, *(confidence for confidence, *_ in drawn), 1.0)]
    within = [p.coverage for p in everywhere if p.error <= bound and p.coverage > 0]
    assert (best.coverage if best else 0.0) == max(within, default=0.0)


def test_a_proposal_is_checked_on_questions_left_out() -> None:
    rows = [asked(n, 0.5 + n / 100, True) for n in range(20)]
    rows += [asked(100 + n, 0.3 - n / 100, False) for n in range(20)]
    found = propose(rows, in_use=0.6, folds=4)
    assert found is not None
    assert found.point.threshold == pytest.approx(0.4)
    assert found.point.balanced == found.held_out.balanced == 1.0
    assert found.in_use.balanced == pytest.approx(0.75)
    assert len(found.by_fold) == 4
    assert found.helps
    again = propose(rows, in_use=found.point.threshold, folds=4)
    assert again is not None
    assert not again.helps  # there is nothing to gain any more


def test_left_out_questions_do_not_choose_their_own_threshold() -> None:
    # confidence says nothing here: what fits these questions fits no others
    rows = [asked(n, n / 40, n % 2 == 0) for n in range(40)]
    found = propose(rows, in_use=0.0, folds=5)
    assert found is not None
    assert found.held_out.balanced < found.point.balanced
    bounded = propose(rows, in_use=0.0, folds=5, max_error=0.5)
    assert bounded is not None
    assert bounded.as_dict()["max_error"] == 0.5
    assert bounded.point.error <= 0.5
