"""How hits, answers and reports look on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from mmrag.cli.terminal import make_console
from mmrag.errors import GenerationError, printable
from mmrag.generation.answer import Answer
from mmrag.generation.citations import Citation
from mmrag.generation.lookalikes import visible
from mmrag.generation.sessions import Kept
from mmrag.ingest.report import Report
from mmrag.retrieval.results import SearchHit, SearchResult

console = make_console(stderr=True)
"""For what is said to a person while working; stdout is for results."""

out = make_console(soft_wrap=True)

SNIPPET = 240

_TOLD = ("skipped", "failed", "refused", "quarantined")
"""What a report of an indexing run names file by file."""

NOT_IN_SOURCE = ("caption", "description", "metadata", "measured")
"""Kinds of quotes that tell of a source and do not stand in it as it is seen or heard."""


def place(
    source: str,
    *,
    page: int | None,
    start_ms: int | None,
    end_ms: int | None,
    section: str | None = None,
    bbox: Any = None,  # noqa: ANN401
) -> str:
    """ "reports/1962.pdf, page 3", "log.ogg, 0:12-0:19"."""
    parts = [source]
    if start_ms is not None and end_ms is not None:
        parts.append(f"{clock(start_ms)}-{clock(end_ms)}")
    elif page is not None:
        parts.append(f"page {page}")
    if bbox:
        left, top, right, bottom = (round(100 * value) for value in bbox)
        parts.append(f"region {left},{top}-{right},{bottom} %")
    if section:
        parts.append(section)
    return visible(", ".join(parts))  # a file's name can hold codes that terminals obey


def clock(ms: int) -> str:
    """Milliseconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def show_answer(answer: Answer, to: Console = out) -> None:
    """An answer with its citations, or the sentence that says that there is none."""
    if not answer.abstained:
        to.print(Text(textwrap.fill(answer.text, min(to.width, 100)), style="bold"))
    _show_rest(answer, to)


def show_stream(pieces: Iterable[str | Answer], to: Console = out) -> None:
    """An answer sentence by sentence as each is verified, then what it rests on.

    Raises:
        GenerationError: the language model failed; what is printed before was verified.
    """
    printed = False
    try:
        for piece in pieces:
            if isinstance(piece, str):
                to.print(Text(textwrap.fill(piece, min(to.width, 100)), style="bold"))
                printed = True
            elif printed:
                _show_rest(piece, to)
            else:
                show_answer(piece, to)
    except GenerationError:
        if printed:
            to.print(Text("the answer was cut off here; what stands above is verified", "yellow"))
        raise


def _show_rest(answer: Answer, to: Console) -> None:
    """Everything but the text of an answer: sources, what was left out, who worded it."""
    if answer.abstained:
        to.print(Text(answer.text, style="yellow"))
    if answer.note:
        to.print(Text(answer.note, style="yellow"))
    show_citations(answer.citations, to)
    if answer.dropped:
        to.print(Text(_dropped(answer), style="yellow"))
    if answer.abstained:
        return
    label = "extractive: sentences as they stand in the files"
    if answer.mode == "llm":
        label = f"worded by {answer.model}, checked against the sources"
    to.print(Text(f"{label}; {answer.took_ms:.0f} ms", style="dim"))


def _dropped(answer: Answer) -> str:
    """ "left out, for no source supports it: ...", one line each."""
    lines = [f"left out: {one.text} ({one.reason})" for one in answer.dropped]
    return "\n".join(lines)


def show_citations(
    citations: Iterable[Citation], to: Console = out, *, quotes: bool = False
) -> None:
    """One line a citation, and if wanted what is quoted below it."""
    width = min(to.width, 100)
    for citation in citations:
        to.print(_citation(citation))
        if quotes:
            quote = textwrap.fill(" ".join(citation.quote.split()), width - 6)
            to.print(Text(textwrap.indent(quote, "      "), style="dim"))


