"""`mmrag eval retrieval`: whether a search finds what labelled questions say it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.evaluate.options import (
    FusionOption,
    QuestionsOption,
    ReportOption,
    SplitOption,
    check_extra,
    fusions,
    progress,
    searching,
)
from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.evaluation.retrieval import Judged, Rankings


@reports_errors
def command(
    questions: QuestionsOption,
    split: SplitOption = None,
    k: Annotated[
        int, typer.Option("-k", metavar="N", min=10, max=1000, help="How many hits are judged.")
    ] = 10,
    fusion: FusionOption = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="NAME", help="Another fusion, or a run file, to compare with."
        ),
    ] = None,
    report: ReportOption = None,
    run_in: Annotated[
        Path | None,
        typer.Option(
            "--run-in", metavar="FILE", help="Judge this TREC run instead of searching an index."
        ),
    ] = None,
    run_out: Annotated[
        Path | None,
        typer.Option("--run-out", metavar="FILE", help="Write the ranking as TREC run."),
    ] = None,
    qrels_out: Annotated[
        Path | None, typer.Option("--qrels-out", metavar="FILE", help="Write the labels as qrels.")
    ] = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure retrieval on labelled questions, with 95 % intervals."""
    if run_in and fusion:
        raise typer.BadParameter("--run-in judges a file as it is; --fusion has no place beside it")
    if compare and compare not in fusions() and not Path(compare).is_file():
        raise typer.BadParameter(
            f"--compare wants a fusion ({', '.join(fusions())}) or a run file, found {compare!r}"
        )
    check_extra(report=report is not None)
    from mmrag.cli.evaluate.show import show_judged, warn
    from mmrag.evaluation.places import by_suffix, in_index
    from mmrag.evaluation.questions import read_questions
    from mmrag.evaluation.report import write_report
    from mmrag.evaluation.retrieval import answerable, ask, judge, of_run
    from mmrag.evaluation.runs import read_run, write_qrels, write_run

    rows = read_questions(questions, split=split)
    if qrels_out:
        write_qrels(qrels_out, {row.id: row.relevant for row in answerable(rows)})
    found: dict[str, Rankings] = {}
    modalities = by_suffix(rows)
    for ranked_by in _sides(run_in or fusion, compare):
        if isinstance(ranked_by, Path):
            name = _unlike(found, str(ranked_by))
            found[name] = of_run(rows, read_run(ranked_by), depth=k)
            continue
        changes = {"retrieval.fusion": ranked_by}
        with opened(index, qdrant, profile, config, changes=changes) as opened_index:
            name = _unlike(found, opened_index.fusion)
            with progress(f"asking, {name}", len(answerable(rows))) as done:
                found[name] = ask(rows, searching(opened_index, k), done=done)
            modalities = in_index(opened_index.vector_store.engine, rows)
    judged = {name: judge(rows, rankings, modalities) for name, rankings in found.items()}
    name = next(iter(judged))
    if run_out:
        write_run(run_out, found[name].labels, tag=name)
    if report:
        about = {"file": str(questions), "split": split or "all", "hits judged": str(k)}
        written = write_report(judged, report, about=about)
    for one in judged.values():
        warn(one)
    if as_json:
        typer.echo(json.dumps({"k": k, "split": split, **_as_dict(judged)}, ensure_ascii=False))
        return
    show_judged(judged)
    if report:
        typer.echo(f"report: {written[0]}, {written[1]}")


def _sides(ours: Path | str | None, compare: str | None) -> list[Path | str | None]:
    """What ranks: a run file, the name of a fusion, or None for that of the settings."""
    if compare is None:
        return [ours]
    return [ours, compare if compare in fusions() else Path(compare)]


def _unlike(found: Mapping[str, object], name: str) -> str:
    from mmrag.errors import InputError

    if name in found:
        raise InputError(f"nothing to compare: both rankings are those of {name}")
    return name


def _as_dict(judged: Mapping[str, Judged]) -> dict[str, Any]:
    """Our measures, and under "compare" the other's with the difference, or null."""
    from mmrag.evaluation.comparison import compare

    (name, ours), *others = judged.items()
    compared = None
    for other, theirs in others:
        compared = {"ranking": other, **theirs.as_dict(), **compare(ours, theirs).as_dict()}
    return {"ranking": name, **ours.as_dict(), "compare": compared}
