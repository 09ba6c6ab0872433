"""A pipeline as a user runs it, in this process: options, input, exit code, what it printed."""

from __future__ import annotations

import io
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

PIPELINES = Path(__file__).parents[1] / "pipelines"


@dataclass(frozen=True)
class Ran:
    """What a pipeline left behind."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line of a pipeline that refused what it was given, and printed nothing else."""
        assert (self.code, self.out) == (1, ""), self
        (line,) = self.err.splitlines()
        return line


def run(name: str, *options: str | Path, stdin: str = "", config: Path | None = None) -> Ran:
    """`python pipelines/NAME.py --config FILE OPTIONS`; FILE is the pipeline's own unless given."""
    path = PIPELINES / f"{name}.py"
    words = ["--config", config or path.with_suffix(".yaml"), *options]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.syspath_prepend(str(PIPELINES))
        patch.setattr(sys, "argv", [str(path), *map(str, words)])
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as left:
            runpy.run_path(str(path), run_name="__main__")
    return Ran(int(left.value.code or 0), out.getvalue(), err.getvalue())
