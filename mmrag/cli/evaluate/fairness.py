"""`mmrag eval fairness`: whether groups are found, shown and judged alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli import completion
from mmrag.cli.evaluate.options import ReportOption, SplitOption
from mmrag.cli.options import (
    EXIT_FOUND,
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.cli.evaluate.fairness_audits import Audited
    from mmrag.evaluation.fairness.regression import Change, Saved

DESIRED = ("corpus", "documents", "uniform")
METHODS = ("detgreedy", "detcons")


@reports_errors
def command(
    questions: Annotated[
        Path | None,
        typer.Option("--questions", metavar="FILE", help="Audit a search: labelled questions."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            help="Audit a classifier: CSV of item, truth, predicted, group and probability.",
        ),
    ] = None,
    attribute: Annotated[
        str | None,
        typer.Option("--attribute", metavar="NAME", help="Metadata field that groups documents."),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option(
            "--groups", metavar="FILE", help="CSV or JSON lines of source and group instead."
        ),
    ] = None,
    question_group: Annotated[
        str | None,
        typer.Option(
            "--question-group", metavar="KEY", help="Key in the questions that groups them."
        ),
    ] = None,
    split: SplitOption = None,
    k: Annotated[
        int, typer.Option("-k", metavar="N", min=1, max=1000, help="How many hits count.")
    ] = 10,
    desired: Annotated[
        str,
        typer.Option(
            "--desired",
            metavar="SHARES",
            autocompletion=completion.one_of(DESIRED),
            help="Whom hits should show: corpus (by its pages), documents, or uniform.",
        ),
    ] = DESIRED[0],
    share: Annotated[
        list[str] | None,
        typer.Option("--share", metavar="GROUP=SHARE", help="Or these shares, one for each group."),
    ] = None,
    positive: Annotated[
        list[str] | None,
        typer.Option(
            "--positive",
            metavar="LABEL",
            help="Of predictions: a label that counts as selected; repeatable.  [default: all]",
        ),
    ] = None,
    least: Annotated[
        int,
        typer.Option(
            "--least", metavar="N", min=2, help="Groups of fewer questions or items are too small."
        ),
    ] = 10,
    rerank: Annotated[
        str | None,
        typer.Option(
            "--rerank",
            metavar="METHOD",
            autocompletion=completion.one_of(METHODS),
            help="Try fair re-ranking: detgreedy or detcons.",
        ),
    ] = None,
    slack: Annotated[
        float,
        typer.Option(
            "--slack", metavar="SHARE", min=0.0, max=1.0, help="By how much it may miss a share."
        ),
    ] = 0.0,
    candidates: Annotated[
        int | None,
        typer.Option(
            "--candidates", metavar="N", min=1, help="Hits that are re-ranked.  [default: 3 k]"
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE", help="Keep this audit for later runs (JSON)."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FILE", help="Compare with a kept one; exit code 4 if worse."
        ),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance", metavar="N", min=0.0, help="By how much a gap may grow since then."
        ),
    ] = 0.05,
    report: ReportOption = None,
    run_in: Annotated[
        Path | None,
        typer.Option("--run-in", metavar="FILE", help="Audit this TREC run, not an index."),
    ] = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare groups of documents, questions or classified items, with 95 % intervals.

    Exit code 4 says, with --against, that a gap grew by more than the tolerance and that the
    interval of its growth excludes 0.
    """
    _refuse(
        {
            "give --questions or --predictions, one of them": (questions is None)
            == (predictions is None),
            "give --attribute or --groups, not both": bool(attribute and groups),
            "--attribute looks into an index; with --run-in give --groups": bool(
                attribute and run_in
            ),
            "--predictions are of items; --attribute, --question-group, --rerank, --share, "
            "--run-in and --split are for questions": predictions is not None
            and any((attribute, question_group, rerank, share, run_in, split)),
            "say what groups documents or questions: --attribute, --groups or "
            "--question-group": questions is not None
            and not any((attribute, groups, question_group)),
            "--positive is a label of --predictions": bool(positive and questions),
            f"--desired wants one of {', '.join(DESIRED)}, found {desired!r}": desired
            not in DESIRED,
            f"--rerank wants one of {', '.join(METHODS)}, found {rerank!r}": rerank
            not in (None, *METHODS),
            "--rerank needs groups of documents: --attribute or --groups": rerank is not None
            and not (attribute or groups),
            "--candidates says how many hits --rerank orders": candidates is not None
            and rerank is None,
            f"--candidates must be at least -k, found {candidates} and {k}": candidates is not None
            and candidates < k,
        }
    )
    from mmrag.cli.evaluate.fairness_audits import Ask, of_predictions, of_questions
    from mmrag.evaluation.fairness.regression import changes, check_subject, keep, read_saved
    from mmrag.evaluation.fairness.report import write_report
    from mmrag.extras import require

    if report is not None:  # before the work, for it may take minutes
        require("matplotlib", extra="eval", purpose="draw the report")
    saved = read_saved(against) if against else None
    if predictions is not None:
        audited = of_predictions(predictions, groups, positive or (), least)
    elif questions is not None:
        ask = Ask(questions, split, k, attribute, groups, question_group, run_in, least)
        audited = of_questions(
            ask,
            desired=share or desired,
            rerank=rerank,
            slack=slack,
            candidates=candidates,
            where=(index, qdrant, profile, config),
        )
    grown: Sequence[Change] = ()
    if saved is not None and against is not None:
        check_subject(saved, audited.subject, against)
        grown = changes(audited.audits, saved, tolerance=tolerance)
    if save:
        keep(audited.audits, audited.subject, save)
    reported: Sequence[Path] = ()
    if report:
        reported = write_report(
            audited.audits, report, about=audited.about, trial=audited.trial, changes=grown
        )
    if as_json:
        typer.echo(json.dumps(_as_dict(audited, saved, grown), ensure_ascii=False))
    else:
        _show(audited, grown, [*reported, *([save] if save else [])])
    worse = [f"{one.measure}, {one.group}" for one in grown if one.worse]
    if worse:
        typer.echo(f"mmrag: gaps grew by more than {tolerance:g}: {'; '.join(worse)}", err=True)
        raise typer.Exit(EXIT_FOUND)


def _refuse(wrong: Mapping[str, bool]) -> None:
    for what, applies in wrong.items():
        if applies:
            raise typer.BadParameter(what)


def _as_dict(audited: Audited, saved: Saved | None, grown: Sequence[Change]) -> dict[str, object]:
    trial = audited.trial
    return {
        **audited.about,
        "audits": [audit.as_dict() for audit in audited.audits],
        "rerank": trial.as_dict(audited.audits[0]) if trial else None,
        "changes": None if saved is None else [one.as_dict() for one in grown],
        "worse": sum(one.worse for one in grown),
    }


def _show(audited: Audited, grown: Sequence[Change], written: Sequence[Path]) -> None:
    from rich.text import Text

    from mmrag.cli.evaluate.fairness_show import show_audit, show_changes
    from mmrag.cli.show import out
    from mmrag.evaluation.fairness.wording import LIMITS

    for audit in audited.audits:
        show_audit(audit, audited.trial if audit is audited.audits[0] else None)
    if grown:
        show_changes(grown)
    out.print(Text(f"\n{LIMITS}", style="dim"))
    if written:
        out.print(Text(f"written: {', '.join(map(str, written))}", style="dim"))
