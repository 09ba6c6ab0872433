"""`--verbose`: on stderr, in the order of the steps, and never in what programs read."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from mmrag.cli.app import app
from mmrag.cli.timings import table
from mmrag.timing import Spent, Timings


def test_a_line_a_step_below_what_it_is_a_part_of() -> None:
    steps = {("ask",): Spent(1.5, 1), ("ask", "check sentences"): Spent(0.0125, 3)}
    assert table(Timings(steps)) == (
        "      ms\n  1500.0  ask\n    12.5    check sentences (3 times)\n"
    )


def test_stdout_stays_what_it_is(folder: Path, tmp_path: Path) -> None:
    at = ["--index", str(tmp_path / "index"), "--json"]
    said = CliRunner().invoke(app, ["index", str(folder / "notes.md"), *at, "-v"])
    assert json.loads(said.stdout)["files"] == {"indexed": 1}
    assert "notes.md: read " in said.stderr
    assert "embed 2 passages in " in said.stderr
    said = CliRunner().invoke(app, ["search", "goats", *at, "--verbose"])
    assert json.loads(said.stdout)["hits"][0]["source"] == "notes.md"
    assert "  open the index\n" in said.stderr
    assert "  search bm25\n" in said.stderr
    assert CliRunner().invoke(app, ["search", "goats", *at]).stderr == ""
