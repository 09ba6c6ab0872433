"""Routes: search."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from mmrag_connectors.http.callers import Hosted, Reader
from mmrag_connectors.http.posted import Posted, posts
from mmrag_connectors.http.schemas.asking import SearchRequest
from mmrag_connectors.http.schemas.documented import refusals, request_body
from mmrag_connectors.http.schemas.found import Found, found

router = APIRouter(tags=["search"])

FILES = {"image": "A picture to search by.", "audio": "A recording to search by."}
Given = Annotated[Posted[SearchRequest], Depends(posts(SearchRequest, dict.fromkeys(FILES, 1)))]


@router.post(
    "/v1/search",
    response_model=Found,
    responses=refusals(413, 415),
    openapi_extra=request_body(SearchRequest, FILES),
)
async def search(caller: Reader, hosted: Hosted, given: Given) -> JSONResponse:
    """Find passages, pictures, recordings and films by words, a picture or a recording.

    A picture or recording comes in a form, beside the JSON object as its field `request`:
    `curl -F image=@photo.jpg -F 'request={"k": 5}' …`.
    """
    asked = given.said.asked(given.said.query, given.one("image"), given.one("audio"))
    return JSONResponse(found(await hosted.search(caller.tenant, asked, given.said.k)))
