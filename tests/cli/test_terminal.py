"""Colours, hints and characters: what goes to a terminal, and what to pipes and files."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from cli.in_a_terminal import in_terminal, piped

from mmrag.cli.progress import IndexProgress
from mmrag.cli.terminal import coloured, error_lines, make_console, make_writable, obeys_codes
from mmrag.ingest.report import Outcome

ESCAPE = "\x1b"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("set_to", "terminal", "colours", "moves"),
    [
        ({}, True, True, True),
        ({}, False, False, False),
        ({"NO_COLOR": "1"}, True, False, False),
        ({"NO_COLOR": ""}, True, True, True),  # empty counts as unset
        ({"TERM": "dumb"}, True, False, False),
        ({"FORCE_COLOR": "1"}, False, True, False),  # colours in a log, and no progress bar
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False, False),
    ],
)
def test_who_gets_colours(
    set_to: dict[str, str],
    terminal: bool,
    colours: bool,
    moves: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    assert (coloured(stream), obeys_codes(stream)) == (colours, moves)
    monkeypatch.setattr(sys, "stdout", stream)
    make_console().print("[bold red]x[/]")
    assert (ESCAPE in stream.getvalue()) is colours


def test_an_error_is_one_line_to_programs_and_has_a_hint_for_people() -> None:
    assert error_lines("no\n index", "mmrag init", io.StringIO()) == "mmrag: no index\n"
    shown = error_lines("no index", "mmrag init", Terminal())
    assert shown.startswith(ESCAPE)
    assert "no index\n" in shown
    assert shown.endswith("hint:\x1b[0m mmrag init\n")
    assert error_lines("no index", "", Terminal()).count("\n") == 1


@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": "1"}])
def test_in_a_real_terminal(extra: dict[str, str], tmp_path: Path) -> None:
    code, shown = in_terminal("search", "x", cwd=tmp_path, **extra)
    assert code == 1
    assert (ESCAPE in shown) is (extra == {})
    bare = shown.replace("\x1b[1;31m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert bare.splitlines() == [
        "mmrag: no index at .mmrag; make one with: mmrag index FOLDER --index .mmrag",
        "hint: mmrag init",
    ]


@pytest.mark.parametrize("word", ["--help", "frobnicate"])
def test_help_and_usage_errors_without_colours(word: str, tmp_path: Path) -> None:
    _, shown = in_terminal(word, cwd=tmp_path)
    assert ESCAPE in shown
    _, plain = in_terminal(word, cwd=tmp_path, NO_COLOR="1")
    assert ESCAPE not in plain
    assert "frobnicate" in plain if word == "frobnicate" else "search" in plain


def test_pipes_get_one_plain_line(tmp_path: Path) -> None:
    run = piped("search", "x", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        "mmrag: no index at .mmrag; make one with: mmrag index FOLDER --index .mmrag"
    ]


@pytest.mark.parametrize("extra", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}])
def test_the_progress_line_is_for_terminals(
    extra: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO() if "FORCE_COLOR" in extra else Terminal()
    for name, value in extra.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", stream)
    with IndexProgress(make_console(stderr=True), shown=True) as progress:
        progress.start(2)
        progress.tell(Outcome("a.md", "indexed"))
    assert (ESCAPE in stream.getvalue()) is (extra == {})


def test_a_console_without_unicode_breaks_nothing(tmp_path: Path) -> None:
    run = piped("index", "→ Łódź.pdf", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert run.returncode == 1
    assert run.stderr == "mmrag: no such file or folder: \\u2192 \\u0141\\xf3d\\u017a.pdf\n"


def test_pipes_of_another_encoding_become_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="cp1252") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        make_writable()
        print("→ ·", flush=True)
        assert raw.getvalue() == "→ ·\n".encode()
