"""What was meant by a name that there is not."""

from __future__ import annotations

import pytest

from mmrag.spelling import did_you_mean


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ofline", " (did you mean 'offline'?)"),
        ("OFFLINE", " (did you mean 'offline'?)"),
        ("imagbind", " (did you mean 'ImageBind'?)"),  # spelt as it is known
        ("nonesuch", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_offered_if_it_is_near(name: str, told: str) -> None:
    assert did_you_mean(name, ("offline", "default", "ImageBind")) == told


def test_no_names_no_offer() -> None:
    assert did_you_mean("x", ()) == ""
