"""An open index and everything that doors ask of it, in step; many threads may ask at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage

from mmrag import Answer, MMRagIndex, SearchResult, Settings, __version__
from mmrag.errors import InputError
from mmrag.ingest.sources.given import Given
from mmrag.ingest.sources.spool import DEFAULT_TERMS
from mmrag.ingest.sources.web import WebFile
from mmrag.store.documents import IN_QUARANTINE, DocumentRecord, get_record, list_records
from mmrag_connectors.hosting.calls import (
    FoundSource,
    IndexInfo,
    Job,
    Label,
    Question,
    Said,
    SpaceInfo,
    Vectors,
)
from mmrag_connectors.hosting.finding import find
from mmrag_connectors.hosting.jobs import BATCH_NODES, Jobs
from mmrag_connectors.hosting.likeness import Likeness
from mmrag_connectors.hosting.uploads import Uploads


class Desk:
    """The methods of `HostedIndex`, where the index is.

    Opens the index, or makes an empty one, and loads the model of its text space. Uploads that an
    earlier process received and did not come to are indexed.

    Raises:
        MmragError: as of `MMRagIndex`.
    """

    def __init__(self, settings: Settings) -> None:
        most = min(settings.ingest.batch_nodes, BATCH_NODES)
        self._index = MMRagIndex(settings=settings.with_changes({"ingest.batch_nodes": most}))
        try:
            _ = self._index.embedding.dimension
            self._uploads = Uploads(settings.index)
        except BaseException:
            self._index.close()
            raise
        self._likeness = Likeness(self._index)
        self._views: dict[str | None, MMRagIndex] = {}
        self._lock = threading.Lock()
        self._jobs = Jobs(self._index.for_tenant, self._forget)
        self._catch_up()

    def close(self) -> None:
        """Let the job in hand finish its batch, flush, and let go of the index."""
        self._jobs.close()
        self._index.close()

    # --- asking ----------------------------------------------------------------------------------

    def search(self, tenant: str | None, question: Question, k: int) -> SearchResult:
        """As `MMRagIndex.search`."""
        return self._of(tenant).search(
            question.words,
            image=question.image,
            audio=question.audio,
            k=k,
            **_narrowed(question),
        )

    def ask(self, tenant: str | None, question: Question, llm: str | None) -> Answer:
        """As `MMRagIndex.ask`."""
        return self._of(tenant).ask(
            question.words,
            image=question.image,
            audio=question.audio,
            llm=llm,
            **_narrowed(question),
        )

    def ask_stream(
        self, tenant: str | None, question: Question, llm: str | None
    ) -> Iterator[str | Answer]:
        """As `MMRagIndex.ask_stream`."""
        return self._of(tenant).ask_stream(
            question.words,
            image=question.image,
            audio=question.audio,
            llm=llm,
            **_narrowed(question),
        )

    def chat_stream(
        self,
        tenant: str | None,
        earlier: Sequence[Said],
        question: Question,
        llm: str | None,
    ) -> Iterator[str | Answer]:
        """As `ask_stream`, where the question may lean on what was said before.

        One with a picture or a recording does not: that is what it is about.
        """
        if not earlier or question.image is not None or question.audio is not None:
            return self.ask_stream(tenant, question, llm)
        engine = self._of(tenant).as_chat_engine(
            llm=llm,
            modalities=question.modalities,
            where=question.where,
            chat_history=[ChatMessage(role=said.role, content=said.text) for said in earlier],
        )
        return engine.sentences(question.words)

    # --- embedding -------------------------------------------------------------------------------

    def embed_texts(
        self, texts: Sequence[str], space: str | None, kind: Literal["query", "document"]
    ) -> Vectors:
        """Vectors of texts."""
        return self._likeness.texts(texts, space, kind)

    def embed_files(
        self, modality: Literal["image", "audio"], files: Sequence[Path], space: str | None
    ) -> Vectors:
        """Vectors of pictures or recordings."""
        return self._likeness.files(modality, files, space)

    def classify(
        self,
        labels: Sequence[str],
        text: str,
        image: Path | None,
        audio: Path | None,
        template: str,
        space: str | None,
    ) -> list[Label]:
        """How likely each label is, the best first."""
        return self._likeness.labels(
            labels, text=text, image=image, audio=audio, template=template, space=space
        )

    # --- documents -------------------------------------------------------------------------------

    def info(self, tenant: str | None) -> IndexInfo:
        """What the index is."""
        index = self._of(tenant)
        settings, manifest = index.settings, index.manifest
        llm = settings.answer.llm or index.profile.llm
        models = {"ollama": settings.ollama.model, "local": str(settings.local.model or "SmolLM2")}
        return IndexInfo(
            profile=manifest.profile,
            version=__version__,
            spaces=tuple(self._space(row.space) for row in manifest.spaces),
            documents=Counter(record.modality for record in index.documents()),
            llm=llm,
            llm_model=models.get(llm),
            location=index.vector_store.engine.location,
        )

    def documents(self, tenant: str | None) -> list[DocumentRecord]:
        """Every document of the tenant and every file that failed or was refused, by source.

        Of what is in quarantine not even the names are given out.
        """
        records = list_records(self._index.vector_store.engine, tenant=tenant)
        return [record for record in records if record.state != IN_QUARANTINE]

    def document(self, tenant: str | None, id: str) -> DocumentRecord | None:
        """One of them by its id."""
        record = get_record(self._index.vector_store.engine, id, tenant)
        return None if record is None or record.state == IN_QUARANTINE else record

    def find(
        self, tenant: str | None, id: str, quote: tuple[int, int] | None = None
    ) -> FoundSource | None:
        """What stands behind an id."""
        return find(self._of(tenant), id, quote)

    def remove(self, tenant: str | None, id: str) -> DocumentRecord | None:
        """Take a document out of the index, and its file away if it was uploaded."""
        record, index = self.document(tenant, id), self._of(tenant)
        if record is None:
            return None
        path = index.path_of(record.source)
        if path is not None and self._uploads.holds(tenant, path):
            with suppress(FileNotFoundError):
                path.unlink()  # first: were it there after a crash, it would be indexed again
        index.remove(record.source)
        self._forget()
        return record

    # --- jobs ------------------------------------------------------------------------------------

    def receive(self, tenant: str | None, files: Sequence[tuple[str, Path]]) -> Job:
        """Take in uploaded files and index them."""
        kept = self._uploads.take_in(tenant, files)
        return self._jobs.submit(tenant, [path.name for path in kept], kept)

    def fetch(self, tenant: str | None, addresses: Sequence[str]) -> Job:
        """Index what stands at http(s) addresses."""
        if not addresses:
            raise InputError("no address was given")
        for address in addresses:
            if not address.lower().startswith(("http://", "https://")):
                raise InputError(f"{address[:60]!r} is no address that begins with http(s)://")
            WebFile.of(address, DEFAULT_TERMS)  # raises here for what would end the whole job
        shown = [Given.of(address).shown for address in addresses]
        return self._jobs.submit(tenant, shown, list(addresses))

    def job(self, tenant: str | None, id: str) -> Job | None:
        """A job as it stands."""
        return self._jobs.get(tenant, id)

    def jobs(self, tenant: str | None) -> list[Job]:
        """The tenant's jobs, the newest first."""
        return self._jobs.all(tenant)

    def spool(self) -> Path:
        """A folder for files that are being received."""
        return self._uploads.spool

    # --- inner parts -----------------------------------------------------------------------------

    def _catch_up(self) -> None:
        """Index uploads that an earlier process died before it came to, and drop deleted ones."""
        self._uploads.sweep()
        for tenant, folder in self._uploads.folders():
            view = self._of(tenant)
            paths = {record.source: view.path_of(record.source) for record in view.documents()}
            others = (*view.failures(), *view.kept_out())
            failed = {record.source: view.path_of(record.source) for record in others}
            known = {path for path in (paths | failed).values() if path and path.parent == folder}
            if known != set(folder.iterdir()):
                self._jobs.submit(tenant, [folder.name], [folder])

    def _of(self, tenant: str | None) -> MMRagIndex:
        with self._lock:
            if tenant not in self._views:
                self._views[tenant] = self._index.for_tenant(tenant)
            return self._views[tenant]

    def _forget(self) -> None:
        """Views that are made from now on see what has changed, such as the scales of scores."""
        with self._lock:
            self._views.clear()

    def _space(self, name: str) -> SpaceInfo:
        [row] = [row for row in self._index.manifest.spaces if row.space == name]
        if row.size is None:
            return SpaceInfo(name, row.model, None, ("text",), ("text",))
        embedding = self._index.embedding_of(name)
        takes, embeds = (
            tuple(sorted(m.value for m in kinds)) for kinds in (embedding.takes, embedding.embeds)
        )
        return SpaceInfo(name, row.model, row.size, takes, embeds)


def _narrowed(question: Question) -> dict[str, Any]:
    return {
        "modalities": question.modalities,
        "where": question.where,
        "pages": question.pages,
        "between_ms": question.between_ms,
        "taken": question.taken,
        "near": question.near,
        "rerank": question.rerank,
    }
