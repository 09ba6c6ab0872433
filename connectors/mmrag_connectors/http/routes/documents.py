"""Routes: documents, and what indexes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from mmrag_connectors.hosting.calls import Job
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller, Hosted, Reader, Set, Writer
from mmrag_connectors.http.kinds import check_readable
from mmrag_connectors.http.multipart import Room, received_form
from mmrag_connectors.http.posted import Posted, posts
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.schemas.documented import (
    event_stream,
    refusals,
    request_body,
    request_form,
)
from mmrag_connectors.http.schemas.documents import (
    Document,
    Documents,
    Fetch,
    IndexingJob,
    IndexingJobs,
    Modality,
    cursor_of,
    document,
    job,
    source_of,
)
from mmrag_connectors.http.sse import EventStream, event, problem_event

router = APIRouter(tags=["documents"])

UPLOADS = {"files": "Files to index: documents, pictures, recordings, films, archives."}
POLL_S = 0.5
"""How often a job is looked at for those who wait for its events."""
EVENTS = event_stream(
    "`progress` (the job, whenever it has changed), then `done` (the job as it ended); or `error`.",
    "progress",
    "done",
    "error",
)

Addresses = Annotated[Posted[Fetch], Depends(posts(Fetch))]


@router.get("/v1/documents", response_model=Documents, responses=refusals())
async def list_documents(
    caller: Reader,
    hosted: Hosted,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[
        str | None, Query(max_length=8192, description="`next` of the page before.")
    ] = None,
    modality: Annotated[Modality | None, Query()] = None,
    state: Annotated[Literal["indexed", "failed", "refused"] | None, Query()] = None,
    prefix: Annotated[str, Query(max_length=4096, description="What sources begin with.")] = "",
) -> JSONResponse:
    """The documents of the index, by source, and the files that could not be read."""
    after = None if cursor is None else source_of(cursor)
    passing = [
        record
        for record in await hosted.documents(caller.tenant)
        if record.source.startswith(prefix)
        and modality in (None, record.modality)
        and state in (None, record.state)
    ]
    rest = [record for record in passing if after is None or record.source > after]
    page = rest[:limit]
    return JSONResponse(
        {
            "documents": [document(record) for record in page],
            "total": len(passing),
            "next": cursor_of(page[-1].source) if len(rest) > limit else None,
        }
    )


@router.post(
    "/v1/documents",
    status_code=202,
    response_model=IndexingJob,
    responses=refusals(413, 415),
    openapi_extra=request_form(None, UPLOADS),
)
async def upload(request: Request, caller: Writer, hosted: Hosted, settings: Set) -> JSONResponse:
    """Add files. They are indexed by a job; `Location` names it. Of one name, the newer stays."""
    room = Room((), dict.fromkeys(UPLOADS, settings.serve.upload_files))
    async with received_form(request, room, await hosted.spool()) as form:
        await check_readable(form.files, settings.ingest.limits)
        given = [(file.name, file.path) for file in form.files]
        return _accepted(await hosted.receive(caller.tenant, given))


@router.post(
    "/v1/documents/fetch",
    status_code=202,
    response_model=IndexingJob,
    responses=refusals(413, 415),
    openapi_extra=request_body(Fetch, {}),
)
async def fetch(caller: Writer, hosted: Hosted, settings: Set, given: Addresses) -> JSONResponse:
    """Add files of web servers. Only public addresses are fetched from, unless settings say so."""
    urls, most = given.said.urls, settings.serve.upload_files
    if len(urls) > most:
        raise Problem(413, f"{len(urls)} addresses, and {most} are the most", "too_many_files")
    return _accepted(await hosted.fetch(caller.tenant, urls))


@router.get("/v1/documents/{id}", response_model=Document, responses=refusals(404))
async def get_document(id: str, caller: Reader, hosted: Hosted) -> JSONResponse:
    """One document."""
    record = await hosted.document(caller.tenant, _uuid(id))
    if record is None:
        raise _no_document()
    return JSONResponse(document(record))


@router.delete("/v1/documents/{id}", status_code=204, responses=refusals(404))
async def delete_document(id: str, caller: Writer, hosted: Hosted) -> Response:
    """Take a document out of the index; an uploaded file goes with it.

    Any other file stays where it is, and is indexed again by the next run over its folder.
    """
    if await hosted.remove(caller.tenant, _uuid(id)) is None:
        raise _no_document()
    return Response(status_code=204)


@router.get("/v1/jobs", response_model=IndexingJobs, responses=refusals())
async def list_jobs(caller: Reader, hosted: Hosted) -> JSONResponse:
    """The jobs since the server was started, the newest first."""
    return JSONResponse({"jobs": [job(told) for told in await hosted.jobs(caller.tenant)]})


@router.get("/v1/jobs/{id}", response_model=IndexingJob, responses=refusals(404))
async def get_job(id: str, caller: Reader, hosted: Hosted) -> JSONResponse:
    """A job as it stands: how many of its files are done, and what became of each."""
    return JSONResponse(job(await _job(hosted, caller, id)))


@router.get(
    "/v1/jobs/{id}/events",
    response_class=StreamingResponse,
    responses={200: EVENTS, **refusals(404)},
)
async def job_events(id: str, caller: Reader, hosted: Hosted) -> EventStream:
    """The same as server-sent events, until the job has ended."""
    return await EventStream.begun(_progress(hosted, caller, id), problem_event)


async def _progress(hosted: HostedIndex, caller: Caller, id: str) -> AsyncGenerator[str, None]:
    before = None
    while (now := await _job(hosted, caller, id)).ended is None:
        if now != before:
            yield event(json.dumps(job(now)), "progress")
            before = now
        await asyncio.sleep(POLL_S)
    yield event(json.dumps(job(now)), "done")


async def _job(hosted: HostedIndex, caller: Caller, id: str) -> Job:
    found = await hosted.job(caller.tenant, id)
    if found is None:
        raise Problem(404, "there is no job of that id", "not_found")
    return found


def _accepted(told: Job) -> JSONResponse:
    return JSONResponse(job(told), 202, headers={"Location": f"/v1/jobs/{told.id}"})


def _uuid(id: str) -> str:
    """An id in its one spelling; what is none belongs to no document."""
    try:
        found = str(UUID(id))
    except ValueError as exc:
        raise _no_document() from exc
    if found != id.lower():
        raise _no_document()
    return found


def _no_document() -> Problem:
    return Problem(404, "there is no document of that id", "not_found")
