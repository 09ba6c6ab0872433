"""Routes: the files behind citations, and pictures of the cited places."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, cast

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from mmrag.errors import InputError, LoadError
from mmrag.schema import BBox
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.http.callers import Hosted, Reader
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.stored_file import StoredFile
from mmrag_connectors.media.files import FileChanged, FileGone, status_of, tag_of
from mmrag_connectors.media.gallery import Gallery, Kind
from mmrag_connectors.media.previews import at_place

router = APIRouter(tags=["media"])

HEADERS = {
    "Cache-Control": "private, no-cache",  # kept by the browser, and asked for anew: 304
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


async def _source(id: str, caller: Reader, hosted: Hosted) -> FoundSource:
    """What stands behind the id; one that is malformed or somebody else's is as good as unknown."""
    try:
        known = str(uuid.UUID(id))
    except ValueError:
        known = ""
    found = await hosted.find(caller.tenant, known) if known == id.lower() else None
    if found is None:
        raise Problem(404, "there is nothing of this id in the index", "not_found")
    return found


async def _gallery(request: Request) -> Gallery:
    """The one of the application."""
    state = request.app.state
    if not hasattr(state, "gallery"):
        state.gallery = Gallery(state.settings.ingest.limits)
    return cast(Gallery, state.gallery)


def _box(
    box: Annotated[
        str | None,
        Query(
            description="A region to mark in place of the hit's own: left, top, right and bottom "
            "as fractions, such as a citation's bbox.",
            pattern=r"^[01](\.\d{1,18})?(,[01](\.\d{1,18})?){3}$",
            examples=["0.1,0.25,0.9,0.3"],
        ),
    ] = None,
) -> BBox | None:
    if box is None:
        return None
    left, top, right, bottom = (float(part) for part in box.split(","))
    if not (left <= right <= 1 and top <= bottom <= 1):
        raise Problem(400, f"box must be left,top,right,bottom in 0..1, found {box}", "invalid_box")
    return left, top, right, bottom
