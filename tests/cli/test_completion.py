"""Shell completion, asked for as a shell does it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from cli.in_a_terminal import PYTHON, environment, piped
from typer._completion_shared import get_completion_script

from mmrag.cli import completion
from mmrag.config import Settings
from mmrag.profiles import PROFILES
from mmrag.rerank.choice import Use
from mmrag.store.spec import Quantization


def asked(line: str, cwd: Path) -> list[str]:
    """What bash is offered for the last word of a line."""
    place = str(len(line.split(" ")) - 1)
    extra = {"_MMRAG_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": place}
    run = piped(cwd=cwd, **extra)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.split()


def test_commands_options_and_values(tmp_path: Path) -> None:
    assert asked("mmrag sear", tmp_path) == ["search"]
    assert asked("mmrag index --prof", tmp_path) == ["--profile"]
    assert asked("mmrag index x --profile o", tmp_path) == ["offline", "omni", "ollama"]
    assert asked("mmrag ask x --llm ", tmp_path) == ["extractive", "ollama", "local"]
    assert asked("mmrag plan --quantization b", tmp_path) == ["binary"]
    assert asked("mmrag index --engine ", tmp_path) == ["local", "ray"]
    assert asked("mmrag export pairs --kind ", tmp_path) == ["image", "audio"]
    assert asked("mmrag eval fairness --rerank ", tmp_path) == ["detgreedy", "detcons"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("zsh", ('"offline":"nothing but the package index',)),
        ("fish", ("offline",)),
        ("powershell", ("offline:::nothing but the package index",)),
    ],
)
def test_other_shells(shell: str, words: tuple[str, ...], tmp_path: Path) -> None:
    line = {
        "_MMRAG_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "mmrag search --profile off",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "off",
    }
    run = piped(cwd=tmp_path, **line)
    assert (run.returncode, run.stderr) == (0, "")
    for word in words:
        assert word in run.stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["text", "image", "audio", "video", "depth", "thermal", "imu"]),
        ("a", ["audio"]),
        ("image,a", ["image,audio"]),
        ("image,i", ["image,imu"]),  # none twice
    ],
)
def test_modalities_by_comma(typed: str, offered: list[str]) -> None:
    assert completion.modality_list(typed) == offered


def test_words_are_those_of_the_settings() -> None:
    schema = json.dumps(Settings.model_json_schema()["$defs"])
    for offered in (completion.llms(""), completion.fusions("")):
        assert f'"enum": {json.dumps(offered)}' in schema
    assert sorted(completion.uses("")) == sorted(get_args(Use))
    assert tuple(completion.quantizations("")) == get_args(Quantization)


def test_brackets_in_descriptions_are_no_markup(tmp_path: Path) -> None:
    line = {"_MMRAG_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "mmrag index --profile off"}
    assert "mmrag[offline]" in piped(cwd=tmp_path, **line).stdout


def test_each_offer_is_one_line(tmp_path: Path) -> None:
    line = {"_MMRAG_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    run = piped(cwd=tmp_path, **line, _TYPER_COMPLETE_ARGS="mmrag index --profile ")
    assert [offer.partition("\t")[0] for offer in run.stdout.splitlines()] == list(PROFILES)
    run = piped(cwd=tmp_path, **line, _TYPER_COMPLETE_ARGS="mmrag index --")
    assert all(offer.startswith("--") for offer in run.stdout.splitlines())


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_answers_the_first_tab_of_a_session(tmp_path: Path) -> None:
    for _ in range(2):  # once is enough
        completion.heed_the_first_tab()
    script = get_completion_script(prog_name="mmrag", complete_var="_MMRAG_COMPLETE", shell="zsh")
    assert script.count("loadautofunc") == 1
    (tmp_path / "_mmrag").write_text(script)
    command = tmp_path / "mmrag"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(PYTHON)} "$@"\n')
    command.chmod(0o755)
    # what the completion system of zsh does on a tab, which needs a terminal
    typed = "compdef() { :; }; _arguments() { print -r -- $@; }; words=(mmrag sea); CURRENT=2"
    load = f"fpath=({shlex.quote(str(tmp_path))} $fpath); autoload -U _mmrag"
    path = f"{tmp_path}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["zsh", "-f", "-c", f"{typed}; {load}; _mmrag"],
        cwd=tmp_path,
        env=environment(PATH=path),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert '"search":' in ran.stdout, ran.stderr
