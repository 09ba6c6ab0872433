"""The files of the index and what is being done to them, as the page lists them."""

from __future__ import annotations

from typing import Any

from mmrag.generation.lookalikes import visible
from mmrag.store.documents import INDEXED, DocumentRecord
from mmrag_connectors.hosting.calls import IndexInfo, Job
from mmrag_connectors.web.places import file_name

LISTED = 2000
"""Documents that are listed; more than that nobody reads through."""
REMEMBERED = 5
"""Jobs that are shown, the newest."""


def document_view(record: DocumentRecord) -> dict[str, Any]:
    """A file, or why it could not be read."""
    return {
        "id": record.id,
        "name": file_name(record.source),
        "source": visible(record.source),
        "modality": record.modality,
        "failed": record.state != INDEXED,
        "reason": visible(record.reason or ""),
    }


def files_of(job: Job) -> list[dict[str, str]]:
    """What became of each file of a job, or how far it is."""
    fates = {fate.source.rpartition("/")[2]: fate for fate in job.fates}
    files = []
    for name in job.files:
        fate = fates.get(name.rpartition("/")[2])
        status = fate.status if fate else job.state
        reason = fate.reason if fate else job.error
        files.append({"name": file_name(name), "status": status, "reason": visible(reason)})
    return files


def jobs_view(jobs: list[Job]) -> dict[str, Any]:
    """What is being added or was added last, and whether it goes on."""
    return {
        "adding": [file for job in jobs[:REMEMBERED] for file in files_of(job)],
        "busy": any(job.state in ("waiting", "running") for job in jobs),
    }


def documents_view(info: IndexInfo, records: list[DocumentRecord]) -> dict[str, Any]:
    """What there is: how many files of each kind, and which."""
    return {
        "counts": dict(info.documents),
        "documents": [document_view(record) for record in records[:LISTED]],
        "unlisted": max(0, len(records) - LISTED),
    }
