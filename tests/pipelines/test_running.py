"""What every pipeline shares: keys from YAML and options, one line an error, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from script import run

from mmrag import MMRagIndex, Report
from mmrag.ingest.report import Outcome

ROOT = Path(__file__).parents[2]


def test_an_option_stands_above_the_file(made: Path, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(f"index: {{directory: {made}}}\nbatch_qa: {{questions: gone.jsonl, out: a}}")
    assert "gone.jsonl: No such file or directory" in run("batch_qa", config=config).refusal
    (tmp_path / "asked.jsonl").write_text("")
    ran = run("batch_qa", "--questions", "asked.jsonl", config=config)
    assert (ran.code, ran.out) == (0, "0 answered now, 0 in a, 0 not asked\n")


@pytest.mark.parametrize(
    ("text", "options", "code", "told"),
    [
        ("batch_qa: {outt: a}", [], 2, "unknown key outt"),
        ("batch_qa: {out: a}", [], 2, "questions is missing: set it, or give --questions"),
        ("batch_qa: 7", [], 1, "batch_qa must hold keys and values, found 7"),
        ("indx: {directory: a}", [], 1, "unknown key indx"),
        ("a: [", [], 1, "is not YAML"),
        ("- a", [], 1, "must hold keys and values, found list"),
        (
            "batch_qa: {questions: q, out: a}\nprofile: nope",
            [],
            1,
            "q: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(
    tmp_path: Path, text: str, options: list[str], code: int, told: str
) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(text)
    ran = run("batch_qa", *options, config=config)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert ran.err.startswith("batch_qa: ")
    assert ran.err.count("\n") == 1


def test_values_that_do_not_fit_are_told_by_name() -> None:
    ran = run("photo_search", "--hits", "many")
    assert (ran.code, ran.out) == (2, "")
    assert "hits: input should be a valid integer" in ran.err
    assert "found 'many'" in ran.err


def test_a_missing_index_is_told(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"question": "Who?"}\n')
    options = ("--questions", "q.jsonl", "--out", "a.jsonl", "--index", "nowhere")
    assert "nowhere" in run("batch_qa", *options).refusal
    assert not (tmp_path / "nowhere").exists()


def test_a_file_where_a_folder_is_needed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("")
    options = ("--questions", "q.jsonl", "--out", "q.jsonl/a.jsonl", "--index", made)
    assert "q.jsonl is a file, and a folder is needed there" in run("batch_qa", *options).refusal


def test_an_interrupted_run_says_what_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stopped = Report(total=3, interrupted=True, outcomes=[Outcome("a.md", "indexed")])
    monkeypatch.setattr(MMRagIndex, "index", lambda *_, **__: stopped)
    (tmp_path / "a.md").write_text("Anna Lind lived there.\n")
    for name in ("index_folder", "photo_search", "chat_over_folder", "meeting_minutes"):
        option = {"index_folder": "--folders", "meeting_minutes": "--recordings"}.get(name)
        ran = run(name, option or "--folder", "a.md", "--index", tmp_path / name)
        assert ran.code == 130
        assert ran.err == f"{name}: interrupted: 2 of 3 files are left; run it again\n"


def test_as_a_user_runs_it() -> None:
    command = [sys.executable, "pipelines/index_folder.py", "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--folders FOLDERS" in run.stdout
    assert "default: pipelines/index_folder.yaml" in " ".join(run.stdout.split())
    assert run.stderr == ""
