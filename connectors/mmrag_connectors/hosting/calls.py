"""What doors ask of an index and are told: plain values that travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmrag.schema import BBox


@dataclass(frozen=True)
class Question:
    """Words, a picture or a recording, and what narrows the search; as of `MMRagIndex.search`.

    Attributes:
        words: may be empty in a search by picture or recording.
        image, audio: files to ask by; they must stay until the answer is there.
        modalities, where, pages, between_ms, taken, near, rerank: as of `MMRagIndex.search`.
    """

    words: str = ""
    image: Path | None = None
    audio: Path | None = None
    modalities: tuple[str, ...] = ()
    where: Mapping[str, str | int | float] = field(default_factory=dict)
    pages: tuple[int, int] | None = None
    between_ms: tuple[int, int] | None = None
    taken: tuple[str, str] | None = None
    near: tuple[float, float, float] | None = None
    rerank: Literal["on", "off", "auto"] | None = None


@dataclass(frozen=True)
class Said:
    """One earlier message of a conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Vectors:
    """Unit vectors of what was embedded, one row each.

    Attributes:
        space: the space of the index that they belong to.
        model: what made them.
    """

    space: str
    model: str
    rows: list[list[float]]

    @property
    def dimension(self) -> int:
        """Numbers of a vector."""
        return len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class Label:
    """How likely a label is for what was classified, 0..1; all labels sum to 1."""

    label: str
    probability: float
    similarity: float


@dataclass(frozen=True)
class FoundSource:
    """What stands behind the id of a hit, a citation's node, or a document.

    Attributes:
        id: of the node, or of the document.
        document: id of the document.
        source: how it is cited.
        path: its file; None where there is none any more.
        fresh: the file is still what was indexed.
        sha256: of the file as it was indexed.
        modality: of the node, or of the document.
        mimetype: of the file.
        page, bbox, start_ms, end_ms: of the node, or of the quote in it that was asked for; a
            document has none.
        frame_ms: when the picture is shown that stands for a stretch of a film.
        text, metadata: of the node.
    """

    id: str
    document: str
    source: str
    path: Path | None
    fresh: bool
    sha256: str
    modality: str
    mimetype: str
    page: int | None = None
    bbox: BBox | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    frame_ms: int | None = None
    text: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceInfo:
    """One space of an index.

    Attributes:
        dimension: None of a sparse one.
        takes: what it can be asked by: "text", "image", "audio".
        embeds: what gets a vector in it.
    """

    name: str
    model: str
    dimension: int | None
    takes: tuple[str, ...]
    embeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexInfo:
    """What an index is, as one tenant sees it.

    Attributes:
        documents: the tenant's, by modality.
        llm: who words answers unless a question says otherwise.
        llm_model: its name; None of "extractive".
    """

    profile: str
    version: str
    spaces: tuple[SpaceInfo, ...]
    documents: Mapping[str, int]
    llm: str
    llm_model: str | None
    location: str


State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True)
class FileFate:
    """What became of one file of a job; as of `mmrag.ingest.report.Outcome`."""

    source: str
    status: str
    reason: str = ""
    nodes: int = 0


@dataclass(frozen=True)
class Job:
    """An indexing job as it stands now.

    Attributes:
        files: names of what was given.
        total: files to look at; 0 until that is known.
        done: files that are done.
        fates: of the files that this job was given, as they are done; of unchanged ones none.
        stages: by stage, what it has done and how fast (`Stages.as_dict`).
        error: why the whole job failed, one line.
        submitted, ended: seconds since the epoch.
    """

    id: str
    tenant: str | None
    state: State
    files: tuple[str, ...]
    submitted: float
    total: int = 0
    done: int = 0
    fates: tuple[FileFate, ...] = ()
    stages: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)
    error: str = ""
    ended: float | None = None
