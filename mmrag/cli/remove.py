"""`mmrag remove`: take documents, or all that belongs to a tenant, out of an index."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mmrag.cli.options import (
    ConfigOption,
    IndexOption,
    JsonOption,
    QdrantOption,
    TenantOption,
    opened,
    reports_errors,
)

if TYPE_CHECKING:
    from mmrag.engine import MMRagIndex


@reports_errors
def command(
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="Documents, as they are cited.", show_default=False),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="All that is --tenant's; without --tenant, all that is nobody's."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --all.")] = False,
    tenant: TenantOption = None,
    index: IndexOption = None,
    qdrant: QdrantOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents out of the index; your files stay where they are.

    A file that still lies in an indexed folder comes back with the next run over it. --all takes
    out uploads, fetched files and the places that were indexed as well.
    """
    if bool(sources) == everything:
        raise typer.BadParameter("name documents to remove, or give --all and no names")
    with opened(index, qdrant, None, config, tenant=tenant) as opened_index:
        location = opened_index.vector_store.engine.location
        known = _known(opened_index)
        if everything:
            if not (yes or _agreed(opened_index, len(known))):
                typer.echo("nothing was removed", err=True)
                return
            gone = opened_index.remove_all()
        else:
            _check_known(sources or [], known, location)
            gone = opened_index.remove(sources or [])
    if as_json:
        typer.echo(json.dumps({"index": location, "removed": gone}, ensure_ascii=False))
        return
    for source in () if everything else gone:
        typer.echo(f"removed {source}")
    typer.echo(f"{len(gone)} {'file' if len(gone) == 1 else 'files'} removed from {location}")


def _known(index: MMRagIndex) -> list[str]:
    rows = (*index.documents(), *index.failures(), *index.kept_out())
    return sorted({row.source for row in rows})


def _check_known(wanted: list[str], known: list[str], location: str) -> None:
    from mmrag.errors import InputError
    from mmrag.spelling import did_you_mean

    for source in wanted:
        if source not in known:
            raise InputError(
                f"{location} has no document {source!r}{did_you_mean(source, known)}; nothing was "
                "removed (sources are as `mmrag search` cites them, and each tenant has its own)"
            )


def _agreed(index: MMRagIndex, files: int) -> bool:
    from mmrag.errors import InputError

    owner = index.settings.index.tenant
    whose = f"of tenant {owner!r}" if owner else "of no tenant"
    what = f"all {whose} in {index.vector_store.engine.location}, {files} files and their uploads"
    if not sys.stdin.isatty():
        raise InputError(f"to remove {what}, give --yes; without a terminal nothing is asked")
    try:
        return typer.confirm(f"Remove {what}?", default=False, err=True)
    except typer.Abort:  # Ctrl-C or Ctrl-D
        typer.echo("", err=True)
        raise KeyboardInterrupt from None
