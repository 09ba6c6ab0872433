"""pipelines/batch_qa.py: each question is answered once, whatever happens between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from script import run
from waiting import mortal

ROOT = Path(__file__).parents[2]
ASKED: list[dict[str, Any]] = [
    {"id": "price", "question": "What did the barometer cost?"},
    {"question": "Who lived there from 1931 until 1947?", "kind": "people"},
    {"question": "How do I change the toner of an office printer?"},
]


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_goes_on_where_it_was(made: Path, tmp_path: Path) -> None:
    asked = written(tmp_path / "q.jsonl", *map(json.dumps, ASKED))
    out = tmp_path / "new" / "a.jsonl"
    options = ("--questions", asked, "--out", out, "--index", made)
    first = run("batch_qa", *options)
    assert (first.code, first.err) == (0, "")
    assert first.out == f"3 answered now, 3 in {out}, 0 not asked\n"
    price, goats, toner = rows(out)
    assert "12 pounds" in price["answer"]
    assert price["citations"][0]["source"] == "notes.md"
    assert "Anna Lind" in goats["answer"]
    assert toner["abstained"]
    before = out.read_bytes()
    cut = before[: before.index(b"\n", before.index(b"\n") + 1) + 40]  # killed in the third line
    out.write_bytes(cut)
    second = run("batch_qa", *options)
    assert second.out == f"1 answered now, 3 in {out}, 0 not asked\n"
    assert out.read_bytes()[: len(cut)] == cut
    assert [row["id"] for row in rows(out)] == [price["id"], goats["id"], toner["id"]]


def test_a_bad_line_costs_that_line(made: Path, tmp_path: Path) -> None:
    lines = ('{"question": ', "[1]", '{"question": 7}', '{"question": " "}', "")
    lines += ('{"question": "Seen?", "image": "gone.png"}', json.dumps(ASKED[0]))
    lines += (json.dumps(ASKED[0]), '{"id": "price", "question": "Something else?"}')
    asked = written(tmp_path / "q.jsonl", *lines)
    ran = run("batch_qa", "--questions", asked, "--out", "a.jsonl", "--index", made)
    assert ran.code == 3
    assert ran.out == "1 answered now, 1 in a.jsonl, 6 not asked\n"
    told = [line.removeprefix(f"{asked}, line ") for line in ran.err.splitlines()]
    assert [line.split(":")[0] for line in told] == ["1", "2", "3", "4", "6", "9"]
    assert "no such file: " in told[4]
    assert told[5] == "9: id 'price' was answered for another question; give it its own"


def test_what_is_no_text_costs_its_line(made: Path, tmp_path: Path) -> None:
    asked = tmp_path / "q.jsonl"
    asked.write_bytes(
        b'\xef\xbb\xbf{"question": "Seen?"}\n{"question": "Caf\xe9?"}\n'
        b'{"id": "\\ud800", "question": "Who?"}\n'
    )
    ran = run("batch_qa", "--questions", asked, "--out", "a.jsonl", "--index", made)
    assert (ran.code, ran.out) == (3, "1 answered now, 1 in a.jsonl, 2 not asked\n")
    assert ran.err.startswith(f"{asked}, line 2: 'utf-8' codec can't decode byte 0xe9")


def test_damaged_answers_are_left_alone(made: Path, tmp_path: Path) -> None:
    asked, out = written(tmp_path / "q.jsonl", json.dumps(ASKED[0])), tmp_path / "a.jsonl"
    written(out, '{"batch_qa": 1, "id": "pri')
    told = run("batch_qa", "--questions", asked, "--out", out, "--index", made).refusal
    assert f"{out} is damaged, give another --out: " in told
    assert out.read_text() == '{"batch_qa": 1, "id": "pri\n'


def test_nothing_is_written_to_somebody_elses_file(made: Path, tmp_path: Path) -> None:
    asked, other = written(tmp_path / "q.jsonl", json.dumps(ASKED[0])), tmp_path / "notes.txt"
    options = ("--questions", asked, "--index", made, "--out")
    for text in ("Mine.\n", "Mine, without a line's end", '{"id": "price"}'):
        other.write_text(text)
        told = run("batch_qa", *options, other).refusal
        assert told.endswith("notes.txt holds something else than answers; give another --out")
        assert other.read_text() == text
    assert "q.jsonl holds something else" in run("batch_qa", *options, asked).refusal
    other.write_text('{"batch')  # an answer that was cut off in its first letters
    assert run("batch_qa", *options, other).code == 0
    assert len(rows(other)) == 1


@pytest.mark.slow
def test_killed_and_run_again_it_asks_nothing_twice(made: Path, tmp_path: Path) -> None:
    questions = [{"id": str(n), "question": f"What did barometer {n} cost?"} for n in range(60)]
    asked, out = written(tmp_path / "q.jsonl", *map(json.dumps, questions)), tmp_path / "a.jsonl"
    command = [sys.executable, "pipelines/batch_qa.py", "--index", str(made)]
    command += ["--questions", str(asked), "--out", str(out)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process,
        mortal(process),
    ):
        while process.poll() is None and not (out.exists() and out.read_bytes().count(b"\n") > 2):
            continue
        process.send_signal(signal.SIGKILL)
    done = out.read_bytes().count(b"\n")
    assert 2 < done < 60
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert again.stdout.startswith(f"{60 - done} answered now, 60 in ")
    assert [row["id"] for row in rows(out)] == [row["id"] for row in questions]
