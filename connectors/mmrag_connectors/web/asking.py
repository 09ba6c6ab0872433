"""Questions of the page: what the browser sends, and what it is told while the answer is made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mmrag import Answer, MmragError, Modality
from mmrag.errors import LoadError
from mmrag.generation.lookalikes import visible
from mmrag_connectors.hosting.calls import Question, Said
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.leaving import closing
from mmrag_connectors.web.answers import answer_view, hit_view, sentence_view
from mmrag_connectors.web.uploads import Upload, Uploads

FOUND = 8
"""Hits of a search by picture or recording."""
NEAREST = 3
"""Passages that are offered where the files do not answer."""
TURNS = 40
"""Earlier messages that may be sent along; the page sends the latest."""


class Sent(BaseModel):
    """What came from a browser: nothing beside what is named, and nothing endless."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SentMessage(Sent):
    """One earlier message."""

    role: Literal["user", "assistant"]
    text: str = Field(max_length=20_000)


class SentQuestion(Sent):
    """A question with what narrows it and what was said before.

    Attributes:
        turn: the browser's name of the turn, which all news of it carry.
        file: id of an upload to ask by; `kind` says what it is.
    """

    turn: str = Field(max_length=64)
    words: str = Field(default="", max_length=20_000)
    file: str | None = Field(default=None, max_length=64)
    kind: Literal["image", "audio"] = "image"
    modalities: Annotated[tuple[Modality, ...], Field(max_length=len(Modality))] = ()
    earlier: Annotated[tuple[SentMessage, ...], Field(max_length=TURNS)] = ()


async def asked(
    hosted: HostedIndex, uploads: Uploads, caller: Caller, sent: SentQuestion
) -> AsyncGenerator[dict[str, Any], None]:
    """How the answer comes along; each piece of news holds all so far, so that none can be missed.

    Its `state` is "working", "writing", "done" or "error". Errors of mmrag are news like others.
    """
    news: dict[str, Any] = {"turn": sent.turn, "state": "working", "sentences": []}
    yield news
    taken: list[Upload] = []
    try:
        taken = uploads.claim(caller, [sent.file] if sent.file else [])
        path = taken[0].path if taken else None
        question = Question(
            sent.words.strip(),
            image=path if sent.kind == "image" else None,
            audio=path if sent.kind == "audio" else None,
            modalities=tuple(one.value for one in sent.modalities),
        )
        steps = _answered if question.words else _found
        async with closing(steps(hosted, caller, sent.earlier, question)) as coming:
            async for step in coming:
                news = {**news, **step}
                yield news
    except LoadError as error:  # its path means nothing to who sent the file
        name = taken[0].name if taken else "the file"
        yield {**news, "state": "error", "error": visible(f"{name} {error.reason}")}
    except MmragError as error:
        yield {**news, "state": "error", "error": visible(str(error))}
    finally:
        for upload in taken:
            upload.path.unlink(missing_ok=True)


async def _answered(
    hosted: HostedIndex, caller: Caller, earlier: Sequence[SentMessage], question: Question
) -> AsyncIterator[dict[str, Any]]:
    said = [Said(one.role, one.text) for one in earlier]
    sentences: list[Any] = []
    stream = hosted.chat_stream(caller.tenant, said, question)
    async with closing(stream) as coming:
        async for piece in coming:
            if not isinstance(piece, Answer):
                sentences = [*sentences, sentence_view(piece)]
                yield {"state": "writing", "sentences": sentences}
                continue
            nearest = []
            if piece.abstained:
                found = await hosted.search(caller.tenant, question, NEAREST)
                nearest = [hit_view(hit) for hit in found.hits]
            yield {"state": "done", "answer": answer_view(piece), "hits": nearest}


async def _found(
    hosted: HostedIndex, caller: Caller, _: Sequence[SentMessage], question: Question
) -> AsyncIterator[dict[str, Any]]:
    found = await hosted.search(caller.tenant, question, FOUND)
    yield {"state": "done", "hits": [hit_view(hit) for hit in found.hits]}
