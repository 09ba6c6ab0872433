"""`mmrag moderate PATH...`: what a policy flags in files; without a path, in an index."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.moderate.options import (
    ModelOption,
    PolicyOption,
    file_moderator,
    warn,
)
from mmrag.cli.options import (
    EXIT_FOUND,
    EXIT_PARTLY,
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmrag.engine import MMRagIndex
    from mmrag.ingest.quarantine import Reassessed
    from mmrag.tasks.moderation.files import Moderated


@reports_errors
def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files and folders.", show_default=False),
    ] = None,
    policy: PolicyOption = None,
    profile: ProfileOption = None,
    model: ModelOption = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a row a flag there.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="DIR", help="Write Markdown and HTML there, no media."),
    ] = None,
    fail_on_flag: Annotated[
        bool, typer.Option("--fail-on-flag", help="Exit with 4 if anything is flagged.")
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Say what the index keeps out of searches, and why.")
    ] = False,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            metavar="SOURCE",
            help="Let a document of the index be found until its content changes.",
        ),
    ] = None,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flag files by a policy. Without a path: judge an index again, list, or release.

    Judging an index takes its stored vectors and texts, hides what is to be in quarantine now, and
    releases what is not. Exit codes: 0 also when something is flagged, 4 then with --fail-on-flag,
    3 if some files could not be judged.
    """
    if paths:
        if listed or release is not None or index or qdrant or tenant:
            raise typer.BadParameter("files are judged without an index; leave its options out")
        found = _files(paths, policy, profile, model, config, csv, report, as_json=as_json)
        flagged, failed = any(f.flags for f in found), any(f.error is not None for f in found)
    else:
        if csv or report or model:
            raise typer.BadParameter("--csv, --report and --model are for files: name some")
        with opened(index, qdrant, profile, config, tenant=tenant) as held:
            flagged = _in_index(held, policy, release, listed=listed, as_json=as_json)
        failed = False
    if flagged and fail_on_flag:
        raise typer.Exit(EXIT_FOUND)
    if failed:
        raise typer.Exit(EXIT_PARTLY)


def _files(
    paths: list[str],
    policy: Path | None,
    profile: str | None,
    model: list[str] | None,
    config: Path | None,
    csv: Path | None,
    report: Path | None,
    *,
    as_json: bool,
) -> Sequence[Moderated]:
    from mmrag.tasks.moderation.report import write_csv, write_report

    by = file_moderator(policy, profile, model, config)
    moderator = by.moderator
    found = sorted(by.moderate(paths), key=lambda item: item.source)
    if csv is not None:
        write_csv(found, csv, moderator.policy.version)
    written = () if report is None else write_report(found, moderator, report)
    uncalibrated = moderator.uncalibrated
    if as_json:
        files = [
            {"file": f.source, "action": f.action, "flags": [flag.as_dict() for flag in f.flags]}
            for f in found
            if f.error is None
        ]
        facts = {
            "policy": moderator.policy.version,
            "files": files,
            "failed": [{"file": f.source, "reason": f.error} for f in found if f.error is not None],
            "notes": moderator.blind,
            "uncalibrated": uncalibrated,
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return found
    from mmrag.cli.show import files_table

    rows = [(f.source, flag.action, flag.reason) for f in found for flag in f.flags]
    failures = [(f.source, "failed", f.error) for f in found if f.error is not None]
    if rows or failures:
        files_table([*rows, *failures])
    flagged = sum(bool(f.flags) for f in found)
    typer.echo(f"{flagged} of {len(found)} files flagged by {moderator.policy.version}")
    for path in written:
        typer.echo(f"written: {path}", err=True)
    warn(moderator.blind)
    if uncalibrated:
        warn([f"thresholds without calibration: {', '.join(uncalibrated)}"])
    return found


def _in_index(
    index: MMRagIndex, policy: Path | None, release: str | None, *, listed: bool, as_json: bool
) -> bool:
    """Release, list or judge; whether anything is kept out of searches."""
    if release is not None:
        before = index.release(release)
        then = {"quarantined": "can be found", "refused": "is indexed by the next run"}
        if as_json:
            typer.echo(json.dumps({"released": release, "was": before.state}, ensure_ascii=False))
        else:
            typer.echo(f"{release} {then[before.state]}")
    if listed:
        _list(index, as_json=as_json)
    if release is None and not listed:
        _tell(index.moderate_again(policy=policy), as_json=as_json)
    return bool(index.kept_out())


def _list(index: MMRagIndex, *, as_json: bool) -> None:
    rows = [(row.source, row.state, index.why_kept_out(row)) for row in index.kept_out()]
    if as_json:
        facts = [{"source": s, "state": state, "reasons": why} for s, state, why in rows]
        typer.echo(json.dumps({"kept_out": facts}, ensure_ascii=False))
    elif rows:
        from mmrag.cli.show import files_table

        files_table((source, state, "; ".join(why)) for source, state, why in rows)
    else:
        typer.echo("nothing is kept out")


def _tell(found: Reassessed, *, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    from mmrag.cli.show import files_table

    rows = [(s, "quarantined", why) for s, why in found.quarantined.items()]
    rows += [(s, "refused", why) for s, why in found.refused.items()]
    rows += [(s, "released", "") for s in found.released]
    if rows:
        files_table(rows)
    typer.echo(
        f"{found.documents} documents judged, {len(found.quarantined)} quarantined, "
        f"{len(found.refused)} refused and taken out, {len(found.released)} released"
    )
