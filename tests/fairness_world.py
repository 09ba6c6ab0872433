"""A search that finds one of two groups late, as questions and rankings."""

from __future__ import annotations

from dataclasses import dataclass

from mmrag.evaluation.fairness.groups import Groups, grouped
from mmrag.evaluation.questions import Gold, LabelledQuestion


@dataclass(frozen=True)
class World:
    """Documents b0 … b19 and r0 … r19; those of the group "red" are found third, after two of blue.

    Attributes:
        rankings: by question, six places.
    """

    questions: list[LabelledQuestion]
    rankings: dict[str, list[str]]
    groups: Groups


def two_colours() -> World:
    """Twenty questions for each group, its answer first for blue and third for red."""
    blue, red = ([f"{letter}{at}" for at in range(20)] for letter in "br")
    questions, rankings = [], {}
    for at in range(20):
        first, second, third = (blue[(at + step) % 20] for step in (1, 2, 3))
        later = red[(at + 1) % 20]
        for wanted, ranking in (
            (blue[at], [blue[at], first, second, third, later, "free"]),
            (red[at], [first, second, red[at], third, later, "free"]),
        ):
            questions.append(LabelledQuestion(wanted, wanted, (Gold(wanted),), line=at))
            rankings[wanted] = ranking
    of = dict.fromkeys(blue, "blue") | dict.fromkeys(red, "red")
    places = {**dict.fromkeys(of, 1), "free": 1}
    return World(questions, rankings, grouped("colour", of, places))
