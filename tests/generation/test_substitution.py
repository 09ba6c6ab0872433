"""Words in the place of others."""

from __future__ import annotations

import pytest

from mmrag.generation.said import said
from mmrag.generation.substitution import swapped


@pytest.mark.parametrize(
    ("claim", "stretch", "found"),
    [
        ("They ate salt cod.", "They ate salt herring and a pudding.", ["cod"]),
        ("It won a gold medal.", "It won a silver medal at Haarlem.", ["gold"]),
        ("It was eaten by a goat.", "Three were eaten by a cow before noon.", ["goat"]),
        ("Davy broke it with an axe.", "Davy broke it with a mallet.", ["axe"]),
        ("A mouse had gone to sleep.", "A wasp had gone to sleep.", ["mouse"]),
        ("She wrote it in ink.", "She wrote it in pencil, because the ink was gone.", ["ink"]),
        # nothing is in another's place
        ("It won a silver medal.", "It won a silver medal at Haarlem.", []),
        ("They ate salted herring.", "They ate salt herring.", []),
        ("It was devoured by cows.", "Three were eaten by a cow.", []),
        ("It costs 12 pounds.", "It costs 40 pounds.", []),  # figures are compared elsewhere
    ],
)
def test_a_word_where_the_source_has_another(claim: str, stretch: str, found: list[str]) -> None:
    assert swapped(said(claim), said(stretch)) == found
