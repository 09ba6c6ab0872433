"""Reading: which sentence of a passage answers a question, if any does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mmrag.store.spec import FloatArray


class Reader(Protocol):
    """Reads passages with a question in mind."""

    name: str

    def read(self, question: str, passages: Sequence[Sequence[str]]) -> list[FloatArray]:
        """For each passage, a list of sentences, one logit a sentence.

        Above 0 means that the sentence answers the question.
        """
        ...
