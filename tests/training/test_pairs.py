"""Which pairs belong together, which are kept out, and what is said of those at fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.embeddings.media import ImagePart
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.training.pairs import Fault, Pairs, pair_of

ROOT = Path("/set")


def pairs(*rows: tuple[str, str], root: Path = ROOT) -> Pairs:
    """Pairs of a picture's name and a text."""
    made = [
        pair_of(ImagePart(root / name), text, f"line {n}", root)
        for n, (name, text) in enumerate(rows, 1)
    ]
    return Pairs(Modality.IMAGE, Modality.TEXT, tuple(made), "pairs.csv")


def many(count: int, texts: int | None = None) -> Pairs:
    return pairs(*((f"{n}.png", f"text {n % (texts or count)}") for n in range(count)))


def test_rows_that_share_a_text_or_a_file_are_one_group_however_far() -> None:
    found = pairs(
        ("a.png", "a cat"), ("b.png", "A  Cat"), ("b.png", "tom"), ("c.png", "tom"), ("d.png", "x")
    )
    assert found.groups == (0, 0, 0, 0, 1)


@settings(max_examples=40)
@given(st.permutations(range(30)), st.integers(0, 20))
def test_a_split_depends_on_what_rows_hold_not_on_their_order(
    order: list[int], left_out: int
) -> None:
    whole = many(60)
    shuffled = whole.only([*order, *range(30, 60)])
    kept = {row.key for row in whole.split(0.3)[1].rows}
    assert {row.key for row in shuffled.split(0.3)[1].rows} == kept
    fewer = whole.only(n for n in range(60) if n != left_out)
    assert {row.key for row in fewer.split(0.3)[1].rows} == kept - {whole.rows[left_out].key}
    assert shuffled.digest == whole.digest != fewer.digest


def test_a_split_keeps_about_its_share_and_groups_whole() -> None:
    training, validation = many(1000, texts=250).split(0.2)
    assert len(training) + len(validation) == 1000
    assert 140 < len(validation) < 260
    assert {row.right for row in training.rows}.isdisjoint(row.right for row in validation.rows)


def test_two_groups_at_least_are_on_either_side() -> None:
    for share in (0.001, 0.999):
        training, validation = many(5).split(share)
        assert min(len(training), len(validation)) == 2


def test_a_set_that_was_moved_is_the_same() -> None:
    rows = [(f"{n}.png", f"text {n}") for n in range(9)]
    assert pairs(*rows).digest == pairs(*rows, root=Path("/elsewhere/set")).digest


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (many(1), "has 1 usable pairs; training needs at least 4"),
        (many(9, texts=1), "the 9 pairs of pairs.csv share so many texts or files that only 1 can"),
    ],
)
def test_too_few_to_tell_apart_are_refused(found: Pairs, said: str) -> None:
    with pytest.raises(InputError, match=said):
        found.split(0.1)


def test_faults_are_told_together_or_left_out() -> None:
    faults = [Fault(f"line {n}", "no file x.png") for n in range(2, 9)]
    with pytest.raises(InputError) as told:
        many(10).without(faults, skip_bad=False)
    assert str(told.value) == (
        "7 of 10 pairs of pairs.csv cannot be used: line 2: no file x.png; line 3: no file x.png; "
        "line 4: no file x.png; line 5: no file x.png; line 6: no file x.png; and 2 more; mend "
        "them, or leave them out with --skip-bad"
    )
    kept = many(10).without(faults, skip_bad=True)
    assert [row.place for row in kept.rows] == ["line 1", "line 9", "line 10"]
    assert kept.faults == tuple(faults)
