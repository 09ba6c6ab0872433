"""Requests and responses about documents and the jobs that index them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mmrag.store.documents import DocumentRecord
from mmrag_connectors.hosting.calls import Job, State
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.schemas.found import Seen, seen

Modality = Literal["text", "image", "audio", "video", "depth", "thermal", "imu"]


class Document(Seen):
    """What the index knows of a file."""

    id: str
    source: str = Field(description="How it is cited.", examples=["reports/1956.pdf"])
    state: Literal["indexed", "failed", "refused"]
    modality: Modality
    mimetype: str
    size: int = Field(description="In bytes.")
    sha256: str
    nodes: dict[str, int] = Field(description="Number of passages, pictures and so on of it.")
    reason: str | None = Field(
        description="Why it could not be read the last time, or was refused."
    )


class Documents(BaseModel):
    """A page of documents, by source."""

    documents: list[Document]
    total: int = Field(description="All that pass the filters.")
    next: str | None = Field(description="`cursor` of the next page; null on the last.")


class Fetch(BaseModel):
    """Addresses to index."""

    model_config = ConfigDict(extra="forbid", strict=True)

    urls: list[Annotated[str, Field(pattern="^[Hh][Tt][Tt][Pp][Ss]?://", max_length=2048)]] = Field(
        min_length=1, examples=[["https://example.org/report.pdf"]]
    )


class Fate(BaseModel):
    """What became of one file of a job."""

    source: str
    status: str = Field(description="indexed, updated, skipped, failed and so on.")
    reason: str
    nodes: int


class IndexingJob(BaseModel):
    """An indexing job as it stands."""

    id: str
    state: State
    files: list[str] = Field(description="Names of what was given.")
    total: int = Field(description="Files to look at; 0 until that is known.")
    done: int
    fates: list[Fate] = Field(description="Of files that are done.")
    stages: dict[str, dict[str, float | str]] = Field(description="What each stage has done.")
    error: str = Field(description="Why the whole job failed.")
    submitted: float = Field(description="Seconds since 1970.")
    ended: float | None


class IndexingJobs(BaseModel):
    """Jobs, the newest first."""

    jobs: list[IndexingJob]


def document(record: DocumentRecord) -> dict[str, Any]:
    """A record as `Document`."""
    return {
        "id": record.id,
        "source": record.source,
        "state": record.state,
        "modality": record.modality,
        "mimetype": record.mimetype,
        "size": record.size,
        "sha256": record.sha256,
        "nodes": dict(record.nodes),
        "reason": record.reason,
        **seen(record.id, record.source, record.modality),
    }


def job(told: Job) -> dict[str, Any]:
    """A job as `IndexingJob`."""
    row = asdict(told)
    del row["tenant"]
    return row


def cursor_of(source: str) -> str:
    """What stands for the place after a source, in letters that need no escaping."""
    return base64.urlsafe_b64encode(source.encode()).decode()


def source_of(cursor: str) -> str:
    """The source that a cursor was made of.

    Raises:
        Problem: it is no cursor.
    """
    try:
        return base64.urlsafe_b64decode(cursor.encode("ascii")).decode()
    except (ValueError, binascii.Error) as exc:
        raise Problem(400, "the cursor is none that this server gave", "invalid_cursor") from exc
