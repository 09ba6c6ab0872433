"""`--help` of every command: whole names and words, on a narrow terminal too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from command import Said

from mmrag.cli.app import app
from mmrag.cli.help import in_words, unwrapped


def _all(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _all(inner, (*path, name))


EACH = list(_all(typer.main.get_command(app)))


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(("path", "command"), EACH, ids=[" ".join(path) for path, _ in EACH])
def test_names_are_whole_and_texts_are_words(
    path: tuple[str, ...], command: Any, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = Said(*path, "--help").out
    assert max(map(len, shown.splitlines())) <= width
    assert not re.search(r"<\w+( range|\[\w+\])?>|<=x|x>=", shown)
    context = command.context_class(command, info_name=path[-1] if path else "mmrag")
    for param in command.get_params(context):
        told = in_words(param, context)
        assert told is not None
        names, text = told
        assert f" {names} " in shown
        prose = re.sub(r"(\s*\[[^\]]*\])+$", "", text)
        assert prose.endswith("."), (names, text)


def test_what_is_taken_where_nothing_is_given_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    shown = Said("search", "--help").out
    for told in ("[default: ./.mmrag]", "[default: ./mmrag.yaml if there]", "[0 to 1]"):
        assert told in shown
    assert "[default: 10; 1 to 1000]" in shown
    assert "2 or more" in Said("eval", "fairness", "--help").out


def test_lines_are_broken_where_the_terminal_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert "taken into account. No model is loaded, and no Qdrant" in Said("plan", "--help").out
    assert unwrapped("one\n  two\n\nthree") == "one two\n\nthree"
    assert unwrapped(None) == ""


def test_no_colours_where_none_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in Said("plan", "--help").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in Said("plan", "--help").out
