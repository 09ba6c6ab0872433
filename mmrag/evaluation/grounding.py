"""How well answers do on labelled questions: right, cited, and silent where they must be.

Each question is asked once, with the threshold at 0, so that one run tells what every threshold
would have delivered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from mmrag.errors import InputError, LoadError
from mmrag.evaluation.intervals import Interval, interval
from mmrag.evaluation.questions import LabelledQuestion, Place, meets

SHORT = 5
"""Letters of an accepted text that must stand as a whole word: "ten" is not said by "often"."""


class Reply(Protocol):
    """An answer; `mmrag.Answer` is one."""

    @property
    def text(self) -> str: ...
    @property
    def abstained(self) -> bool: ...
    @property
    def confidence(self) -> float: ...
    @property
    def citations(self) -> Sequence[Place]: ...


@dataclass(frozen=True)
class Asked:
    """A question with what was answered at a threshold of 0.

    Attributes:
        confidence: 0..1; below 0 where nothing was answered at any threshold.
        correct: it says an accepted text; where none is labelled, it cites a labelled place.
        cited: it cites a labelled place.
    """

    question: LabelledQuestion
    confidence: float
    correct: bool
    cited: bool

    @property
    def answerable(self) -> bool:
        """Whether the files answer it."""
        return bool(self.question.gold)

    def answered(self, threshold: float) -> bool:
        """Whether a threshold lets the answer through."""
        return self.confidence >= max(threshold, 0.0)


@dataclass(frozen=True)
class Grounded:
    """Measures at one threshold, each the mean of its questions with a 95 % interval.

    Attributes:
        measures: answer_correct, citation_hit and over_refusal of answerable questions,
            abstain_recall of the others, abstain_precision of the refused ones; that one is left
            out where nothing was refused.
        kinds: by kind of question, how many there are, how many of them were refused, and how many
            were answered right.
    """

    threshold: float
    measures: Mapping[str, Interval]
    kinds: Mapping[str, tuple[int, int, int]]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        names = ("questions", "refused", "correct")
        return {
            "threshold": round(self.threshold, 6),
            "measures": {
                name: {key: round(value, 6) for key, value in asdict(found).items()}
                for name, found in self.measures.items()
            },
            "kinds": {kind: dict(zip(names, row, strict=True)) for kind, row in self.kinds.items()},
        }


def check_labels(questions: Sequence[LabelledQuestion]) -> None:
    """Find out before the asking whether the labels can tell anything.

    Raises:
        InputError: no question has an answer, or all have.
    """
    answerable = sum(bool(question.gold) for question in questions)
    if not answerable:
        raise InputError(
            f"none of the {len(questions)} questions has an answer; label what answers some of "
            f'them with "gold": [{{"source": …}}]'
        )
    if answerable == len(questions):
        raise InputError(
            f"all {len(questions)} questions have an answer, so that nothing tells when to say "
            f'nothing; add some that the files do not answer, with "answerable": false, best such '
            f"as are on their topics"
        )


def ask_all(
    questions: Iterable[LabelledQuestion],
    ask: Callable[[LabelledQuestion], Reply],
    *,
    done: Callable[[], None] = lambda: None,
) -> tuple[list[Asked], dict[str, str]]:
    """Ask every question.

    Args:
        ask: answers whatever the confidence.
        done: called after each question.

    Returns:
        What was answered, and why questions that could not be asked count as refused, by id.

    Raises:
        InputError: a file to ask with cannot be read; the message names the line of the question.
    """
    rows: list[Asked] = []
    unasked: dict[str, str] = {}
    for question in questions:
        try:
            rows.append(judged(question, ask(question)))
        except LoadError as exc:
            raise InputError(f"line {question.line} of the questions: {exc}") from exc
        except InputError as exc:  # asked with a recording alone, say
            rows.append(Asked(question, -1.0, False, False))
            unasked[question.id] = str(exc)
        done()
    return rows, unasked


def judged(question: LabelledQuestion, reply: Reply) -> Asked:
    """What the labels say of an answer."""
    if reply.abstained:
        return Asked(question, -1.0, False, False)
    cited = any(meets(place, gold) for place in reply.citations for gold in question.gold)
    # the names of the cited files belong to the answer: a picture is all that answers some
    whole = " ".join([reply.text, *(place.source for place in reply.citations)])
    right = says(whole, question.accepted) if question.accepted else cited
    return Asked(question, reply.confidence, bool(question.gold) and right, cited)


def measure(rows: Sequence[Asked], threshold: float) -> Grounded:
    """What a threshold would have delivered.

    Raises:
        InputError: no question has an answer, or all have.
    """
    check_labels([row.question for row in rows])
    asked = [row for row in rows if row.answerable]
    silent = [row for row in rows if not row.answerable]
    refused = [row for row in rows if not row.answered(threshold)]
    flags = {
        "answer_correct": [row.answered(threshold) and row.correct for row in asked],
        "citation_hit": [row.answered(threshold) and row.cited for row in asked],
        "over_refusal": [not row.answered(threshold) for row in asked],
        "abstain_recall": [not row.answered(threshold) for row in silent],
        "abstain_precision": [not row.answerable for row in refused],
    }
    kinds: dict[str, list[Asked]] = {}
    for row in rows:
        kinds.setdefault(row.question.kind, []).append(row)
    return Grounded(
        threshold,
        {name: interval([float(f) for f in found]) for name, found in flags.items() if found},
        {kind: _counts(kinds[kind], threshold) for kind in sorted(kinds)},
    )


def says(text: str, accepted: Sequence[str]) -> bool:
    """Whether a text holds an accepted text, in any case; figures and short words whole."""
    said = " ".join(text.casefold().split())
    return any(re.search(_pattern(one.casefold()), said) for one in accepted)


def _pattern(accepted: str) -> str:
    if len(accepted) > SHORT and not accepted[0].isdigit():
        return re.escape(accepted)
    return rf"(?<![\w.,]){re.escape(accepted)}(?!\w|[.,]\d)"


def _counts(rows: Sequence[Asked], threshold: float) -> tuple[int, int, int]:
    answered = [row for row in rows if row.answered(threshold)]
    return len(rows), len(rows) - len(answered), sum(row.correct for row in answered)
