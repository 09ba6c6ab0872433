"""Measures of grounded answers.

Citation recall and precision are those of ALCE (Gao, Yen, Yu and Chen 2023, arXiv 2305.14627): a
sentence has recall 1 if its citations together entail it, 0 if not or if it has none; a citation
has precision 1 if its sentence has recall 1 and it is not irrelevant, that is, it entails the
sentence alone, or the others do not without it. Both are means over all delivered sentences and
citations; ALCE takes the mean of each answer first. Undecided sentences are left out and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmrag import Answer, Citation
from mmrag.evaluation.grounding import says
from mmrag.loaders.sentences import sentences
from pipelines.benchmarks.grounding_files import letters
from pipelines.benchmarks.grounding_judges import Judge
from pipelines.benchmarks.samples import overlaps

_MARKS = re.compile(r"(?:\s*\[\d+(?:\s*,\s*\d+)*\])+[.!?]?")
_NUMBER = re.compile(r"\d+")


@dataclass
class Grounding:
    """Tallies of delivered sentences.

    Attributes:
        recalled: of each decided sentence, whether its citations entail it.
        precise: of each citation of a decided sentence, whether it has precision 1.
        undecided: sentences that no judge could tell.
        uncited: sentences without a citation; they count as not recalled.
    """

    recalled: list[bool] = field(default_factory=list)
    precise: list[bool] = field(default_factory=list)
    undecided: int = 0
    uncited: int = 0

    def add(self, answer: Answer, judge: Judge) -> None:
        """Judge what an answer delivered."""
        for sentence, citations in () if answer.abstained else statements(answer):
            self.uncited += not citations
            whole = judge(sentence, citations) if citations else False
            if whole is None:
                self.undecided += 1
                continue
            self.recalled.append(whole)
            for citation in citations:
                others = [other for other in citations if other is not citation]
                needed = judge(sentence, [citation]) or not (others and judge(sentence, others))
                self.precise.append(whole and needed)

    def metrics(self) -> dict[str, float]:
        """Shares, and how much they rest on."""
        return {
            "citation_recall": share(self.recalled),
            "citation_precision": share(self.precise),
            "sentences": len(self.recalled) + self.undecided,
            "uncited": self.uncited,
            "undecided": self.undecided,
        }


def statements(answer: Answer) -> list[tuple[str, list[Citation]]]:
    """The sentences of an answer, each with what it cites.

    What stands before a mark is one statement if the cited quote says it word for word; otherwise
    the mark belongs to the last sentence before it.
    """
    by_number = {citation.n: citation for citation in answer.citations}
    found: list[tuple[str, list[Citation]]] = []
    start = 0
    for marks in _MARKS.finditer(answer.text):
        before, start = answer.text[start : marks.start()].strip(), marks.end()
        numbers = dict.fromkeys(map(int, _NUMBER.findall(marks.group())))
        cited = [by_number[n] for n in numbers if n in by_number]
        pieces = [before[a:b] for a, b in sentences(before)]
        if any(letters(before) in letters(citation.quote) for citation in cited):
            pieces = [before]
        found += [(piece, []) for piece in pieces[:-1] if letters(piece)]
        found += [(piece, cited) for piece in pieces[-1:]]
    rest = answer.text[start:]
    return [*found, *((rest[a:b], []) for a, b in sentences(rest) if letters(rest[a:b]))]


def answering(rows: Sequence[Mapping[str, Any]], answers: Mapping[str, Answer]) -> dict[str, float]:
    """Correctness and abstention, over all and by class and kind of question."""
    answerable = [row for row in rows if row["answerable"]]
    silent = [row for row in rows if not row["answerable"]]
    refused = [row for row in rows if answers[row["id"]].abstained]
    timed = [row for row in answerable if any(g["start_ms"] is not None for g in row["gold"])]
    out = {
        "answerable": float(len(answerable)),
        "unanswerable": float(len(silent)),
        "answer_correct": share(correct(answers[row["id"]], row) for row in answerable),
        "citation_hit": share(cites(answers[row["id"]], row) for row in answerable),
        "abstain_precision": share(not row["answerable"] for row in refused),
        "abstain_recall": share(answers[row["id"]].abstained for row in silent),
        "over_refusal": share(answers[row["id"]].abstained for row in answerable),
        "time_overlap": share(cites(answers[row["id"]], row) for row in timed),
        "time_questions": float(len(timed)),
    }
    for name, group in _groups(answerable):
        out[f"answer_correct_{name}"] = share(correct(answers[row["id"]], row) for row in group)
    for name, group in _groups(silent):
        out[f"abstain_recall_{name}"] = share(answers[row["id"]].abstained for row in group)
    return out


def correct(answer: Answer, row: Mapping[str, Any]) -> bool:
    """Whether it says an accepted string; where none is listed, whether it cites the place.

    The names of the cited files are part of the answer: a picture is all that answers some.
    """
    if answer.abstained:
        return False
    whole = " ".join([answer.text, *(citation.source for citation in answer.citations)])
    return says(whole, row["answer"]) if row["answer"] else cites(answer, row)


def cites(answer: Answer, row: Mapping[str, Any]) -> bool:
    """Whether a citation overlaps a gold place."""
    return any(overlaps(c, dict(gold)) for c in answer.citations for gold in row["gold"])


def share(flags: Iterable[object]) -> float:
    """Share of what is true; 0 of nothing."""
    values = [bool(flag) for flag in flags]
    return sum(values) / len(values) if values else 0.0


def _groups(
    rows: Sequence[Mapping[str, Any]],
) -> Iterable[tuple[str, list[Mapping[str, Any]]]]:
    """Questions by class, archive, wording and kind."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        names = [row["archive"]]
        if "class" in row:
            wording = "paraphrased" if row["paraphrase"] else "direct"
            kind = [] if row["class"] == "off_topic" else [row["kind"], wording]
            names += [name for name in (row["class"],) if name != "answerable"] + kind
        for name in names:
            groups.setdefault(name, []).append(row)
    return sorted(groups.items())
