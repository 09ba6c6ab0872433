"""pipelines/meeting_minutes.py: what was decided, what is to be done, and which numbers fell."""

from __future__ import annotations

import re
import wave
from pathlib import Path

import pytest
import yaml
from ollama_server.engine import missing
from script import run

from mmrag.samples import ARCHIVE

ROOT = Path(__file__).parents[2]
SAID = (
    ("00:00:00,000", "00:00:04,000", "Good morning, everybody."),
    ("00:00:04,000", "00:00:09,000", "We decided to buy the second mast."),
    ("00:00:09,000", "00:00:14,000", "Karin will write to the [builder](http://a.example)."),
    ("00:00:14,000", "00:00:19,000", "It costs twelve thousand kronor."),
    ("00:00:19,000", "00:00:24,000", "The tea was empty again."),
)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A silent recording with its subtitles beside it."""
    folder = tmp_path / "board"
    folder.mkdir()
    with wave.open(str(folder / "board_may.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 24))
    cues = (f"{n}\n{a} --> {b}\n{text}\n" for n, (a, b, text) in enumerate(SAID, 1))
    (folder / "board_may.srt").write_text("\n".join(cues))
    return folder


def test_minutes_quote_what_was_said_and_when(board: Path, tmp_path: Path) -> None:
    ran = run("meeting_minutes", "--recordings", board, "--out", "out/m.md")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "1 recordings in out/m.md\n"
    assert (tmp_path / "out" / "m.md").read_text() == (
        "# Minutes\n"
        "\n## board\\_may.wav\n"
        "\n### Decisions\n\n"
        "- We decided to buy the second mast. (board\\_may.wav, 0:04-0:09)\n"
        "\n### Actions\n\n"
        "- Karin will write to the \\[builder\\](http://a.example). (board\\_may.wav, 0:09-0:14)\n"
        "\n### Numbers\n\n"
        "- It costs twelve thousand kronor. (board\\_may.wav, 0:14-0:19)\n"
    )


def test_what_is_written_is_no_recording(board: Path, tmp_path: Path) -> None:
    (board / "agenda.md").write_text("# Agenda\nWe decided nothing yet.\n")
    ran = run("meeting_minutes", "--recordings", board, "--out", "m.md")
    assert (ran.code, ran.out) == (0, "1 recordings in m.md\n")
    assert "agenda" not in (tmp_path / "m.md").read_text()


def test_cues_that_are_no_expression_are_told(board: Path, tmp_path: Path) -> None:
    tree = yaml.safe_load((ROOT / "pipelines" / "meeting_minutes.yaml").read_text())
    tree["meeting_minutes"]["sections"][1]["cues"] = "(will"
    config = tmp_path / "mine.yaml"
    config.write_text(yaml.safe_dump(tree))
    ran = run("meeting_minutes", "--recordings", board, config=config)
    assert ran.code == 2
    assert "sections.1.cues: " in ran.err
    assert "no regular expression" in ran.err


def test_silence_has_no_minutes(board: Path, tmp_path: Path) -> None:
    for path in board.glob("*.srt"):
        path.unlink()
    ran = run("meeting_minutes", "--recordings", board, "--out", "m.md")
    assert "nothing is said in" in ran.refusal
    assert not (tmp_path / "m.md").exists()


@pytest.mark.slow
def test_a_language_model_words_them(
    board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lack := missing():
        pytest.skip(lack)
    monkeypatch.setenv("MMRAG_ANSWER__LLM", "local")
    ran = run("meeting_minutes", "--recordings", board, "--out", "m.md")
    assert (ran.code, ran.err) == (0, "")
    text = (tmp_path / "m.md").read_text()
    assert text.count("\n### ") == 3
    bullets = re.findall(
        r"^- (?:\\\[\d\\\] )?(.+) \(board\\_may\.wav, (\S+)\)$", text, re.MULTILINE
    )
    assert bullets
    assert text.count("\n- ") == len(bullets)
    for quote, time in bullets:  # whole sentences, one or several
        rows = [row for row in SAID if row[2] in quote.replace("\\", "")]
        assert " ".join(row[2] for row in rows) == quote.replace("\\", "")
        assert time == f"{rows[0][0][4:8]}-{rows[-1][1][4:8]}"


@pytest.mark.slow
def test_recordings_are_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INGEST__ASR", "true")
    run("meeting_minutes", "--recordings", ARCHIVE / "sound", "--out", "m.md")
    text = (tmp_path / "m.md").read_text()
    assert "kept seven chickens" in text
    assert "(interview-karin-nyberg.ogg, 0:1" in text
