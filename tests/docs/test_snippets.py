"""Python of README and manual is run as it stands; what needs a server is fenced as `py`."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from pathlib import Path

import pytest
from conftest import write_poster
from manual import PAGES, README, Fence, called, fences

SNIPPETS = {page: list(fences(page, "python")) for page in PAGES}
MAIN = SNIPPETS[README][0]


def run(fence: Fence) -> None:
    exec(compile(fence.text, fence.place, "exec"), {})


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the README's first snippet ran, and what it printed."""
    folder = tmp_path_factory.mktemp("snippets") / "first"
    (folder / "papers").mkdir(parents=True)
    (folder / "papers" / "mast.md").write_text(
        "# Mast\nLars Wikner rebuilt the mast in 1941. The snow depth in May was 246 cm.\n"
    )
    write_poster(folder / "photo.png", ("Who rebuilt the mast?",))
    before, printed = Path.cwd(), io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed):
            run(MAIN)
    finally:
        os.chdir(before)
    return folder, printed.getvalue()


def test_the_main_job_takes_twelve_lines() -> None:
    assert len([line for line in MAIN.text.splitlines() if line.strip()]) <= 12


def test_the_main_job_answers_with_a_verified_citation(first: tuple[Path, str]) -> None:
    printed = first[1]
    assert "Counter({'indexed': 1})" in printed
    assert "Lars Wikner rebuilt the mast in 1941. [1]" in printed
    assert printed.splitlines()[-1] == "mast.md None None True"


@pytest.mark.parametrize("page", [page for page, found in SNIPPETS.items() if found], ids=called)
def test_snippets_run_one_after_the_other(
    page: Path, first: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page in a copy of the folder that the README's first snippet leaves."""
    shutil.copytree(first[0], tmp_path, dirs_exist_ok=True)
    shutil.copytree(first[0] / "my-index", tmp_path / ".mmrag")  # the command line's default
    monkeypatch.chdir(tmp_path)
    for fence in SNIPPETS[page]:
        if fence is not MAIN:
            run(fence)
