"""`mmrag doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from mmrag.cli.options import (
    EXIT_ERROR,
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

STYLES = {"ok": "green", "note": "yellow", "problem": "red", "repaired": "cyan"}


@reports_errors
def command(
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    tenant: TenantOption = None,
    config: ConfigOption = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Delete passages that belong to no document or are there twice, and have "
            "half-written documents read again; says each thing that it does.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Examine the installation and the index; exit code 1 if there is a problem.

    Without --tenant all of the index is examined, whomever it belongs to.
    """
    from mmrag.config import load_settings
    from mmrag.doctor import (
        Finding,
        examine_environment,
        examine_index,
        examine_installation,
        examine_ollama,
        repair_index,
    )
    from mmrag.errors import InputError, MmragError
    from mmrag.opening import FIRST
    from mmrag.profiles import profile_named

    settings = load_settings(config)
    profile = profile_named(settings.profile or FIRST)
    models = {**profile.spaces, **settings.models}
    repairs: list[str] = []
    try:
        with opened(index, qdrant, None, config, tenant=tenant) as opened_index:
            profile = opened_index.profile
            models = {s.space: s.model for s in opened_index.manifest.spaces if s.size is not None}
            if repair:
                repairs = list(repair_index(opened_index))
            about_index = list(examine_index(opened_index))
    except InputError as exc:
        about_index = [Finding("note", "index", str(exc))]
    except MmragError as exc:
        about_index = [Finding("problem", "index", str(exc))]
    findings = [
        *examine_environment(os.environ),
        *examine_installation(profile, models, settings.ollama),
        examine_ollama(settings.ollama),
        *about_index,
    ]
    if as_json:
        done = {"repairs": repairs} if repair else {}
        told = {"findings": [asdict(f) for f in findings], **done}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        if repair and not repairs:
            repairs = ["nothing to repair"]
        _show([*(Finding("repaired", "index", row) for row in repairs), *findings])
    if any(finding.level == "problem" for finding in findings):
        raise typer.Exit(EXIT_ERROR)


def _show(findings: list) -> None:  # type: ignore[type-arg]  # Finding is imported late
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out
    from mmrag.generation.lookalikes import visible

    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        level = Text(finding.level, style=STYLES[finding.level])
        table.add_row(level, Text(visible(finding.what)), Text(visible(finding.message)))
    out.print(table, soft_wrap=False)
