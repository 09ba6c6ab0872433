"""`mmrag demo`: index the sample archive and ask it three questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmrag.cli.options import EXIT_PARTLY, opened, reports_errors


@reports_errors
def command(
    index: Annotated[
        Path, typer.Option("--index", metavar="DIR", help="Directory of the demo's index.")
    ] = Path(".mmrag-demo"),
) -> None:
    """Index the sample archive offline and ask it three questions."""
    from rich.text import Text

    from mmrag.cli.progress import IndexProgress
    from mmrag.cli.show import console, out, report_table, show_answer
    from mmrag.samples import ARCHIVE, DEMO_QUESTIONS

    out.print(Text("The archive of a mountain weather station: documents, pictures, recordings."))
    with opened(index, None, "offline", None, create=True) as demo:
        with IndexProgress(console, shown=True) as progress:
            report = demo.index(ARCHIVE, listener=progress)
        report_table(report, demo.vector_store.engine.location)
        for question in DEMO_QUESTIONS:
            out.print(Text(f"\n> {question}", style="cyan"))
            show_answer(demo.ask(question))
    out.print(
        Text(
            f"\nAsk more: mmrag ask 'your question' --index {index}"
            "\nYour own files: mmrag index FOLDER",
            style="dim",
        )
    )
    if report.failed:
        raise typer.Exit(EXIT_PARTLY)
