"""Routes: answers, whole or as they are written."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from mmrag import Answer
from mmrag_connectors.http.callers import Hosted, Reader
from mmrag_connectors.http.leaving import closing, while_there, whole
from mmrag_connectors.http.posted import Posted, posts
from mmrag_connectors.http.schemas.asking import AskRequest
from mmrag_connectors.http.schemas.documented import event_stream, refusals, request_body
from mmrag_connectors.http.schemas.found import Answered, answered
from mmrag_connectors.http.sse import EventStream, event, problem_event

router = APIRouter(tags=["answers"])

FILES = {
    "image": "A picture that belongs to the question.",
    "audio": "A recording to search by as well.",
}
Given = Annotated[Posted[AskRequest], Depends(posts(AskRequest, dict.fromkeys(FILES, 1)))]
EVENTS = event_stream(
    "`sentence` ({`text`}, each as soon as it is verified), then one `answer` (as the JSON "
    "response), then `done`; or `error` (as any error).",
    "sentence",
    "answer",
    "done",
    "error",
)


@router.post(
    "/v1/ask",
    response_model=Answered,
    responses={200: EVENTS, **refusals(413, 415, 501)},
    openapi_extra=request_body(AskRequest, FILES),
)
async def ask(request: Request, caller: Reader, hosted: Hosted, given: Given) -> Response:
    """Answer from the files with checked citations, or say that they do not answer.

    A picture or recording comes in a form, beside the JSON object as its field `request`.
    """
    said = given.said
    asked = said.asked(said.question, given.one("image"), given.one("audio"))
    parts = hosted.ask_stream(caller.tenant, asked, said.llm)
    if said.stream or "text/event-stream" in request.headers.get("accept", ""):
        return await EventStream.begun(_events(parts), problem_event)
    return JSONResponse(answered(await while_there(request, whole(parts))))


async def _events(parts: AsyncIterator[str | Answer]) -> AsyncGenerator[str, None]:
    async with closing(parts) as coming:
        async for part in coming:
            if isinstance(part, Answer):
                yield event(_json(answered(part)), "answer")
            else:
                yield event(_json({"text": part}), "sentence")
        yield event("{}", "done")


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)
