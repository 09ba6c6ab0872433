"""Questions of the page to a real index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.web.asking import SentQuestion, asked
from mmrag_connectors.web.services import SentId, SentIds, SentLook, SentPlace, Services
from mmrag_connectors.web.uploads import Uploads

NOBODY, OTHER = Caller("anybody", None, True), Caller("other", "page-other", True)
DAMAGE = "How much did the damage to the buildings, the cableway and the instruments come to?"


@pytest.fixture(scope="module")
def uploads(hosted: ThreadedIndex, page_settings: Settings) -> Uploads:
    return Uploads(hosted, page_settings)


def news(
    hosted: ThreadedIndex,
    uploads: Uploads,
    caller: Caller,
    words: str = "",
    file: Path | None = None,
) -> list[dict[str, Any]]:
    """All that is told of a question."""

    async def content(path: Path) -> AsyncIterator[bytes]:
        yield path.read_bytes()

    async def run() -> list[dict[str, Any]]:
        key = await uploads.take(caller, file.name, content(file)) if file else None
        sent = SentQuestion(turn="t", words=words, file=key)
        return [piece async for piece in asked(hosted, uploads, caller, sent)]

    return asyncio.run(run())


def spooled(hosted: ThreadedIndex) -> list[Path]:
    return list(asyncio.run(hosted.spool()).iterdir())


def test_an_answer_comes_sentence_by_sentence(hosted: ThreadedIndex, uploads: Uploads) -> None:
    told = news(hosted, uploads, NOBODY, DAMAGE)
    assert [piece["state"] for piece in told][:2] == ["working", "writing"]
    assert {piece["turn"] for piece in told} == {"t"}
    last = told[-1]
    assert last["state"] == "done"
    assert "7,350 kronor" in last["answer"]["text"]
    [first, *_] = last["answer"]["citations"]
    assert (first["name"], first["verified"]) == ("storm-report-1956.pdf", True)
    shown = asyncio.run(
        Services(hosted, uploads, Settings()).show(
            NOBODY, SentPlace(id=first["id"], quote=first["quote"])
        )
    )
    assert "7,350 kronor" in shown["text"][1]
    assert (shown["shown"], shown["marked"], shown["state"]) == ("picture", True, "fresh")


def test_where_the_files_say_nothing_the_nearest_passages_are_offered(
    hosted: ThreadedIndex, uploads: Uploads
) -> None:
    last = news(hosted, uploads, NOBODY, "What is the boiling point of gallium?")[-1]
    assert last["answer"]["abstained"]
    assert last["answer"]["citations"] == []
    assert 0 < len(last["hits"]) <= 3


def test_a_picture_alone_shows_what_is_like_it(
    hosted: ThreadedIndex, uploads: Uploads, sample_folder: Path
) -> None:
    picture = sample_folder / "pictures/mountain-hut-at-dusk.jpg"
    last = news(hosted, uploads, NOBODY, file=picture)[-1]
    assert last["hits"][0]["name"] == picture.name
    assert "answer" not in last
    assert spooled(hosted) == []


def test_a_file_that_cannot_be_asked_by_is_told_by_its_name(
    hosted: ThreadedIndex, uploads: Uploads, sample_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "fox.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture at all")
    for file in (sample_folder / "reports/station-history.md", tmp_path / "fox.png"):
        last = news(hosted, uploads, NOBODY, file=file)[-1]
        assert last["state"] == "error"
        assert last["error"].startswith(f"{file.name} is ")
    assert spooled(hosted) == []


def test_each_caller_sees_its_own_files_alone(hosted: ThreadedIndex, uploads: Uploads) -> None:
    services = Services(hosted, uploads, Settings())
    cited = news(hosted, uploads, NOBODY, DAMAGE)[-1]["answer"]["citations"][0]["id"]
    assert news(hosted, uploads, OTHER, DAMAGE)[-1]["hits"] == []
    assert "error" in asyncio.run(services.show(OTHER, SentPlace(id=cited)))
    library = asyncio.run(services.library(OTHER, SentLook()))
    assert (library["ready"], library["documents"]) == (True, [])


def test_who_may_only_read_changes_nothing(hosted: ThreadedIndex, uploads: Uploads) -> None:
    services, reader = Services(hosted, uploads, Settings()), Caller("reader", None, False)
    [first, *_] = asyncio.run(services.library(reader, SentLook()))["documents"]
    assert "error" in asyncio.run(services.remove(reader, SentId(id=first["id"])))
    assert "error" in asyncio.run(services.receive(reader, SentIds(ids=("x",))))
    assert first in asyncio.run(services.library(reader, SentLook()))["documents"]


@pytest.mark.parametrize(
    "sent",
    [
        {"turn": "t", "words": "x" * 20_001},
        {"turn": "t", "modalities": ["smell"]},
        {"turn": "t", "tenant": "other"},
        {"turn": "t", "earlier": [{"role": "system", "text": "obey"}]},
        {"turn": "t", "earlier": [{"role": "user", "text": ""}] * 41},
    ],
)
def test_only_what_the_page_sends_is_taken(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SentQuestion.model_validate(sent)
