"""The index that doors talk to: what may be asked of it, wherever it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from mmrag import Answer, SearchResult
from mmrag.store.documents import DocumentRecord
from mmrag_connectors.hosting.calls import (
    FoundSource,
    IndexInfo,
    Job,
    Label,
    Question,
    Said,
    Vectors,
)

Tenant = str | None


class HostedIndex(ABC):
    """An index that many coroutines ask at once. Use it as an async context manager.

    Each call says for which tenant it is made, and sees nothing of anybody else's; None is nobody.
    Errors are those of `MMRagIndex`: `MmragError` and what derives from it. `StoreError` is also
    raised while the process that holds the index is not there.
    """

    @abstractmethod
    async def start(self) -> None:
        """Open the index and load its models. Raises MmragError when it cannot be opened."""

    @abstractmethod
    async def close(self) -> None:
        """End what is running, flush, and let go of the index."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether questions can be asked now."""

    @abstractmethod
    async def call(self, name: str, *args: object) -> Any:  # noqa: ANN401  (each call has its own)
        """The result of a method of `Desk`."""

    @abstractmethod
    def stream(self, name: str, *args: object) -> AsyncIterator[Any]:
        """What a generator method of `Desk` yields. To close it early ends it there, too."""

    async def __aenter__(self) -> HostedIndex:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- asking ----------------------------------------------------------------------------------

    async def search(self, tenant: Tenant, question: Question, k: int = 10) -> SearchResult:
        """As `MMRagIndex.search`."""
        return cast(SearchResult, await self.call("search", tenant, question, k))

    async def ask(self, tenant: Tenant, question: Question, llm: str | None = None) -> Answer:
        """As `MMRagIndex.ask`."""
        return cast(Answer, await self.call("ask", tenant, question, llm))

    def ask_stream(
        self, tenant: Tenant, question: Question, llm: str | None = None
    ) -> AsyncIterator[str | Answer]:
        """As `MMRagIndex.ask_stream`: sentences, and the answer last."""
        return self.stream("ask_stream", tenant, question, llm)

    def chat_stream(
        self,
        tenant: Tenant,
        earlier: Sequence[Said],
        question: Question,
        llm: str | None = None,
    ) -> AsyncIterator[str | Answer]:
        """As `ask_stream`, where the question may lean on what was said before."""
        return self.stream("chat_stream", tenant, tuple(earlier), question, llm)

    # --- embedding -------------------------------------------------------------------------------

    async def embed_texts(
        self,
        texts: Sequence[str],
        space: str | None = None,
        kind: Literal["query", "document"] = "document",
    ) -> Vectors:
        """Vectors of texts in a space that takes text; None is `text`.

        Raises:
            InputError: there is no such space, it takes no text, or a text is empty.
        """
        return cast(Vectors, await self.call("embed_texts", tuple(texts), space, kind))

    async def embed_files(
        self, modality: Literal["image", "audio"], files: Sequence[Path], space: str | None = None
    ) -> Vectors:
        """Vectors of pictures or recordings in a space that takes them; None is the first.

        Raises:
            InputError: no space of the index takes them.
            LoadError: one cannot be read.
        """
        return cast(Vectors, await self.call("embed_files", modality, tuple(files), space))

    async def classify(
        self,
        labels: Sequence[str],
        *,
        text: str = "",
        image: Path | None = None,
        audio: Path | None = None,
        template: str = "{}",
        space: str | None = None,
    ) -> list[Label]:
        """Which label fits best what is given, the best first (zero-shot).

        Raises:
            InputError: not just one thing to classify, fewer than two labels, or no space for it.
        """
        found = await self.call("classify", tuple(labels), text, image, audio, template, space)
        return cast(list[Label], found)

    # --- documents -------------------------------------------------------------------------------

    async def info(self, tenant: Tenant) -> IndexInfo:
        """What the index is."""
        return cast(IndexInfo, await self.call("info", tenant))

    async def documents(self, tenant: Tenant) -> list[DocumentRecord]:
        """Every document of the tenant and every file that failed, by source."""
        return cast(list[DocumentRecord], await self.call("documents", tenant))

    async def document(self, tenant: Tenant, id: str) -> DocumentRecord | None:
        """One of them by its id; None if the tenant has none such."""
        return cast("DocumentRecord | None", await self.call("document", tenant, id))

    async def find(
        self, tenant: Tenant, id: str, quote: tuple[int, int] | None = None
    ) -> FoundSource | None:
        """What stands behind the id of a hit, a citation's node or a document of the tenant.

        Args:
            quote: characters of a quote in a node's text (`Citation.start`, `Citation.end`): page
                region and times are then those of the quote, not of the whole passage.
        """
        return cast("FoundSource | None", await self.call("find", tenant, id, quote))

    async def remove(self, tenant: Tenant, id: str) -> DocumentRecord | None:
        """Take a document out of the index, and its file away if it was uploaded.

        Other files stay where they are, and the next run over their folder indexes them again.
        """
        return cast("DocumentRecord | None", await self.call("remove", tenant, id))

    # --- jobs ------------------------------------------------------------------------------------

    async def receive(self, tenant: Tenant, files: Sequence[tuple[str, Path]]) -> Job:
        """Take in uploaded files and index them: each by its name, from where it lies now.

        They are moved from there before this returns; one of the same name is replaced.

        Raises:
            InputError: a name cannot be that of a file, or nothing was given.
        """
        return cast(Job, await self.call("receive", tenant, tuple(files)))

    async def fetch(self, tenant: Tenant, addresses: Sequence[str]) -> Job:
        """Index what stands at http(s) addresses.

        Raises:
            InputError: one is no http(s) address, or nothing was given.
        """
        return cast(Job, await self.call("fetch", tenant, tuple(addresses)))

    async def job(self, tenant: Tenant, id: str) -> Job | None:
        """A job of the tenant as it stands; None if there is none such."""
        return cast("Job | None", await self.call("job", tenant, id))

    async def jobs(self, tenant: Tenant) -> list[Job]:
        """The tenant's jobs since the index was opened, the newest first."""
        return cast(list[Job], await self.call("jobs", tenant))

    async def spool(self) -> Path:
        """A folder for files that are being received, on the file system of those that are kept."""
        return cast(Path, await self.call("spool"))
