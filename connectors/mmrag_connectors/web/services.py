"""What the page asks besides questions: the files, a source to show, uploads to index."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mmrag import Settings
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.web.asking import Sent
from mmrag_connectors.web.library import documents_view, jobs_view
from mmrag_connectors.web.sources import source_view
from mmrag_connectors.web.uploads import Uploads

Id = Annotated[str, Field(max_length=64)]
READ_ONLY = "this token may read only"


class SentLook(Sent):
    """What is wanted of the index: its files as well, or only how jobs go."""

    documents: bool = True


class SentPlace(Sent):
    """Which source is to be shown, and which characters of its text are cited."""

    id: Id
    quote: tuple[int, int] | None = None


class SentIds(Sent):
    """Ids of uploads."""

    ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=1000)]


class SentId(Sent):
    """The id of a document."""

    id: Id


class Services:
    """Answers to one caller at a time, each seeing its own tenant's files alone.

    Raises:
        MmragError: from every method, as the hosted index does.
    """

    def __init__(self, hosted: HostedIndex, uploads: Uploads, settings: Settings) -> None:
        self._hosted = hosted
        self._uploads = uploads
        self._serve = settings.serve

    async def library(self, caller: Caller, sent: SentLook) -> dict[str, Any]:
        """The files, the jobs, who asks; `ready` alone while the index is being opened."""
        who = {
            "caller": f"{caller.name}/{caller.tenant or ''}",
            "write": caller.write,
            "upload_mb": self._serve.upload_mb,
        }
        if not self._hosted.ready:
            return {**who, "ready": False}
        told = {**who, "ready": True, **jobs_view(await self._hosted.jobs(caller.tenant))}
        if not sent.documents:
            return told
        info = await self._hosted.info(caller.tenant)
        records = await self._hosted.documents(caller.tenant)
        return {**told, **documents_view(info, records)}

    async def show(self, caller: Caller, sent: SentPlace) -> dict[str, Any]:
        """A source for the panel."""
        found = await self._hosted.find(caller.tenant, sent.id, sent.quote)
        if found is None:
            return {"error": "This source is not in the index any more."}
        return source_view(found, sent.quote)

    async def receive(self, caller: Caller, sent: SentIds) -> dict[str, Any]:
        """Index what was uploaded."""
        if not caller.write:
            return {"error": READ_ONLY}
        taken = self._uploads.claim(caller, sent.ids)
        try:
            await self._hosted.receive(caller.tenant, [(one.name, one.path) for one in taken])
        finally:
            for one in taken:  # moved away, unless it was refused
                one.path.unlink(missing_ok=True)
        return {"received": len(taken)}

    async def remove(self, caller: Caller, sent: SentId) -> dict[str, Any]:
        """Take a document out of the index."""
        if not caller.write:
            return {"error": READ_ONLY}
        removed = await self._hosted.remove(caller.tenant, sent.id)
        return {"removed": removed is not None}
