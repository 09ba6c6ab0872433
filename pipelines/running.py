"""What the pipelines share: keys from YAML and the command line, one-line errors, exit codes.

A pipeline's YAML holds settings of mmrag, as mmrag.yaml does, and a section under its own name.
Each key of that section is an option as well: `test_split: mine` or `--test-split mine`; the option
wins.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from telling import NOT_FOUND, complain

from mmrag import MmragError, Report, Settings, load_settings

OK, ERROR, USAGE, PARTLY, FOUND, INTERRUPTED = 0, 1, 2, 3, 4, 130
PLACES = {"index": "index.directory", "qdrant": "index.qdrant_url", "profile": "profile"}


class Keys(BaseModel):
    """A pipeline's own keys; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


K = TypeVar("K", bound=Keys)


def run(work: Callable[[K, Settings], int], keys: type[K], doc: str | None) -> None:
    """Do the work of a pipeline as the command line says, and leave with its exit code.

    Args:
        work: given the keys and the settings of mmrag; returns the exit code.
        doc: of the pipeline, for --help.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    script = Path(sys.argv[0])
    parser = _parser(keys, doc or "", script.with_suffix(".yaml"))
    given = {key: value for key, value in vars(parser.parse_args()).items() if value is not None}
    config = Path(given.pop("config"))
    changes = {dotted: given.pop(key, None) for key, dotted in PLACES.items()}
    code = ERROR
    try:
        settings = load_settings(config, changes, apart=script.stem)
        section = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
        own = section.get(script.stem) or {}
        if not isinstance(own, Mapping):
            raise MmragError(f"{config}: {script.stem} must hold keys and values, found {own!r}")
        code = work(keys.model_validate({**own, **given}), settings)
    except ValidationError as exc:
        faults = "; ".join(_fault(error) for error in exc.errors())
        _say(f"{faults} (of {script.stem} in {config})")
        code = USAGE
    except MmragError as exc:
        _say(str(exc))
    except FileExistsError as exc:
        _say(f"{exc.filename} is a file, and a folder is needed there; give another path")
    except OSError as exc:
        _say(f"{exc.filename or script.stem}: {exc.strerror or exc}")
    except KeyboardInterrupt as exc:
        _say(": ".join(["interrupted", *map(str, exc.args)]))
        code = INTERRUPTED
    sys.exit(code)


def ended(report: Report, statuses: Collection[str] = NOT_FOUND) -> int:
    """The exit code of a run over files; those of some statuses are named on stderr, and why.

    Raises:
        KeyboardInterrupt: the run was interrupted.
    """
    complain(report, statuses)
    if report.interrupted:
        raise KeyboardInterrupt(f"{report.left} of {report.total} files are left; run it again")
    return PARTLY if report.failed or report.refused else OK


def _say(line: str) -> None:
    print(f"{Path(sys.argv[0]).stem}: {' '.join(line.split())}", file=sys.stderr)


def _parser(keys: type[Keys], doc: str, config: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", default=config, metavar="FILE", help=f"default: {config}")
    for place in PLACES:
        parser.add_argument(f"--{place}", help="as of the mmrag command")
    for name, field in keys.model_fields.items():
        kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
        option: dict[str, Any] = {"help": field.description, "dest": name}
        if field.annotation is bool:
            option["action"] = argparse.BooleanOptionalAction
        elif Ellipsis in kinds and isinstance(kinds[0], type) and issubclass(kinds[0], BaseModel):
            continue  # rows of a table stand in the file alone
        elif Ellipsis in kinds:
            option["nargs"] = "+"
        parser.add_argument(f"--{name.replace('_', '-')}", **option)
    return parser


def _fault(error: Mapping[str, Any]) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"unknown key {where}"
    if error["type"] == "missing":
        return f"{where} is missing: set it, or give --{where.replace('_', '-')}"
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}, found {error['input']!r}"
