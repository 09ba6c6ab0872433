"""A picture that belongs to the question, and pictures that only a model saw."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from standins.ollama_standin import ollama_standin

from mmrag import Answer, MMRagIndex, load_settings
from mmrag.errors import InputError
from mmrag.generation.media import LONGER_SIDE

ASKED = "When is the summer lecture on clouds over the ridge?"
SEEN = "The picture shows a red kite over a lake [{n}]. It is on 14 July, 7 pm [{n}]."


def ask(
    index: MMRagIndex, picture: Path, *capabilities: str, reply: str = SEEN
) -> tuple[Answer, dict[str, Any]]:
    """The answer of a scripted model, and the last message that it got."""

    def say(body: dict[str, Any]) -> str:
        content = body["messages"][-1]["content"]
        number = content.partition("The picture of source ")[2].partition(":")[0] or "1"
        return reply.replace("{n}", number)

    with ollama_standin(say, capabilities=("completion", *capabilities)) as server:
        changes = {"answer.llm": "ollama", "ollama.model": "tiny", "ollama.url": server.url}
        settings = load_settings(changes=changes)
        with MMRagIndex(index.settings.index.directory, settings=settings) as again:
            answer = again.ask(ASKED, image=picture)
        (body,) = server.bodies("/api/chat")
    return answer, body["messages"][-1]


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> MMRagIndex:
    """An index that can be opened again; closed here."""
    index = MMRagIndex(tmp_path_factory.mktemp("asked") / "index", profile="offline")
    with index:
        index.index(folder)
    return index


def test_a_model_that_sees_is_shown_it_beside_the_pictures_of_the_sources(
    made: MMRagIndex, folder: Path
) -> None:
    answer, message = ask(made, folder / "poster.png", "vision")
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in message["images"]]
    assert len(pictures) == 2
    assert all(max(picture.size) <= LONGER_SIDE for picture in pictures)
    assert "The picture that is asked about:\n\n[image 2]" in message["content"]
    assert ":\n\n[image 1]\n\n</source-" in message["content"]
    # what only the picture says is told apart, and never verified
    assert answer.text == "It is on 14 July, 7 pm. [1]"
    assert [(d.text, d.reason) for d in answer.dropped] == [
        ("The picture shows a red kite over a lake.", "seen in poster.png, not verified")
    ]
    assert "cannot see" not in answer.note


def test_a_model_that_cannot_see_is_told_the_words_in_it(made: MMRagIndex, folder: Path) -> None:
    answer, message = ask(made, folder / "poster.png")
    assert "images" not in message
    assert "Clouds over the ridge" in message["content"].rpartition("Question:")[2]
    assert answer.note == "tiny cannot see: of your picture it was told the words in it."
    assert answer.text == "It is on 14 July, 7 pm. [1]"


def test_a_question_that_is_a_document_is_refused_before_it_is_searched(made: MMRagIndex) -> None:
    with MMRagIndex(made.settings.index.directory) as index:
        for llm in ("extractive", "ollama"):
            with pytest.raises(InputError, match="has 50000 characters"):
                index.ask("goats " * 8333 + "ok", llm=llm)
