"""What the commands share: options, opening an index, errors as exit codes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, get_args

import typer

from mmrag.cli.completion import modality_list, profiles, uses
from mmrag.cli.signals import StopRequest
from mmrag.cli.terminal import error_lines
from mmrag.errors import MmragError
from mmrag.timing import timed
from mmrag.version import __version__

if TYPE_CHECKING:
    from mmrag.config import Settings
    from mmrag.engine import MMRagIndex
    from mmrag.rerank.choice import Use

EXIT_ERROR, EXIT_PARTLY, EXIT_INTERRUPTED = 1, 3, 130
EXIT_FOUND = 4
"""For CI: what was looked for was found, such as drift or a flag. That is no error."""

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Directory of the index.  [default: ./.mmrag]"),
]
QdrantOption = Annotated[
    str | None, typer.Option("--qdrant", metavar="URL", help="Qdrant server instead of --index.")
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="Which models to use.", autocompletion=profiles),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings.  [default: ./mmrag.yaml if there]"),
]
TenantOption = Annotated[
    str | None,
    typer.Option("--tenant", metavar="NAME", help="Whose documents; no others are seen."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
ModalityOption = Annotated[
    str | None,
    typer.Option(
        "--modality",
        metavar="LIST",
        help="Only these: text, image, audio, video, depth, thermal, imu; by comma.",
        autocompletion=modality_list,
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="KEY=VALUE", help="Only nodes with this metadata; repeatable."),
]
PagesOption = Annotated[
    str | None,
    typer.Option("--pages", metavar="N-M", help="Only what stands on these pages: 3-7, or 3."),
]
TimeOption = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="FROM-TO",
        help="Only this part of recordings: 0:30-2:00, in h:mm:ss, m:ss or seconds.",
    ),
]
TakenOption = Annotated[
    str | None,
    typer.Option(
        "--taken",
        metavar="FROM..TO",
        help="Only pictures and recordings of that time: 2024, or 2024-05..2024-08-15.",
    ),
]
NearOption = Annotated[
    str | None,
    typer.Option(
        "--near",
        metavar="LAT,LON,DIST",
        help="Only what was taken so near: 59.33,18.06,25km (or m).",
    ),
]
RerankOption = Annotated[
    str | None,
    typer.Option(
        "--rerank",
        metavar="USE",
        autocompletion=uses,
        help="Judge the best hits again: on, off, or auto (if mmrag eval rerank found that it "
        "helps).",
    ),
]

P = ParamSpec("P")


def reports_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Turn errors into one line on stderr and the exit codes of the contract."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except MmragError as exc:
            sys.stderr.write(error_lines(str(exc), exc.hint, sys.stderr))
            raise typer.Exit(EXIT_ERROR) from exc
        except KeyboardInterrupt as exc:
            sys.stderr.write("mmrag: interrupted\n")
            leave_now(exc.exit_code if isinstance(exc, StopRequest) else EXIT_INTERRUPTED)
        except BrokenPipeError:
            # the reader of a pipe went away, as `| head` does; nothing is left to tell it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXIT_ERROR) from None

    return run


def leave_now(code: int) -> None:
    """End the process at once: a reading thread may be deep inside a native library."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def opened(
    directory: Path | None,
    qdrant: str | None,
    profile: str | None,
    config: Path | None,
    *,
    create: bool = False,
    tenant: str | None = None,
    changes: dict[str, Any] | None = None,
) -> Iterator[MMRagIndex]:
    """The index that the options name."""
    with timed("open the index"):
        from mmrag.engine import MMRagIndex

        settings = chosen(directory, qdrant, profile, config, tenant=tenant, changes=changes)
        index = MMRagIndex(settings=settings, create=create)
    with index:
        yield index


def chosen(
    directory: Path | None,
    qdrant: str | None,
    profile: str | None,
    config: Path | None,
    *,
    tenant: str | None = None,
    changes: dict[str, Any] | None = None,
) -> Settings:
    """The settings under the options."""
    from mmrag.config import load_settings

    return load_settings(
        config,
        {
            "index.directory": directory,
            "index.qdrant_url": qdrant,
            "index.tenant": tenant,
            "profile": profile,
            **(changes or {}),
        },
    )


def modalities(listed: str | None) -> list[str]:
    """ "image,audio" -> ["image", "audio"]."""
    from mmrag.modalities import Modality
    from mmrag.spelling import did_you_mean

    names = [name.strip() for name in (listed or "").split(",") if name.strip()]
    known = [m.value for m in Modality]
    for name in names:
        if name not in known:
            meant = did_you_mean(name, known)
            raise typer.BadParameter(f"no modality {name!r}{meant}; there are: {', '.join(known)}")
    return names


def reranking(given: str | None) -> Use | None:
    """The word given to --rerank."""
    from mmrag.rerank.choice import Use

    words: tuple[Use, ...] = get_args(Use)
    for word in words:
        if word == given:
            return word
    if given is not None:
        raise typer.BadParameter(f"--rerank wants one of {', '.join(words)}, found {given!r}")
    return None


def conditions(given: list[str] | None) -> dict[str, str | int]:
    """["page=3"] -> {"page": 3}; whole numbers become numbers."""
    wanted: dict[str, str | int] = {}
    for pair in given or ():
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"--where wants KEY=VALUE, found {pair!r}")
        wanted[key] = int(value) if value.lstrip("-").isdigit() else value
    return wanted


def show_version(wanted: bool) -> None:
    """`--version`."""
    if wanted:
        typer.echo(f"mmrag {__version__}")
        raise typer.Exit
