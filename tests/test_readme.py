"""README's Python is run as it stands, and stays short; what needs a server is fenced as `py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_main_job_takes_twelve_lines() -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 12


def test_snippets_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "mast.md").write_text(
        "# Mast\nLars Wikner rebuilt the mast in 1941. The snow depth in May was 246 cm.\n"
    )
    for block in BLOCKS:
        exec(compile(block, str(README), "exec"), {})
    printed = capsys.readouterr().out
    assert "Counter({'indexed': 1})" in printed
    assert "Lars Wikner rebuilt the mast in 1941. [1]" in printed
    assert printed.splitlines()[-1] == "mast.md"
    assert "True" in printed, "the citation was verified"
