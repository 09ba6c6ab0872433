"""The folder of a fine-tuning run: the model on top, everything about the run in `training/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.errors import ConfigError, InputError

CARD = "README.md"
_RUN, _REPORT = "run.json", "report.json"


@dataclass(frozen=True)
class RunFolder:
    """What a run writes, and where. What tells a model from another are the files on top."""

    path: Path

    @property
    def work(self) -> Path:
        """History, curves, report, and checkpoints until the run is done."""
        return self.path / "training"

    @property
    def begun(self) -> bool:
        """Whether a run was begun here."""
        return (self.work / _RUN).is_file()

    def check(self, *, resume: bool) -> None:
        """Refuse to write over anything, or to go on with what was not begun.

        Raises:
            InputError: not empty, or nothing to go on with.
        """
        if (self.work / _REPORT).is_file():
            raise InputError(f"the run in {self.path} is done; name another folder")
        if resume and not self.begun:
            raise InputError(f"{self.path} holds no run to go on with; leave out --resume")
        if self.path.is_file() or (not resume and self.path.is_dir() and any(self.path.iterdir())):
            more = "go on with --resume, or name" if self.begun else "name"
            raise InputError(f"{self.path} is not empty; {more} another folder")

    def begin(self, identity: Mapping[str, Any], *, resume: bool) -> None:
        """Keep what the run is; or, to go on with it, see that it is the same.

        Raises:
            ConfigError: the run in the folder is another.
            InputError: the folder cannot be written.
        """
        file = self.work / _RUN
        now = json.loads(json.dumps(identity))
        if resume:
            before = json.loads(file.read_text(encoding="utf-8"))
            if changed := [key for key in now if now[key] != before.get(key)]:
                told = ", ".join(f"{key} was {before.get(key)}, is {now[key]}" for key in changed)
                raise ConfigError(
                    f"the run in {self.path} is another ({told}); repeat its options, or train "
                    f"into another folder"
                )
            return
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            _write(file, now)
        except OSError as exc:
            raise InputError(f"cannot write to {self.path}: {exc.strerror}") from exc

    def card(self, text: str) -> None:
        """Write the model card."""
        (self.path / CARD).write_text(text, encoding="utf-8")

    def end(self, found: Mapping[str, Any]) -> None:
        """Write what came of the run, and let its checkpoints go, which nothing needs now."""
        _write(self.work / _REPORT, found)
        for checkpoint in self.work.glob("checkpoint-*.pt"):
            checkpoint.unlink()


def _write(file: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
