"""The JSON forms of results as schemas: the command line's, and those of documents and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from mmrag.generation.answer import Dropped
from mmrag.generation.citations import Citation
from mmrag.retrieval.results import SearchResult
from mmrag.store.documents import DocumentRecord
from mmrag_connectors.hosting.calls import FoundSource


class AnswerForm(TypedDict):
    """As of `Answer.as_dict`."""

    answer: str
    abstained: bool
    mode: Literal["llm", "extractive"]
    model: str | None
    confidence: float
    citations: list[Citation]
    dropped: list[Dropped]
    note: str
    took_ms: float


class SourceForm(TypedDict):
    """What stands behind an id; without the path of its file, which is nobody's business."""

    id: str
    document: str
    source: str
    modality: str
    mimetype: str
    fresh: bool
    page: int | None
    bbox: list[float] | None
    start_ms: int | None
    end_ms: int | None
    text: str
    metadata: Mapping[str, Any]


class DocumentForm(TypedDict):
    """One document, or a file that could not be read and why."""

    id: str
    source: str
    modality: str
    mimetype: str
    size: int
    passages: int
    state: str
    reason: str | None


class DocumentsForm(TypedDict):
    """A page of documents; `next_offset` is where the next one begins, if there is one."""

    total: int
    next_offset: int | None
    documents: list[DocumentForm]


def schema_of(form: type) -> dict[str, Any]:
    """The JSON schema of a form."""
    return TypeAdapter(form).json_schema(mode="serialization")


SEARCH, ANSWER, SOURCE, DOCUMENTS = map(
    schema_of, (SearchResult, AnswerForm, SourceForm, DocumentsForm)
)


def source_form(found: FoundSource) -> SourceForm:
    """What stands behind an id, in its form."""
    return {
        "id": found.id,
        "document": found.document,
        "source": found.source,
        "modality": found.modality,
        "mimetype": found.mimetype,
        "fresh": found.fresh,
        "page": found.page,
        "bbox": list(found.bbox) if found.bbox else None,
        "start_ms": found.start_ms,
        "end_ms": found.end_ms,
        "text": found.text,
        "metadata": dict(found.metadata),
    }


def document_form(record: DocumentRecord) -> DocumentForm:
    """A document, in its form."""
    return {
        "id": record.id,
        "source": record.source,
        "modality": record.modality,
        "mimetype": record.mimetype,
        "size": record.size,
        "passages": record.chunks,
        "state": record.state,
        "reason": record.reason,
    }
