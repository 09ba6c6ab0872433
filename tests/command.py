"""The command line as a user sees it, in this process: exit code, what it printed and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from mmrag.cli.app import app


class Said:
    """What a command left behind.

    Args:
        arguments: its words, the command's own first.
    """

    def __init__(self, *arguments: str | Path) -> None:
        result = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def json(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded

    @property
    def refusal(self) -> str:
        """The last line of a command that refused what it was given, and printed nothing else."""
        assert self.code == 1, (self.out, self.err)
        assert self.out == ""
        *_, last = self.err.splitlines()
        assert last.startswith("mmrag: ")
        return last
