"""Checkpoints of a run, each written whole or not at all; the last two are kept.

The name of a file has the digest of its bytes, for torch reads most damaged files without a word.
Imports torch.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.errors import ConfigError, InputError
from mmrag.extras import require

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

LOG = logging.getLogger("mmrag")
FORMAT = 1
_KEPT = 2
_NAME = re.compile(r"checkpoint-\d{8,}-[0-9a-f]{16}\.pt")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checkpoints:
    """Those in a folder, `checkpoint-<step>-<digest>.pt`."""

    folder: Path

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Write what `torch.load` can read without running code, then let older ones go.

        Raises:
            InputError: it cannot be written; what was there before is as it was.
        """
        draft = self.folder / "checkpoint.part"
        try:
            with draft.open("wb") as file:
                torch.save({"format": FORMAT, "step": step, **state}, file)
                file.flush()
                os.fsync(file.fileno())
            path = self.folder / f"checkpoint-{step:08d}-{_digest(draft)}.pt"
            draft.replace(path)
            _sync(self.folder)
        except (OSError, RuntimeError) as exc:  # torch has a RuntimeError for a full disk
            draft.unlink(missing_ok=True)
            raise InputError(f"cannot save a checkpoint in {self.folder}: {exc}") from exc
        # others are older still, or of a course that was left when a damaged one was passed over
        earlier = [old for old in self.paths() if _parts(old)[0] < step]
        for old in set(self.paths()) - {path, *earlier[: _KEPT - 1]}:
            old.unlink(missing_ok=True)

    def load(self) -> dict[str, Any] | None:
        """The latest that is whole, or None if there never was one.

        Raises:
            ConfigError: there are some, all damaged, or made by another version.
        """
        paths = self.paths()
        for path in paths:
            if _digest(path) != _parts(path)[1]:
                LOG.warning("%s is damaged and passed over; the one before it is used", path)
                continue
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
            if state.get("format") != FORMAT:
                raise ConfigError(
                    f"{path} was made by another version of mmrag: its format is "
                    f"{state.get('format')}, this one reads {FORMAT}; start in a new folder"
                )
            return state
        if paths:
            raise ConfigError(
                f"all {len(paths)} checkpoints in {self.folder} are damaged; start in a new folder"
            )
        return None

    def paths(self) -> list[Path]:
        """The latest first; of drafts none."""
        found = [path for path in self.folder.glob("checkpoint-*") if _NAME.fullmatch(path.name)]
        return sorted(found, key=_parts, reverse=True)


def refuse_other_options(found: dict[str, Any], options: dict[str, Any]) -> None:
    """Refuse to go on with options other than those that a checkpoint was made with.

    Raises:
        ConfigError: with the names of the fields.
    """
    names = [name for name in options | found if options.get(name) != found.get(name)]
    if names:
        told = ", ".join(f"{n} was {found.get(n)} and is {options.get(n)}" for n in names)
        raise ConfigError(f"the run cannot go on with other options: {told}; use those it had")


def _parts(path: Path) -> tuple[int, str]:
    """Step and digest, as the name has them."""
    step, digest = path.stem.split("-")[1:]
    return int(step), digest


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()[:16]


def _sync(folder: Path) -> None:
    """Have the name of a file survive a loss of power; other systems than POSIX cannot be asked."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
