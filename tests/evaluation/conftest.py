"""Labelled questions made in a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mmrag.evaluation.questions import Gold, LabelledQuestion

Make = Callable[..., LabelledQuestion]


@pytest.fixture
def question() -> Make:
    """question("q1", "notes.md", Gold("a.pdf", 3), kind="fact")."""

    def make(name: str, *gold: str | Gold, words: str = "", kind: str = "") -> LabelledQuestion:
        places = tuple(Gold(place) if isinstance(place, str) else place for place in gold)
        line = int("".join(filter(str.isdigit, name)) or 0)
        return LabelledQuestion(name, words or name, places, kind=kind, line=line)

    return make
