"""Conversations in files: kept as a whole, gone on with, never lost to a damaged file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage

from mmrag.config import IndexSettings
from mmrag.errors import InputError, LoadError
from mmrag.generation.answer import Answer, Dropped
from mmrag.generation.citations import Citation
from mmrag.generation.sessions import Sessions
from mmrag.generation.turns import last_answer, messages_of

CITATION = Citation(
    n=1,
    source="a.pdf",
    page=3,
    bbox=(0.1, 0.2, 0.3, 0.4),
    start_ms=None,
    end_ms=None,
    section="A > B",
    quote="Snö föll.",
    verified=True,
    score=0.5,
    node_id="x",
)
ANSWER = Answer(
    "Snö föll. [1]", False, "llm", "m", (CITATION,), 0.75, 12.5, (Dropped("No.", "why"),), "note"
)
SAID = messages_of("Vad föll?", "Vad föll?", ANSWER)


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(IndexSettings(directory=tmp_path / "notes" / ".mmrag"), tmp_path / "chats")


def test_what_was_kept_comes_back_whole(sessions: Sessions) -> None:
    assert sessions.load("trip") == []
    path = sessions.save("trip", SAID)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "conversations are nobody else's"
    again = sessions.load("trip")
    assert again == SAID
    assert last_answer(again) == ANSWER
    assert [p.name for p in path.parent.iterdir()] == ["trip.json"], "nothing half-written"


def test_the_latest_comes_first_and_the_damaged_are_told(sessions: Sessions) -> None:
    sessions.save("first", SAID)
    sessions.save("second.2", [*SAID, *SAID])
    sessions.path("broken").write_text("{")
    assert {(kept.name, kept.questions) for kept in sessions.all()} == {
        ("broken", None),
        ("second.2", 2),
        ("first", 1),
    }
    names = [kept.name for kept in sessions.all() if kept.questions]
    assert names == ["second.2", "first"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"index": "x"}',
        '{"index": "x", "saved": "2026-01-01T00:00:00Z", "messages": [{"role": "queen"}]}',
        '{"index": "x", "saved": "2026-01-01T00:00:00Z", "messages": [{"role": "assistant", '
        '"additional_kwargs": {"mmrag": {"citations": [{"n": 1}]}}}]}',
    ],
)
def test_a_damaged_file_is_named_and_left_alone(sessions: Sessions, content: str) -> None:
    path = sessions.path("trip")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(LoadError, match="left as it is") as caught:
        sessions.load("trip")
    assert str(path) in str(caught.value)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", ".hidden", "x" * 65, "a b", "-x"])
def test_names_that_are_no_file_names(sessions: Sessions, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        sessions.load(name)


def test_each_index_and_tenant_has_its_own(tmp_path: Path) -> None:
    places = [
        IndexSettings(directory=tmp_path / "a"),
        IndexSettings(directory=tmp_path / "b"),
        IndexSettings(directory=tmp_path / "a", tenant="x"),
        IndexSettings(directory=tmp_path / "a", qdrant_url="http://q:6333"),
        IndexSettings(qdrant_url="http://q:6333", collection="other"),
    ]
    folders = [Sessions(place, tmp_path / "chats").folder for place in places]
    assert len(set(folders)) == len(folders)
    assert all(folder.parent == tmp_path / "chats" for folder in folders)
    same = Sessions(IndexSettings(directory=tmp_path / "b" / ".." / "a"), tmp_path / "chats")
    assert same.folder == folders[0]


def test_they_lie_in_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = Sessions(IndexSettings()).save("trip", [ChatMessage(role="user", content="Hello?")])
    assert kept.is_relative_to(tmp_path / "mmrag" / "chats")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "chats").write_text("a file, no folder")
    with pytest.raises(InputError, match="cannot keep the conversation"):
        Sessions(IndexSettings(), tmp_path / "chats").save("trip", SAID)
