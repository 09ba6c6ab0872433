"""`mmrag chat` as a user has it: questions, commands, conversations that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmrag import MMRagIndex
from mmrag.cli.app import app
from mmrag.generation.answer import Answer
from mmrag.generation.chat import GroundedChatEngine

WHEN, HOW_MUCH = "When was the aneroid barometer bought?", "How much did it cost?"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chat") / "files"
    folder.mkdir()
    notes = "# Kestrel\nThe aneroid barometer was bought from Negretti in 1934 for 12 pounds.\n"
    (folder / "notes.md").write_text(notes)
    (folder / "goats.md").write_text("# Goats\nThe goats ate the logbook in 1938.\n")
    return folder


@pytest.fixture(scope="module")
def made(files: Path) -> Path:
    with MMRagIndex(files.parent / "index", profile="offline") as index:
        index.index(files)
    return files.parent / "index"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield tmp_path / "mmrag" / "chats"


def talk(made: Path, *lines: str, options: tuple[str, ...] = ()) -> tuple[int, str, str]:
    result = CliRunner().invoke(
        app, ["chat", "--index", str(made), *options], input="".join(f"{line}\n" for line in lines)
    )
    return result.exit_code, result.stdout, result.stderr


def test_a_conversation_is_kept_and_gone_on_with(made: Path, state: Path) -> None:
    code, out, err = talk(made, WHEN, options=("--session", "trip"))
    assert (code, "1934" in out) == (0, True)
    code, out, err = talk(made, HOW_MUCH, "/sources", options=("--session", "trip"))
    assert "trip: 1 questions so far, the last: When was" in err
    assert out.count("12 pounds") == 2, "in the answer, then in /sources"
    code, out, _ = talk(made, options=("--list",))
    assert code == 0
    assert out.splitlines()[1].split()[:2] == ["trip", "2"]


def test_without_a_name_nothing_is_kept(made: Path, state: Path) -> None:
    talk(made, WHEN)
    assert not state.exists()
    assert "no conversations" in talk(made, options=("--list",))[1]
    _, _, err = talk(made, WHEN, "/save", "/save trip", HOW_MUCH)
    assert "/save wants a name" in err
    assert "mmrag chat --session trip" in " ".join(err.split())
    assert talk(made, options=("--list",))[1].splitlines()[1].split()[:2] == ["trip", "2"]


def test_open_tells_path_place_and_state(made: Path, files: Path) -> None:
    code, out, err = talk(made, "/open 1", WHEN, "/open", "/open 9", "/open [1]", "/nonsense")
    assert code == 0
    assert "no answer yet" in err
    assert "found nothing" in err
    assert "found 9" in err
    assert "no command /nonsense; /help lists them" in err
    assert f"{files / 'notes.md'}\n  Kestrel\n" in out
    assert "gone" not in out
    notes = files / "notes.md"
    text = notes.read_text()
    notes.write_text(text + "Changed.\n")
    assert "has changed since" in talk(made, WHEN, "/open 1")[1]
    notes.unlink()
    _, out, _ = talk(made, WHEN, "/open 1")
    assert "not verified" in out
    assert "is gone since" in out
    notes.write_text(text)


def test_reset_forgets_in_the_file_too(made: Path) -> None:
    talk(made, WHEN, "/reset", "/sources", options=("--session", "trip"))
    assert talk(made, options=("--list",))[1].splitlines()[1].split()[:2] == ["trip", "0"]


def test_a_damaged_conversation_is_one_clear_line(made: Path, state: Path) -> None:
    talk(made, WHEN, options=("--session", "trip"))
    (file,) = state.glob("*/trip.json")
    file.write_text("{")
    code, out, err = talk(made, WHEN, options=("--session", "trip"))
    assert (code, out) == (1, "")
    assert err.startswith(f"mmrag: {file}: this conversation cannot be read")
    assert len(err.splitlines()) == 1
    assert file.read_text() == "{"
    assert "damaged" in talk(made, options=("--list",))[1]
    assert talk(made, WHEN, options=("--session", "../trip"))[0] == 1


def test_what_stops_an_answer_does_not_end_the_chat(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = GroundedChatEngine.sentences

    def interrupted(self: GroundedChatEngine, message: str) -> Iterator[str | Answer]:
        if "Negretti" in message:
            raise KeyboardInterrupt
        return asked(self, message)

    monkeypatch.setattr(GroundedChatEngine, "sentences", interrupted)
    code, out, err = talk(made, "Who was Negretti?", WHEN, "/quit", HOW_MUCH)
    assert code == 0
    assert "stopped; the question was not remembered" in err
    assert out.count("1934") == 1


def test_a_server_that_is_down_costs_the_turn_alone(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMRAG_OLLAMA__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MMRAG_OLLAMA__RETRIES", "0")
    code, _, err = talk(made, WHEN, "/sources", options=("--llm", "ollama", "--session", "trip"))
    assert code == 0
    assert "ollama serve" in " ".join(err.split())
    assert "no answer yet" in err


def test_help_lists_the_commands(made: Path) -> None:
    _, _, err = talk(made, "/help")
    assert all(name in err for name in ("/sources", "/open", "/save", "/reset", "/help", "/quit"))
