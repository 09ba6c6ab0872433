"""`mmrag models`: which models there are, fetching them, checking them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmrag.cli.completion import profiles
from mmrag.cli.options import EXIT_ERROR, ConfigOption, JsonOption, reports_errors

if TYPE_CHECKING:
    from mmrag.embeddings.catalogue import ModelRow

app = typer.Typer(
    name="models", help="Model weights: list them, fetch them, check them.", no_args_is_help=True
)

ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="MODEL", help="Ids as `mmrag models list` shows them."),
]


WIDE = 100
"""Columns of a terminal from which on the profiles are shown too."""


@app.command(name="list")
@reports_errors
def list_models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every model that mmrag knows, and whether its weights are here. Works offline."""
    from mmrag.config import load_settings
    from mmrag.embeddings.catalogue import MODELS
    from mmrag.embeddings.hub import presence
    from mmrag.profiles import PROFILES

    ollama = load_settings(config).ollama
    rows: list[dict[str, Any]] = []
    for row in MODELS.values():
        found = presence(row, ollama)
        rows.append(
            {
                "id": row.id,
                "kind": row.kind,
                "dimension": row.dimension or None,
                "licence": row.licence,
                "download_mb": row.megabytes,
                "profiles": [p.name for p in PROFILES.values() if row.id in p.models],
                "present": found.here,
                "revision": found.revision,
                "size_mb": round(found.size / 1e6, 1) if found.path else None,
                "path": str(found.path) if found.path else found.url,
                "get": found.note or None,
            }
        )
    if as_json:
        typer.echo(json.dumps({"models": rows}, ensure_ascii=False))
        return
    _show(rows)


@app.command()
@reports_errors
def pull(
    models: ModelsArgument = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="All models of a profile.",
            autocompletion=profiles,
        ),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Fetch weights; what is here already is not fetched again."""
    from mmrag.config import load_settings
    from mmrag.embeddings.hub import pull as fetch

    ollama = load_settings(config).ollama

    for row in _rows(models, profile):
        if row.licence.startswith("CC BY-NC"):
            typer.echo(f"{row.id}: licence {row.licence}, not for commercial use", err=True)
        typer.echo(f"{row.id} (about {row.megabytes} MB)", err=True)
        typer.echo(f"{row.id} {fetch(row, progress=_Percent(), ollama=ollama)}")


@app.command()
@reports_errors
def verify(models: ModelsArgument = None, as_json: JsonOption = False) -> None:
    """Compare files that are here with their checksums; exit code 1 if one differs."""
    from mmrag.embeddings.catalogue import MODELS
    from mmrag.embeddings.hub import presence
    from mmrag.embeddings.hub import verify as check

    rows = _rows(models, None) if models else [r for r in MODELS.values() if presence(r).path]
    found = [
        {"model": row.id, "file": str(c.path), "state": c.state, "message": c.message}
        for row in rows
        for c in check(row)
    ]
    if as_json:
        typer.echo(json.dumps({"files": found}, ensure_ascii=False))
    else:
        for line in found:
            typer.echo(f"{line['state']:<10} {line['model']}  {line['file']}: {line['message']}")
    if any(line["state"] == "damaged" for line in found):
        raise typer.Exit(EXIT_ERROR)


def _rows(models: list[str] | None, profile: str | None) -> list[ModelRow]:
    from mmrag.embeddings.catalogue import MODELS
    from mmrag.errors import InputError
    from mmrag.profiles import profile_named
    from mmrag.spelling import did_you_mean

    wanted = list(models or ())
    if profile is not None:
        wanted += profile_named(profile).models
    if not wanted:
        raise InputError("name the models, or a profile: mmrag models pull --profile default")
    unknown = [name for name in wanted if name not in MODELS]
    if unknown:
        meant = did_you_mean(unknown[0], MODELS)
        raise InputError(f"no model {unknown[0]!r}{meant}; there are: {', '.join(MODELS)}")
    return [MODELS[name] for name in wanted]


class _Percent:
    """One line on stderr a tenth of the way."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if tenth > self._told:
            self._told = tenth
            typer.echo(f"  {done / 1e6:.0f} of {total / 1e6:.0f} MB", err=True)


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from mmrag.cli.show import out

    table = Table(box=None, pad_edge=False, header_style="dim")
    wide = out.width >= WIDE
    for heading in ("model", "dim", "licence", "MB", "here", *(["profiles"] if wide else [])):
        right = heading in ("dim", "MB")
        table.add_column(heading, no_wrap=True, justify="right" if right else "left")
    for row in rows:
        here = Text(str(row["revision"] or "yes")[:12], style="green")
        if not row["present"]:
            here = Text("no", style="dim")
        cells = [
            Text(row["id"]),
            str(row["dimension"] or row["kind"]),
            row["licence"],
            str(row["download_mb"]),
            here,
        ]
        table.add_row(*cells, *([", ".join(row["profiles"])] if wide else []))
    out.print(table)
    out.print(
        "[dim]fetch one with: mmrag models pull MODEL, or all of a profile: --profile NAME[/]"
    )
