"""What README and manual let a reader type is understood: commands, options, settings."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from manual import PAGES, Fence, called, fences, prose

from docs.hooks.command_line import application
from mmrag import Settings, load_settings


def fault(words: list[str], *, whole: bool) -> str | None:
    """What the command line would object to in the words after `mmrag`; None if nothing.

    Args:
        whole: whether all that is required must be there, as it must in what is typed.
    """
    command, rest = application(), words
    if words[0] == "moderate" and words[1:2] not in (["calibrate"], ["starter"]):
        rest = ["moderate", "check", *words[1:]]  # as the group itself does
    while rest and rest[0] in getattr(command, "commands", ()):
        command, rest = command.commands[rest[0]], rest[1:]
    context = command.context_class(command, info_name="mmrag")
    if getattr(command, "commands", ()) and rest and not rest[0].startswith("-"):
        return f"no command {rest[0]}"
    try:
        given, left, _ = command.make_parser(context).parse_args(list(rest))
    except typer.BadParameter.__bases__ as exc:  # of Click's errors Typer names only this one
        return str(exc)
    if left:
        return f"unexpected {' '.join(left)}"
    if whole and not given.get("help"):
        lacking = [p.name for p in command.params if p.required and not given.get(p.name)]
        if lacking:
            return f"lacks {', '.join(lacking)}"
    return None


def typed(fence: Fence) -> Iterator[list[str]]:
    """The words after `mmrag` of each command of a block; those before it may set variables."""
    for line in fence.text.replace("\\\n", " ").splitlines():
        if not re.search(r"\bmmrag ", line):
            continue
        words = shlex.shlex(line, posix=True, punctuation_chars=";|&")
        words.whitespace_split = True
        command: list[str] = []
        for word in [*words, ";"]:
            if not set(word) <= set(";|&"):
                command.append(word)
                continue
            while command and re.match(r"[A-Z_]+=", command[0]):
                command.pop(0)
            if command and command[0] == "mmrag":
                yield command[1:]
            command = []


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_commands_in_blocks_are_understood(page: Path) -> None:
    wrong = [
        f"{fence.place}: mmrag {shlex.join(words)}: {objection}"
        for fence in fences(page, "", "sh", "bash", "console")
        for words in typed(fence)
        if (objection := fault(words, whole=True))
    ]
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_commands_in_sentences_are_understood(page: Path) -> None:
    """Of these only the names count: "PATH...", "int8|binary" and "[-k N]" stand for something."""
    wrong = []
    for span in re.findall(r"`mmrag ([^`]+)`", prose(page)):
        words = shlex.split(span.replace("[", "").replace("]", ""))
        if words[0] not in ("COMMAND", "…") and (objection := fault(words, whole=False)):
            wrong.append(f"mmrag {span}: {objection}")
    assert wrong == []


@pytest.mark.parametrize(
    "line, objection",
    [
        ("mmrag serch storm", "no command serch"),
        ("mmrag search storm --modalities image", "--modalities"),
        ("A=1 mmrag eval retrieval", "lacks questions"),
        ("mmrag status; mmrag status now", "unexpected now"),
        ("mmrag eval nothing", "no command nothing"),
    ],
)
def test_a_wrong_command_is_told(line: str, objection: str) -> None:
    fence = Fence(PAGES[0], 1, "", line)
    found = [said for words in typed(fence) if (said := fault(words, whole=True))]
    assert len(found) == 1
    assert objection in found[0]


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_settings_are_valid(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML with a key of the settings is settings; what is other YAML is best fenced as `yml`."""
    for name in [name for name in os.environ if name.startswith("MMRAG_")]:
        monkeypatch.delenv(name)
    for fence in fences(page, "yaml"):
        tree = yaml.safe_load(fence.text)
        if isinstance(tree, dict) and set(tree) & set(Settings.model_fields):
            file = tmp_path / "mmrag.yaml"
            file.write_text(fence.text, encoding="utf-8")
            assert isinstance(load_settings(file), Settings), fence.place
