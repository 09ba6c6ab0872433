"""A report of how well retrieval does on labelled questions: Markdown beside a PNG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from mmrag.errors import InputError
from mmrag.evaluation.comparison import compare
from mmrag.evaluation.plots import plot
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.evaluation.retrieval import Judged
from mmrag.evaluation.tables import FEW, markdown_table, measures_table, plain, with_ends

_WORST = 15
_INSTEAD = 3
"""Places that are shown of what was found instead."""


def write_report(
    judged: Mapping[str, Judged], folder: Path, *, about: Mapping[str, str]
) -> tuple[Path, Path]:
    """Write `retrieval.md` and `retrieval.png`.

    Args:
        judged: by name, one or two rankings of the same questions; the first is ours.
        folder: made where it is not there.
        about: what was measured, name and value, as the head of the report.

    Returns:
        The paths of both files.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be made or written to.
    """
    text, picture = folder / "retrieval.md", folder / "retrieval.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plot(judged, picture)
        text.write_text("\n".join(_sections(judged, about, picture.name)), encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write the report to {folder}: {exc.strerror}") from exc
    return text, picture


def first_places(judged: Judged, question: LabelledQuestion) -> list[str]:
    """The first places that were found for a question, as a person reads them."""
    return [unquote(label) for label in judged.rankings.labels.get(question.id, ())][:_INSTEAD]


def asked(question: LabelledQuestion) -> str:
    """What a question asks with: its words, and the names of its files."""
    files = [path.name for path in (question.image, question.audio) if path]
    return " + ".join([*([question.words] if question.words else []), *files])


def _sections(
    judged: Mapping[str, Judged], about: Mapping[str, str], picture: str
) -> Iterator[str]:
    (name, ours), *others = judged.items()
    yield "# Retrieval on labelled questions\n"
    facts = {
        **about,
        "questions": str(len(ours.questions)),
        "set aside for having no answer": str(ours.unanswerable),
    }
    yield "".join(f"- {plain(key)}: {plain(value)}\n" for key, value in facts.items())
    yield f"![Measures with their intervals]({picture})\n"
    yield (
        "In brackets: the ends of the 95 % bootstrap interval over questions. nDCG counts grades, "
        "the other measures any grade. Several passages of one place count once. "
        f"\\* fewer than {FEW} questions: such an interval is too narrow to be trusted.\n"
    )
    yield "## All questions\n"
    yield measures_table("ranking", {key: one.overall for key, one in judged.items()})
    for other, theirs in others:
        yield from _difference(name, other, ours, theirs)
    yield "## By kind of question\n"
    yield measures_table("kind", ours.kinds)
    if ours.modalities:
        yield "## Recall by modality of what answers\n"
        yield measures_table("modality", ours.modalities)
    yield from _not_measured(ours)
    yield from _worst(ours)


def _difference(name: str, other: str, ours: Judged, theirs: Judged) -> Iterator[str]:
    found = compare(ours, theirs)
    yield f"## {plain(name)} minus {plain(other)}\n"
    yield markdown_table(
        ["measure", "difference, paired by question"],
        ([key, with_ends(row, signed=True)] for key, row in found.differences.items()),
    )
    yield (
        f"By nDCG@10, {found.better} questions are answered better, {found.worse} worse, "
        f"{found.level} the same.\n"
    )


def _not_measured(judged: Judged) -> Iterator[str]:
    """What counts as not found because it could not be."""
    if judged.missing:
        yield "## Labels that cannot be found\n"
        yield "The index holds no such place; they count as not found.\n"
        yield markdown_table(
            ["place", "lines of the questions"],
            (
                [unquote(label), ", ".join(map(str, lines))]
                for label, lines in judged.missing.items()
            ),
        )
    if judged.rankings.unranked:
        yield "## Questions without a ranking\n"
        yield "They count as having found nothing.\n"
        yield markdown_table(["question", "why"], judged.rankings.unranked.items(), words=2)


def _worst(judged: Judged) -> Iterator[str]:
    worst = judged.worst(_WORST)
    if not worst:
        return
    yield "## Answered worst\n"
    yield f"By nDCG@10, with the first {_INSTEAD} places that were found.\n"
    yield markdown_table(
        ["id", "asked", "wanted", "found first", "rank of the first right place"],
        (
            [
                row.id,
                asked(row),
                ", ".join(unquote(label) for label in row.relevant),
                ", ".join(first_places(judged, row)) or "nothing",
                str(judged.first_right(row) or "none"),
            ]
            for row in worst
        ),
        words=4,
    )
