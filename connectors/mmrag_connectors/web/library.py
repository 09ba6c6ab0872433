"""The files of the index and what is being done to them, as the page lists them."""

from __future__ import annotations

from typing import Any

from mmrag.generation.lookalikes import visible
from mmrag.store.documents import FAILED, DocumentRecord
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
        "size": record.size,
        "failed": record.state == FAILED,
        "reason": visible(record.reason or ""),
    }


def job_view(job: Job) -> dict[str, Any]:
    """An upload that is being indexed, file by file."""
    fates = {fate.source.rpartition("/")[2]: fate for fate in job.fates}
    files = []
    for name in job.files:
        fate = fates.get(name.rpartition("/")[2])
        status = fate.status if fate else job.state
        files.append(
            {
                "name": file_name(name),
                "status": "failed" if job.state == "failed" else status,
                "reason": visible(fate.reason if fate else job.error),
            }
        )
    return {"id": job.id, "state": job.state, "done": job.done, "total": job.total, "files": files}


def library_view(info: IndexInfo, records: list[DocumentRecord], jobs: list[Job]) -> dict[str, Any]:
    """All that the page knows of the index."""
    return {
        "counts": dict(info.documents),
        "profile": info.profile,
        "llm": info.llm_model or "",
        "documents": [document_view(record) for record in records[:LISTED]],
        "unlisted": max(0, len(records) - LISTED),
        "jobs": [job_view(job) for job in jobs[:REMEMBERED]],
        "busy": any(job.state in ("waiting", "running") for job in jobs),
    }
