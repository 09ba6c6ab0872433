"""What can be kept of a sentence."""

from __future__ import annotations

import pytest

from mmrag.generation.repair import heads


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        (
            "The hut burnt down in 1949, and also the barn was lost; nobody slept.",
            [
                (
                    "The hut burnt down in 1949, and also the barn was lost.",
                    "nobody slept.",
                ),
                ("The hut burnt down in 1949.", "and also the barn was lost; nobody slept."),
            ],
        ),
        ("Huset brann 1949, och det var kallt.", [("Huset brann 1949.", "och det var kallt.")]),
        ("The hut burnt because it was dry.", [("The hut burnt.", "because it was dry.")]),
        ("It keeps between two and four degrees all winter.", []),
        ("When the snow melted, and the road dried, they left.", []),
        ("Snow, and it fell.", []),  # one word is no sentence
    ],
)
def test_a_sentence_is_cut_where_it_is_not_torn(claim: str, found: list[tuple[str, str]]) -> None:
    assert list(heads(claim)) == found
