"""What the commands of `mmrag eval` share: their options, searching, and a progress line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli import completion

if TYPE_CHECKING:
    from mmrag.engine import MMRagIndex
    from mmrag.evaluation.questions import LabelledQuestion
    from mmrag.retrieval.results import HitPlace

QuestionsOption = Annotated[
    Path, typer.Option("--questions", metavar="FILE", help="Labelled questions, JSON lines.")
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", metavar="NAME", help='Only questions of this "split".'),
]
FusionOption = Annotated[
    str | None,
    typer.Option(
        "--fusion",
        metavar="NAME",
        help="Fuse channels this way instead of as the settings say.",
        autocompletion=completion.fusions,
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="DIR", help="Write a report there, Markdown with a picture."),
]


def fusions() -> tuple[str, ...]:
    """What `--fusion` and the settings take."""
    from typing import get_args

    from mmrag.config import RetrievalSettings

    return get_args(RetrievalSettings.model_fields["fusion"].annotation)


def check_extra(*, report: bool) -> None:
    """Find out before minutes of searching that something is not installed.

    Raises:
        MissingExtra: what measures, or draws the report, is not there.
    """
    from mmrag.extras import require

    require("ir_measures", extra="eval", purpose="measure rankings")
    if report:
        require("matplotlib", extra="eval", purpose="draw the report")


def searching(index: MMRagIndex, k: int) -> Callable[[LabelledQuestion], Sequence[HitPlace]]:
    """A search of the index by labelled questions."""

    def search(question: LabelledQuestion) -> Sequence[HitPlace]:
        found = index.search(question.words, image=question.image, audio=question.audio, k=k)
        return found.places

    return search


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A line on stderr that goes away, and what moves it on; nothing where nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from mmrag.cli.show import console

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as line:
        task = line.add_task(what, total=total)
        yield lambda: line.advance(task)
