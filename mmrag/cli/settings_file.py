"""A settings file that a command amends: other keys stay, and what cannot be kept is refused."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from mmrag.config import load_settings
from mmrag.errors import ConfigError


def amendable(path: Path) -> None:
    """Find out before the work whether `amend` can do its own.

    Raises:
        ConfigError: the file is no valid settings file, has comments below its first lines, which
            would be lost, or cannot be written.
    """
    if path.exists():
        load_settings(path)
        text = path.read_text(encoding="utf-8")
        lines = [line for line in _comments(text) if line > len(_header(text))]
        if lines:
            raise ConfigError(
                f"{path} has a comment in line {lines[0]}, and rewriting the file would lose it; "
                f"leave out --write and paste what is printed"
            )
    writable(path)


def writable(path: Path) -> None:
    """Find out before anything is asked or worked for whether the file can be written.

    Raises:
        ConfigError: it cannot.
    """
    folder = path.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(f"cannot write {path}: {folder} is no folder that can be written to")
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder; name a file")


def amend(path: Path, section: str, changes: Mapping[str, Any]) -> None:
    """Set keys of a section; all other ones stay. The file is replaced in one step.

    Raises:
        ConfigError: as of `amendable`.
    """
    amendable(path)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    tree = yaml.safe_load(text) or {}
    tree[section] = {**tree.get(section, {}), **changes}
    write_settings(path, tree, header="\n".join(_header(text)))


def write_settings(path: Path, tree: Mapping[str, Any], *, header: str = "") -> None:
    """Write settings in one step: a file that was there is whole until the new one is.

    Args:
        header: lines of comment above them, which `amend` keeps.

    Raises:
        ConfigError: it cannot be written.
    """
    target = path.resolve()  # a link stays one
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.write_text(f"{header}\n{in_yaml(tree)}" if header else in_yaml(tree), "utf-8")
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as exc:
        raise ConfigError(f"cannot write {path}: {exc.strerror}") from exc
    finally:
        with suppress(OSError):
            beside.unlink()


def in_yaml(tree: Mapping[str, Any]) -> str:
    """Settings as YAML, in their order."""
    return yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True)


def _header(text: str) -> list[str]:
    """The lines of comment that a file begins with."""
    return list(takewhile(lambda line: line.startswith("#"), text.splitlines()))


def _comments(text: str) -> list[int]:
    """Lines with a comment, from 1: where there is a "#" that is no part of a value."""
    values = [
        (token.start_mark.index, token.end_mark.index)
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken)
    ]
    return [
        text.count("\n", 0, place) + 1
        for place, char in enumerate(text)
        if char == "#" and not any(start <= place < end for start, end in values)
    ]
