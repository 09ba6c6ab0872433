"""What the browser is told of answers, sources and files: plain data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mmrag import Answer, Citation
from mmrag.generation.answer import Dropped
from mmrag.store.documents import FAILED, DocumentRecord
from mmrag_connectors.hosting.calls import FileFate, FoundSource, IndexInfo, Job
from mmrag_connectors.web.answers import answer_view, pieces, sentence_view
from mmrag_connectors.web.library import LISTED, documents_view, files_of, jobs_view
from mmrag_connectors.web.places import file_name, place
from mmrag_connectors.web.sources import source_view

SCRIPT = "<img src=x onerror=alert(1)>"
QUOTED = Citation(
    n=1,
    source=f"logs/{SCRIPT}.ogg",
    page=None,
    bbox=None,
    start_ms=61_000,
    end_ms=75_500,
    section=None,
    quote="Snow fell.",
    verified=True,
    score=0.9,
    node_id="1d0cf8b6-5d0b-5d6e-9a53-0b9a2f6c7f11",
    modality="audio",
    kind="transcript",
    start=4,
    end=14,
)
FOUND = FoundSource(
    id=QUOTED.node_id,
    document="d",
    source="a/b.pdf",
    path=Path("b.pdf"),
    fresh=True,
    sha256="0" * 64,
    modality="text",
    mimetype="application/pdf",
    page=3,
    text="One. Two. Three.",
)


def test_an_answer_is_cut_at_its_marks() -> None:
    known = frozenset({1, 2, 12})
    assert pieces("Snow fell [1, 2].", known) == ["Snow fell", 1, 2, "."]
    assert pieces("[12] So it was [3].", known) == [12, " So it was [3]."]
    assert pieces("No mark", known) == ["No mark"]
    assert pieces("", known) == []
    assert sentence_view("It rained [7].") == ["It rained", 7, "."]


@given(st.text(alphabet="ab []1239,.-(source)\n"), st.frozensets(st.integers(1, 99)))
def test_no_word_is_lost_and_no_number_made_up(text: str, known: frozenset[int]) -> None:
    cut = pieces(text, known)
    assert {piece for piece in cut if isinstance(piece, int)} <= known
    rest = iter(text)
    words = "".join(piece for piece in cut if isinstance(piece, str))
    assert all(letter in rest for letter in words)  # in their order
    if not known:
        assert words == text


def test_an_answer_is_told_with_its_citations_and_what_was_left_out() -> None:
    dropped = (Dropped("It hailed.", "no source says so"),)
    answer = Answer("Snow fell [1].", False, "llm", "qwen", (QUOTED,), 0.8, dropped=dropped)
    told = answer_view(answer)
    assert told["pieces"] == ["Snow fell", 1, "."]
    assert told["dropped"] == [["It hailed.", "no source says so"]]
    assert told["by"] == "Worded by qwen, checked against the files"
    [cited] = told["citations"]
    assert (cited["name"], cited["place"]) == (f"{SCRIPT}.ogg", "1:01–1:15")
    assert cited["told"] == "heard in the recording"
    assert (cited["quote"], cited["verified"]) == ([4, 14], True)
    assert json.loads(json.dumps(told)) == told


def test_what_would_not_be_seen_is_not_in_names() -> None:
    assert file_name("notes/report\u202efdp.exe") == "reportfdp.exe"


def test_a_place_is_told_in_words() -> None:
    assert place(QUOTED, "Talks") == "1:01–1:15 · Talks"
    assert place(FOUND) == "page 3"
    picture = replace(FOUND, source="fox.png", modality="image", page=1)
    assert place(picture) == ""
    assert place(replace(picture, page=2)) == "page 2"
    assert place(replace(picture, source="scan.PDF")) == "page 1"


def test_the_quote_of_a_source_is_marked() -> None:
    told = source_view(replace(FOUND, bbox=(0, 0, 1, 0.5)), (5, 9))
    assert told["text"] == ["One. ", "Two.", " Three."]
    assert (told["shown"], told["quote"], told["marked"]) == ("picture", "5-9", True)
    assert source_view(FOUND)["text"] == ["", "", "One. Two. Three."]


@given(st.tuples(st.integers(), st.integers()))
def test_a_quote_that_lies_elsewhere_loses_no_text(quote: tuple[int, int]) -> None:
    assert "".join(source_view(FOUND, quote)["text"]) == FOUND.text


def test_a_source_says_how_it_is_shown() -> None:
    assert source_view(replace(FOUND, mimetype="text/markdown", page=None))["shown"] == ""
    spoken = replace(FOUND, mimetype="audio/ogg", start_ms=1500, end_ms=None)
    assert source_view(spoken)["shown"] == "audio"
    assert (source_view(spoken)["start"], source_view(spoken)["end"]) == (1.5, None)
    changed = source_view(replace(FOUND, fresh=False))
    assert (changed["state"], changed["shown"]) == ("changed", "")
    assert source_view(replace(FOUND, path=None, fresh=False))["state"] == "missing"
    about = source_view(replace(FOUND, metadata={"taken_by": ["Anna", "Bo"]}))["about"]
    assert about == {"taken by": "Anna, Bo"}


def test_an_upload_is_told_file_by_file() -> None:
    fates = (FileFate("uploads/bad.pdf", "failed", "is damaged"),)
    job = Job("j", None, "running", ("bad.pdf", "good.md"), 0.0, total=2, done=1, fates=fates)
    assert files_of(job) == [
        {"name": "bad.pdf", "status": "failed", "reason": "is damaged"},
        {"name": "good.md", "status": "running", "reason": ""},
    ]
    assert jobs_view([job])["busy"]
    failed = replace(job, state="failed", fates=(), error="no room on the disk")
    assert {file["reason"] for file in files_of(failed)} == {"no room on the disk"}
    assert not jobs_view([failed])["busy"]


def test_the_library_counts_and_lists() -> None:
    record = DocumentRecord("a/b.md", "0" * 64, 9, 0, 1, "text", "text/markdown", "1")
    broken = replace(record, source="c.pdf", state=FAILED, reason="is damaged")
    info = IndexInfo("tiny", "1", (), {"text": 1}, "extractive", None, "here")
    told = documents_view(info, [record, broken])
    assert told["counts"] == {"text": 1}
    assert [one["failed"] for one in told["documents"]] == [False, True]
    assert told["documents"][1]["reason"] == "is damaged"
    assert told["unlisted"] == 0
    assert documents_view(info, [record] * (LISTED + 1))["unlisted"] == 1