def show_sessions(kept: Sequence[Kept], to: Console = out) -> None:
    """Conversations that are kept, the latest first."""
    if not kept:
        to.print(Text("no conversations are kept for this index", style="yellow"))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("conversation", "questions", "last kept"):
        table.add_column(name, justify="right" if name == "questions" else "left")
    for row in kept:
        asked = Text("damaged", style="red") if row.questions is None else Text(str(row.questions))
        table.add_row(Text(row.name), asked, f"{row.saved.astimezone():%Y-%m-%d %H:%M}")
    to.print(table, soft_wrap=False)


def show_commands(rows: Sequence[tuple[str, str]], to: Console = console) -> None:
    """What can be said beside questions."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, text in rows:
        table.add_row(Text(name, style="cyan"), Text(text))
    to.print(table)


def show_hits(result: SearchResult, to: Console = out) -> None:
    """Hits with their place, text, and what each channel said."""
    if not result.hits:
        to.print(Text("nothing found", style="yellow"))
    for n, hit in enumerate(result.hits, start=1):
        to.print(_hit(n, hit, min(to.width, 100)))
    to.print(Text(f"{len(result.hits)} hits in {result.took_ms:.0f} ms", style="dim"))


def report_table(report: Report, where: str, to: Console = out) -> None:
    """The summary of an indexing run: counts, then every file that was left out and why."""
    nodes = sum(o.nodes for o in report.outcomes if o.status == "indexed")
    counts = ", ".join(f"{count} {status}" for status, count in sorted(report.counts.items()))
    to.print(
        Text.assemble(
            (counts or "nothing to do", "bold"),
            f"; {nodes} passages written in {report.seconds:.1f} s; index: {where}",
        )
    )
    if report.left_out:
        counts = ", ".join(f"{count} {why}" for why, count in sorted(report.left_out.items()))
        to.print(Text(f"left out: {counts}", style="dim"))
    left_out = [(o.source, o.status, o.reason) for o in report.outcomes if o.status in _TOLD]
    noted = [(o.source, "note", note) for o in report.outcomes for note in o.notes]
    if left_out or noted:
        files_table([*left_out, *noted], to)
    if report.interrupted:
        stands = f"interrupted with {report.left} of {report.total} files left"
        to.print(Text(f"{stands}: what was indexed stays; run again to go on", style="yellow"))


def files_table(rows: Iterable[tuple[str, str, str]], to: Console = out) -> None:
    """Files with what became of them and why."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("file", overflow="fold")
    table.add_column("")
    table.add_column("reason", overflow="fold")
    for source, status, reason in rows:
        style = "red" if status == "failed" else "yellow"
        table.add_row(Text(printable(source)), Text(status, style=style), Text(printable(reason)))
    to.print(table, soft_wrap=False)


def _citation(citation: Citation) -> Text:
    where = place(
        citation.source,
        page=citation.page,
        start_ms=citation.start_ms,
        end_ms=citation.end_ms,
        section=citation.section,
        bbox=citation.bbox,
    )
    if citation.kind in NOT_IN_SOURCE:
        where = f"{where} ({citation.kind})"
    mark, style = ("verified", "green") if citation.verified else ("not verified", "red")
    return Text.assemble(
        (f"  [{citation.n}] ", "cyan"), where, "  ", (mark, style), f" {citation.score:.2f}"
    )


def _hit(n: int, hit: SearchHit, width: int) -> Group:
    where = place(
        hit.source,
        page=hit.page,
        start_ms=hit.start_ms,
        end_ms=hit.end_ms,
        section=hit.section,
        bbox=hit.bbox,
    )
    channels = "  ".join(f"{name} #{c.rank} {c.raw:.2f}" for name, c in hit.channels.items())
    text = " ".join(visible(hit.context or hit.text).split())
    if hit.context is None:  # surroundings were asked for, to be read as a whole
        text = textwrap.shorten(text, SNIPPET, placeholder=" …")
    return Group(
        Text.assemble(
            (f"{n:>2}. ", "cyan"),
            (where, "bold"),
            f"  {hit.modality} {hit.score:.3f}  ",
            (channels, "dim"),
        ),
        Text(textwrap.indent(textwrap.fill(text, width - 4), "    ")),
        *(Text(f"    also: {place(**copy)}", style="dim") for copy in hit.duplicates),
    )
