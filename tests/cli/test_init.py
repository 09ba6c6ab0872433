"""`mmrag init`: what it asks and suggests, what it writes, and what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from cli.in_a_terminal import CTRL_C, in_terminal
from command import Said

from mmrag.cli.settings_file import amend
from mmrag.config import load_settings


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("The hut stands at 1204 m.")


def given(*more: str) -> Said:
    """All that would be asked for is given, so this machine is not looked at."""
    return Said("init", "docs", "--profile", "offline", "--llm", "extractive", *more)


def test_what_is_given_is_written_and_holds(tmp_path: Path) -> None:
    said = given()
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "wrote mmrag.yaml",
        "next: mmrag index",
        'then: mmrag ask "your question"',
    ]
    assert (tmp_path / "mmrag.yaml").read_text() == (
        "# Settings of mmrag, made by: mmrag init\n"
        "profile: offline\nindex:\n  directory: .mmrag\ningest:\n  paths:\n  - docs\n"
        "answer:\n  llm: extractive\n"
    )
    settings = load_settings()
    assert (settings.profile, settings.ingest.paths) == ("offline", ("docs",))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["docs", "mmrag.yaml"]
    amend(tmp_path / "mmrag.yaml", "retrieval", {"rrf_k": 30})  # `mmrag eval tune --write` can
    assert (tmp_path / "mmrag.yaml").read_text().startswith("# Settings of mmrag")


def test_the_next_command_indexes_what_was_chosen() -> None:
    given()
    said = Said("index", "--json")
    assert (said.code, said.json["files"]) == (0, {"indexed": 1})


def test_a_server_in_place_of_a_directory(tmp_path: Path) -> None:
    said = given("--qdrant", "http://127.0.0.1:6333", "--config", "other.yaml")
    assert "next: mmrag index --config other.yaml" in said.out
    tree = yaml.safe_load((tmp_path / "other.yaml").read_text())
    assert tree["index"] == {"qdrant_url": "http://127.0.0.1:6333"}


def test_nothing_is_overwritten_without_being_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mmrag.yaml").write_text("profile: tiny\n")
    assert "is there already, and is kept; --force replaces it" in given().refusal
    assert (tmp_path / "mmrag.yaml").read_text() == "profile: tiny\n"
    assert given("--force").code == 0
    assert load_settings().profile == "offline"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nosuch", "--profile", "offline"], "no such file or folder: nosuch"),
        (["docs", "--profile", "ofline"], "no profile 'ofline' in this version (did you mean"),
        (["docs", "--llm", "olama"], "answer.llm"),
        (["docs", "--profile", "offline", "--config", "no/where.yaml"], "cannot write"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    words: list[str], told: str, tmp_path: Path
) -> None:
    extra = [] if "--llm" in words else ["--llm", "extractive"]
    assert told in Said("init", *words, *extra).refusal
    assert [p.name for p in tmp_path.iterdir()] == ["docs"]


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    said = Said("init")
    assert said.code == 0, said.err
    assert "next: mmrag index FOLDER" in said.out
    settings = load_settings()
    assert settings.profile is not None
    assert settings.answer.llm is not None
    assert settings.ingest.paths == ()


def test_three_questions_in_a_terminal(tmp_path: Path) -> None:
    typed = ["nosuch\n", ",\n", "docs\n", "ofline\n", "offline\n", "\n"]
    extra = {"NO_COLOR": "1", "MMRAG_OLLAMA__URL": "http://127.0.0.1:9"}
    code, shown = in_terminal("init", cwd=tmp_path, typed=typed, **extra)
    assert code == 0, shown
    assert "no such file or folder: nosuch" in shown
    assert shown.count("1. Which folders") == 3  # of a comma alone, too
    assert "GB of memory" in shown
    assert "no Ollama server answers at http://127.0.0.1:9" in shown  # where the settings say
    assert "no 'ofline' (did you mean 'offline'?)" in shown
    assert "next: mmrag index\n" in shown
    assert load_settings().ingest.paths == ("docs",)


def test_a_space_takes_what_is_suggested(tmp_path: Path) -> None:
    typed = [" \n"]
    given = ("--profile", "offline", "--llm", "extractive")
    code, shown = in_terminal("init", *given, cwd=tmp_path, typed=typed)
    assert code == 0, shown
    assert load_settings().ingest.paths == (".",)


@pytest.mark.parametrize("config", ["no/where.yaml", "docs"])
def test_nothing_is_asked_for_a_file_that_cannot_be_written(config: str, tmp_path: Path) -> None:
    code, shown = in_terminal("init", "--config", config, cwd=tmp_path, NO_COLOR="1")
    assert code == 1
    assert shown.startswith(f"mmrag: cannot write {config}: ")
    assert "1. Which" not in shown


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    typed = ["docs\n", CTRL_C]
    code, shown = in_terminal("init", "--llm", "extractive", cwd=tmp_path, typed=typed)
    assert code == 130
    assert shown.splitlines()[-1].endswith("mmrag: interrupted")
    assert [p.name for p in tmp_path.iterdir()] == ["docs"]


def test_a_file_that_is_there_is_asked_about_first(tmp_path: Path) -> None:
    (tmp_path / "mmrag.yaml").write_text("profile: tiny\n")
    code, shown = in_terminal("init", cwd=tmp_path, typed=["\n"])
    assert code == 0
    assert "mmrag.yaml stays as it is" in shown
    assert (tmp_path / "mmrag.yaml").read_text() == "profile: tiny\n"
