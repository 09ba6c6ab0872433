"""Reranking by the command line: on request, by the stored verdict, and on bad input."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standins.ollama_logprobs_standin import Tokens, logprobs_standin
from typer.testing import CliRunner

from mmrag import MMRagIndex, Settings, load_settings
from mmrag.cli.app import app
from mmrag.cli.evaluate.rerank import _show
from mmrag.rerank.gate import Gate
from mmrag.rerank.trial import Setup, Trial

PARCELS = dict(zip("ABCDEFGHIJKL", (7, 2, 11, 5, 0, 9, 3, 8, 1, 10, 4, 6), strict=True))
"""What only the judge knows: the note about each parcel. No note names a letter."""


def judge(prompt: str) -> Tokens:
    """Says yes to the note about the parcel; to the trial's relevant text as well."""
    question, _, document = prompt.partition("<Query>: ")[2].partition("<Document>: ")
    yes = "Beijing" in document
    if "parcel" in question:
        yes = f"note {PARCELS[question.split('parcel ')[1][0]]}." in document
    return [("yes", -0.1), ("no", -2.4)] if yes else [("no", -0.1), ("yes", -2.4)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of twelve notes that no ranking of words can tell apart, and questions on it."""
    place = tmp_path_factory.mktemp("parcels")
    (place / "notes").mkdir()
    for number in range(12):
        text = f"A parcel came with the mail sledge; this is note {number}.\n"
        (place / "notes" / f"{number}.md").write_text(text)
    quiet = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})
    with MMRagIndex(place / "index", profile="offline", settings=quiet) as index:
        index.index(place / "notes")
    rows: list[dict[str, Any]] = [
        {
            "question": f"Which note is about parcel {letter}?",
            "gold": [{"source": f"{number}.md"}],
            "split": "dev" if number < 9 else "test",
        }
        for letter, number in PARCELS.items()
    ]
    rows.append({"question": "Which note is about goats?", "answerable": False, "split": "dev"})
    (place / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the questions and settings that name the index, which is not to be changed."""
    shutil.copy(made / "questions.jsonl", tmp_path)
    (tmp_path / "mmrag.yaml").write_text(f"index: {{directory: {made / 'index'}}}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def own(made: Path, place: Path) -> Path:
    """The same with an index of its own."""
    shutil.copytree(made / "index", place / ".mmrag")
    (place / "mmrag.yaml").unlink()
    return place


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with logprobs_standin(judge) as standin:
        monkeypatch.setenv("MMRAG_OLLAMA__URL", standin.url)
        yield standin


def said(*arguments: str | Path) -> Any:
    found = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert "Traceback" not in found.stderr
    return found


def search(*arguments: str) -> list[dict[str, Any]]:
    done = said("search", "Which note is about parcel C?", "-k", "3", "--json", *arguments)
    assert done.exit_code == 0, done.stderr
    hits: list[dict[str, Any]] = json.loads(done.stdout)["hits"]
    assert len(hits) == 3
    return hits


def doctor() -> tuple[str, str]:
    """What is found of reranking, without the advice."""
    rows = json.loads(said("doctor", "--json").stdout)["findings"]
    found = next(row for row in rows if row["what"] == "reranking")
    return found["level"], found["message"].partition(";")[0]


EVAL = ("eval", "rerank", "--questions", "questions.jsonl")
TINY = ("--model", "ollama:tiny")


def test_auto_reranks_once_it_was_found_to_help(own: Path, server: Any) -> None:
    Path("mmrag.yaml").write_text("rerank: {model: 'ollama:tiny'}\n")
    assert all("rerank" not in hit["channels"] for hit in search())
    assert server.bodies == []
    assert doctor() == ("note", "ollama:tiny was never tried here")
    done = said(*EVAL, "--json")
    assert done.exit_code == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["setup"] == {
        "model": "ollama:tiny",
        "backend": "ollama",
        "candidates": 50,
        "instruction": None,
    }
    gate = row["gate"]
    assert (gate["questions"], row["unlabelled"], row["stored"]) == (12, 1, True)
    assert (gate["reranked"], gate["verdict"]) == (1.0, "helps")
    assert gate["plain"] < 0.6
    assert 0 < gate["low"] <= row["difference"] <= gate["high"]
    judged = [body for body in server.bodies if "prompt" in body]  # the doctor asks it otherwise
    assert len(judged) == 2 + 12 * 12  # the trial of the model, then each note a question

    best = search()[0]
    assert best["source"] == "11.md"
    assert best["channels"]["rerank"]["rank"] == 1
    assert best["channels"]["rerank"]["raw"] == pytest.approx(2.3)
    assert best["channels"]["text"]["raw"] > 0
    assert best["score"] == pytest.approx(best["channels"]["rerank"]["calibrated"], abs=1e-6)
    assert doctor()[0] == "ok"
    assert doctor()[1].startswith("ollama:tiny helps: ndcg@10 +0.")
    assert all("rerank" not in hit["channels"] for hit in search("--rerank", "off"))
    # the verdict was on fifty candidates, and says nothing of five
    Path("mmrag.yaml").write_text("rerank: {model: 'ollama:tiny', candidates: 5}\n")
    assert doctor() == (
        "note",
        "ollama:tiny was tried here only otherwise (ollama:tiny, 50 candidates)",
    )
    few = said(*EVAL, "--split", "test", "--no-store")
    assert "ndcg@10 of 3 questions: " in few.stdout
    assert "over 5 candidates" in few.stdout
    with MMRagIndex() as index:  # the verdict on all questions stays
        assert index.manifest.reranking["gate"]["questions"] == 12


def test_answers_and_conversations_are_reranked_as_well(place: Path, server: Any) -> None:
    settings = load_settings(None, {"rerank.model": "ollama:tiny"})
    question = "Which note is about parcel C?"

    def asked(ask: Callable[[], object]) -> int:
        before = len(server.bodies)
        ask()
        return len(server.bodies) - before

    with MMRagIndex(settings=settings) as index:
        assert asked(lambda: index.ask(question)) == 0  # auto, and no verdict
        assert asked(lambda: index.ask(question, rerank="on")) == 2 + 12
        assert asked(lambda: index.as_chat_engine().chat(question)) == 0
    always = settings.with_changes({"rerank.use": "on"})
    with MMRagIndex(settings=always) as index:
        assert asked(lambda: index.as_chat_engine().chat(question)) == 2 + 12
        assert asked(lambda: index.ask(question, rerank="off")) == 0
        assert index.reranker is index.reranker  # one model, loaded once
        hits = index.as_retriever(top_k=12).retrieve(question)
        found = index.reranker.postprocess_nodes(hits, query_str=question)
    assert found[0].node.metadata["source"] == "11.md"


@pytest.mark.parametrize(
    ("gate", "stored", "told"),
    [
        (
            Gate("ndcg@10", 12, 0.5, 0.6, 0.0204, 0.15, "helps"),
            True,
            "ndcg@10 of 12 questions (1 without a label left out): 0.500 without, 0.600 with a/b "
            "over 50 candidates\n"
            "+0.100, 95 % interval +0.020 to +0.150: it helps\n"
            "median time of a question: 12 ms without, 340 ms with\n"
            "stored: with this model, rerank: auto reranks here from now on\n",
        ),
        (Gate("ndcg@10", 12, 0.6, 0.5, -0.15, -0.02, "hurts"), True, "it hurts\n"),
        (Gate("ndcg@10", 12, 0.6, 0.5, -0.15, -0.02, "hurts"), True, "auto does not rerank here"),
        (Gate("ndcg@10", 9, 0.5, 0.6, 0.02, 0.15, "undecided"), False, "at least 10 are needed\n"),
    ],
)
def test_people_are_told_what_it_did(
    capsys: pytest.CaptureFixture[str], gate: Gate, stored: bool, told: str
) -> None:
    trial = Trial(Setup("a/b", "cross-encoder", 50, None), gate, 12.3, 340.0)
    _show(trial, 1, stored=stored)
    said = capsys.readouterr().out
    assert told in said
    assert ("stored" in said) is stored


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["--questions", "absent.jsonl"], ["cannot read the questions in absent.jsonl"]),
        ([], ["profile offline has no reranker", "rerank.model"]),
        ([*TINY, "--split", "train"], ["no questions of the split 'train'", "dev, test"]),
        ([*TINY, "--candidates", "0"], ["rerank.candidates", "found 0"]),
        (["--model", "ollama:other"], ["has no model other", "ollama pull other"]),
        (["--model", "no/such-model"], ["no/such-model"]),
        (["--model", "Qwen/Qwen3-VL-Reranker-2B"], ["torchvision"]),
    ],
)
def test_what_cannot_be_tried_is_one_line(
    place: Path,
    server: Any,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    fragments: list[str],
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    done = said("eval", "rerank", "--questions", "questions.jsonl", *arguments)
    assert done.exit_code == 1, done.stdout
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("mmrag: ")
    assert [part for part in fragments if part not in line] == []


@pytest.mark.parametrize(
    ("lines", "fragment"),
    [
        ('{"question": "a?"}', "line 1: it has no label"),
        ('{"question": "a?", "answerable": false}', "none of the questions has a label"),
        ("", "holds no questions"),
    ],
)
def test_questions_without_labels_are_named(
    place: Path, server: Any, lines: str, fragment: str
) -> None:
    Path("bad.jsonl").write_text(lines)
    done = said("eval", "rerank", "--questions", "bad.jsonl", *TINY)
    assert done.exit_code == 1
    assert fragment in done.stderr
    assert server.bodies == []


def test_searching_with_a_reranker_that_is_not_there(place: Path) -> None:
    done = said("ask", "parcel?", "--rerank", "on")
    assert done.exit_code == 1
    assert "profile offline has no reranker" in done.stderr
    wrong = said("search", "parcel", "--rerank", "maybe")
    assert wrong.exit_code == 2
    assert "off, auto, on" in wrong.stderr.replace("\n", " ")
