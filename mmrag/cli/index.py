"""`mmrag index`: create or update an index."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli import completion
from mmrag.cli.options import (
    EXIT_INTERRUPTED,
    EXIT_PARTLY,
    ConfigOption,
    IndexOption,
    JsonOption,
    ProfileOption,
    QdrantOption,
    TenantOption,
    chosen,
    leave_now,
    opened,
    reports_errors,
)
from mmrag.cli.signals import ELSEWHERE, NOTICE, stoppable
from mmrag.cli.timings import VerboseOption, told

if TYPE_CHECKING:
    from mmrag.ingest.spaces import AddedSpace


@reports_errors
def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files, folders, zip and tar archives, globs in quotes, and addresses: https:// "
            "of one file, s3:// and whatever else fsspec knows.  [default: the settings' "
            "ingest.paths]",
            show_default=False,
        ),
    ] = None,
    index: IndexOption = None,
    profile: ProfileOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    ocr: Annotated[
        bool | None, typer.Option("--ocr/--no-ocr", help="Read text in pictures.")
    ] = None,
    asr: Annotated[
        bool | None, typer.Option("--asr/--no-asr", help="Transcribe recordings.")
    ] = None,
    captions: Annotated[
        str | None,
        typer.Option(
            "--captions",
            metavar="MODEL",
            help="Let this vision model on the Ollama server say what pictures show; off for none.",
        ),
    ] = None,
    add_space: Annotated[
        list[str] | None,
        typer.Option(
            "--add-space",
            metavar="NAME[=MODEL]",
            help="Give what is indexed vectors of one more space: clip, clap, imagebind, tiny, "
            "ngram (for misheard and misread names), or any name with a model; repeatable.",
        ),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let an emptied folder empty the index.")
    ] = False,
    private: Annotated[
        bool | None,
        typer.Option(
            "--allow-private-addresses",
            help="Take files from web servers of this machine and its network, too.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            autocompletion=completion.engines,
            help="What reads and embeds: local, or ray, on the machines of a Ray cluster and into "
            "a Qdrant server.",
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDR",
            help="The Ray cluster: auto, or HOST:PORT; without it one is started on this machine.",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on as the folders change, until Ctrl-C."),
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Index files and folders; unchanged files are skipped, removed ones leave."""
    from mmrag.cli.progress import IndexProgress
    from mmrag.cli.show import console, report_table
    from mmrag.cli.watch import follow
    from mmrag.ingest.report import Report

    if not paths and (watch or not add_space):
        paths = list(chosen(index, qdrant, profile, config).ingest.paths)
    if not paths and (watch or not add_space):
        raise typer.BadParameter(
            "name the files and folders to index, here or in the settings (ingest.paths), or "
            "--add-space"
        )
    if watch and add_space:
        raise typer.BadParameter("--add-space fills what is there; watch in a run of its own")
    if engine == "local" and address is not None:
        raise typer.BadParameter("--address is that of another engine's cluster; add --engine ray")
    if engine != "local" and watch:
        raise typer.BadParameter("--watch goes with the local engine")
    if engine != "local" and not paths:
        raise typer.BadParameter(
            f"--add-space fills on this machine; --engine {engine} needs paths"
        )
    _check(paths or [], index, qdrant, config, engine, address)
    changes = {"ingest.ocr": ocr, "ingest.asr": asr, "index.tenant": tenant}
    changes |= {"ingest.captions": captions, "ingest.allow_private_addresses": private}
    changes["cluster.address"] = address
    report, where = Report(), ""
    added: list[AddedSpace] = []
    notice = NOTICE if engine == "local" else ELSEWHERE
    with stoppable(notice) as requests, told("index", verbose):
        if add_space:
            added = _added(add_space, index, qdrant, profile, config, create=bool(paths))
        if paths:
            with opened(index, qdrant, profile, config, create=True, changes=changes) as filled:
                where = filled.vector_store.engine.location
                with IndexProgress(console, shown=not as_json, verbose=verbose) as progress:
                    if watch:
                        report = follow(
                            filled, paths, progress, allow_empty=allow_empty, as_json=as_json
                        )
                    else:
                        report = filled.index(
                            paths, listener=progress, allow_empty=allow_empty, engine=engine
                        )
    stopped = requests[0].exit_code if requests else EXIT_INTERRUPTED
    if watch:  # what was done has been told, run by run
        if report.interrupted:
            leave_now(stopped)
        return
    if as_json:
        spaces = {"spaces": [asdict(row) for row in added]} if added else {}
        typer.echo(json.dumps({**report.as_dict(), **spaces}, ensure_ascii=False))
    else:
        _tell(added)
        if paths:
            report_table(report, where)
    if report.interrupted:
        leave_now(stopped)
    if report.failed or report.refused or any(row.faults for row in added):
        raise typer.Exit(EXIT_PARTLY)


def _added(
    wanted: list[str],
    directory: Path | None,
    qdrant: str | None,
    profile: str | None,
    config: Path | None,
    *,
    create: bool,
) -> list[AddedSpace]:
    """Add spaces. An index that is there may lack what the profile asks for: it is being added."""
    from mmrag.config import load_settings
    from mmrag.engine import MMRagIndex
    from mmrag.store.opening import index_exists

    given = {"index.directory": directory, "index.qdrant_url": qdrant, "profile": profile}
    settings = load_settings(config, given)
    there = index_exists(settings.index)
    lenient = settings.model_copy(update={"profile": None, "models": {}})
    with MMRagIndex(settings=lenient if there else settings, create=create) as index:
        names = [name.partition("=")[::2] for name in wanted]
        return [
            index.add_space(name, model=model or settings.models.get(name)) for name, model in names
        ]


def _tell(added: list[AddedSpace]) -> None:
    """Say what the new spaces hold; files that could not be embedded are named."""
    for row in added:
        typer.echo(f"space {row.space} ({row.model}): {row.filled} nodes filled", err=True)
        for source, reason in row.faults.items():
            typer.echo(f"  {source}: {reason}", err=True)


def _check(
    paths: list[str],
    directory: Path | None,
    qdrant: str | None,
    config: Path | None,
    engine: str,
    address: str | None,
) -> None:
    """Tell of a missing path, of nothing to index, of a policy that cannot be used, or of an engine
    that cannot, before an index is made for it.
    """
    from mmrag.config import load_settings
    from mmrag.ingest.scan import expect_files

    place = {"index.directory": directory, "index.qdrant_url": qdrant}
    settings = load_settings(config, {**place, "cluster.address": address})
    if engine != "local":  # looking for it loads much
        from mmrag.work import engine_named

        engine_named(engine, settings)
    expect_files(paths, None if settings.index.qdrant_url else settings.index.directory)
    if paths and settings.moderate.policy is not None:
        from mmrag.tasks.moderation.policy import read_policy

        read_policy(settings.moderate.policy)
