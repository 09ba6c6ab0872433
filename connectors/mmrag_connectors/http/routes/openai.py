"""Routes: the endpoint that speaks OpenAI's: models, chat completions, embeddings."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from mmrag import Answer
from mmrag.errors import InputError
from mmrag.limits import Limits
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller, Hosted, Reader, Set
from mmrag_connectors.http.leaving import closing, while_there, whole
from mmrag_connectors.http.openai.attached import on_disk
from mmrag_connectors.http.openai.by_example import likest
from mmrag_connectors.http.openai.completions import Reply, failed
from mmrag_connectors.http.openai.embeddings import embedded
from mmrag_connectors.http.openai.messages import Asked, asked_by
from mmrag_connectors.http.openai.models import (
    ANSWERS,
    EMBEDS,
    llm_of,
    model_of,
    models_of,
    space_of,
)
from mmrag_connectors.http.openai.requests import ChatRequest, EmbeddingsRequest
from mmrag_connectors.http.openai.responses import Completion, EmbeddingList, Model, ModelList
from mmrag_connectors.http.schemas.documented import refusals
from mmrag_connectors.http.sse import EventStream

router = APIRouter(prefix="/v1", tags=["openai"])

_STREAM: dict[str, Any] = {
    "description": "The answer, or with `stream` its chunks as events.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'data: {"object": "chat.completion.chunk", "choices": [...]}\n\n',
        }
    },
}


@router.get("/models", responses=refusals())
async def models(caller: Reader, hosted: Hosted) -> ModelList:
    """What answers (`mmrag`, and by whom it is worded), and what embeds (`mmrag-embed-` space)."""
    return ModelList(data=models_of(await hosted.info(caller.tenant)))


@router.get("/models/{id:path}", responses=refusals(404))
async def model(id: str, caller: Reader, hosted: Hosted) -> Model:
    """One of them."""
    return model_of(await hosted.info(caller.tenant), id)


@router.post(
    "/chat/completions", response_model=Completion, responses={200: _STREAM, **refusals(404, 413)}
)
async def chat(
    request: Request, asked: ChatRequest, caller: Reader, hosted: Hosted, settings: Set
) -> Response:
    """Answer the last message from the files, with checked citations, or say that they do not.

    It may lean on the messages before it. A picture (as a data: address) or a recording in it
    belongs to the question; alone, it asks for what is like it. System messages are not passed on,
    and sampling is ignored. Each mark `[n]` is annotated with the address of its source, and
    the sources are listed below the text.
    """
    asked.refuse_unsupported()
    llm = None
    if asked.model != ANSWERS:
        llm = llm_of(await hosted.info(caller.tenant), asked.model)
    reply = Reply(
        asked.model,
        str(request.base_url).rstrip("/"),
        asked.messages,
        usage=bool(asked.stream_options and asked.stream_options.include_usage),
    )
    pieces = _pieces(hosted, caller, asked_by(asked.messages), llm, settings.ingest.limits)
    if asked.stream:
        return await EventStream.begun(reply.chunks(pieces), failed)
    return JSONResponse(reply.whole(await while_there(request, whole(pieces))).model_dump())


@router.post("/embeddings", responses=refusals(404, 413))
async def embeddings(asked: EmbeddingsRequest, caller: Reader, hosted: Hosted) -> EmbeddingList:
    """Vectors of texts, as documents have them, or questions with `input_type` "query"."""
    kind: Literal["query", "document"] = "query" if asked.input_type == "query" else "document"
    try:
        vectors = await hosted.embed_texts(asked.texts, asked.model.removeprefix(EMBEDS), kind)
    except InputError:  # is it the model? To ask first would cost more than to embed
        space_of(await hosted.info(caller.tenant), asked.model)
        raise
    return embedded(asked, vectors)


async def _pieces(
    hosted: HostedIndex, caller: Caller, asked: Asked, llm: str | None, limits: Limits
) -> AsyncGenerator[str | Answer, None]:
    """What is answered, while the files of the question are there."""
    async with on_disk(asked, limits) as question:
        if not question.words.strip() and (question.image or question.audio):
            yield await likest(hosted, caller.tenant, question)
            return
        stream = hosted.chat_stream(caller.tenant, asked.earlier, question, llm)
        async with closing(stream) as coming:
            async for piece in coming:
                yield piece
