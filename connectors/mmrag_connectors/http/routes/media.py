"""Routes: the files behind citations, and pictures of the cited places."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, cast

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from mmrag.errors import InputError, LoadError
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.http.callers import Hosted, Reader
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.stored_file import StoredFile
from mmrag_connectors.media.files import (
    INLINE,
    KNOWN,
    FileChanged,
    FileGone,
    file_name,
    file_of,
)
from mmrag_connectors.media.gallery import Gallery, Kind, tag_of

router = APIRouter(tags=["media"])

HEADERS = {
    "Cache-Control": "private, no-cache",  # kept by the browser, and asked for anew: 304
    "X-Frame-Options": "SAMEORIGIN",  # a page of ours may hold a PDF
}
LOCKED = "default-src 'none'; frame-ancestors 'self'; sandbox"
# In a sandbox Chromium's viewer shows no PDF and its player plays nothing. None of these kinds runs
# anything in our name: the scripts of a PDF run in a process of the viewer's own.
SHOWN = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'"
)


async def _found(
    id: str,
    caller: Reader,
    hosted: Hosted,
    quote: Annotated[
        str | None,
        Query(
            description="Characters of a quote in the text of a hit, such as `start` and `end` of "
            "a citation: its place is shown in place of that of the whole hit.",
            pattern=r"^[0-9]{1,9}-[0-9]{1,9}$",
            examples=["120-188"],
        ),
    ] = None,
) -> FoundSource:
    """What stands behind an id; one that is malformed or somebody else's is as good as unknown."""
    start, _, end = (quote or "").partition("-")
    try:
        known = str(uuid.UUID(id)) == id.lower()
    except ValueError:
        known = False
    narrowed = (int(start), int(end)) if quote else None
    found = await hosted.find(caller.tenant, id.lower(), narrowed) if known else None
    if found is None:
        raise Problem(404, "there is nothing of this id in the index", "not_found")
    return found


Found = Annotated[FoundSource, Depends(_found)]
PreviewSize = Annotated[int, Query(ge=64, le=2400, description="Pixels of the longer side.")]
ThumbnailSize = Annotated[int, Query(ge=32, le=512, description="Pixels of the longer side.")]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    304: {"description": "The browser has it (If-None-Match)."},
    404: {"description": "Nothing of this id, or no picture of what is of it."},
    409: {"description": "The file changed since it was indexed."},
    410: {"description": "The file is gone."},
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"*/*": {}}},
    206: {"description": "The range of it that was asked for.", "content": {"*/*": {}}},
    **_PROBLEMS,
    416: {"description": "Nothing of the file lies in the range."},
}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": {"image/jpeg": {}}},
    **_PROBLEMS,
}


@router.head("/media/{id}", include_in_schema=False)
@router.get("/media/{id}", response_class=Response, responses=_FILE)
async def file(request: Request, found: Found) -> Response:
    """The file behind a hit, a citation or a document; in ranges, if so asked (RFC 9110).

    What a browser shows without running anything of it is shown; all else is for saving.
    """
    mimetype = found.mimetype if found.mimetype in KNOWN else "application/octet-stream"
    inline = mimetype in INLINE
    headers = _headers(found.sha256, SHOWN if inline else LOCKED)
    try:
        path = file_of(found)
        status = await to_thread.run_sync(path.stat)
    except (InputError, OSError) as exc:
        raise _refused(found, exc) from exc
    if _is_known(request, headers):
        return Response(status_code=304, headers=headers)
    return StoredFile(
        path,
        status,
        mimetype=mimetype,
        name=file_name(found.source),
        inline=inline,
        headers=headers,
    )


@router.head("/media/{id}/preview", include_in_schema=False)
@router.get("/media/{id}/preview", response_class=Response, responses=_PICTURE)
async def preview(request: Request, found: Found, size: PreviewSize = 1200) -> Response:
    """The page, picture or moment of a film that is cited, the region marked."""
    return await _picture(request, "preview", found, size)


@router.head("/media/{id}/thumbnail", include_in_schema=False)
@router.get("/media/{id}/thumbnail", response_class=Response, responses=_PICTURE)
async def thumbnail(request: Request, found: Found, size: ThumbnailSize = 256) -> Response:
    """A small picture: of a page, picture or scene; of a recording its cover, or its waveform."""
    return await _picture(request, "thumbnail", found, size)


async def _picture(request: Request, kind: Kind, found: FoundSource, size: int) -> Response:
    headers = _headers(tag_of(kind, found, size), LOCKED)
    try:
        file_of(found)
        if _is_known(request, headers):
            return Response(status_code=304, headers=headers)
        made = await _gallery(request).picture(kind, found, size)
    except (InputError, LoadError, OSError) as exc:
        raise _refused(found, exc) from exc
    return Response(made.content, media_type=made.mimetype, headers=headers)


def _gallery(request: Request) -> Gallery:
    """The one of the application."""
    state = request.app.state
    if not hasattr(state, "gallery"):
        state.gallery = Gallery(state.settings.ingest.limits)
    return cast(Gallery, state.gallery)


def _headers(tag: str, policy: str) -> dict[str, str]:
    return {**HEADERS, "ETag": f'"{tag}"', "Content-Security-Policy": policy}


def _is_known(request: Request, headers: dict[str, str]) -> bool:
    """Whether the client has this version already (RFC 9110, section 13.1.2)."""
    tags = request.headers.get("if-none-match", "")
    known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    return bool(known & {"*", headers["ETag"]})


def _refused(found: FoundSource, error: Exception) -> Problem:
    if isinstance(error, FileChanged):
        return Problem(409, str(error), "changed")
    if isinstance(error, LoadError):  # its words name the file by where it lies on the server
        return Problem(404, f"{found.source} cannot be shown: {error.reason}", "no_picture")
    if isinstance(error, FileGone | OSError):
        return Problem(410, f"the file of {found.source} is gone; index again", "gone")
    return Problem(404, str(error), "no_picture")
