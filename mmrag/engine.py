"""The facade that wires every stage: index, search, ask, chat."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType

from llama_index.core.schema import NodeWithScore
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.answering import Answering
from mmrag.bridges.chain import Bridges
from mmrag.config import IndexSettings, Settings, load_settings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.bm25 import Bm25
from mmrag.errors import InputError
from mmrag.generation.citations import Citation
from mmrag.generation.sentences import sentences_of
from mmrag.indexing import Indexing
from mmrag.ingest.scan import Root
from mmrag.ingest.sources.spool import Spool
from mmrag.measuring import Measuring
from mmrag.modalities import Modality
from mmrag.opening import open_index
from mmrag.profiles import TEXT
from mmrag.record import Described, Record
from mmrag.rerank.base import Reranker
from mmrag.rerank.choice import Reranking, Use
from mmrag.retrieval.asking import asked_by, example_of, filters_of, of_nobody
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.hybrid import HybridRetriever
from mmrag.retrieval.query import MultiModalQuery, parts_of
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.results import SearchResult, search_hit
from mmrag.retrieval.scales import Scales
from mmrag.schema import TENANT
from mmrag.store.documents import DocumentRecord
from mmrag.store.manifest import Manifest
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.training.index_pairs import TEXTS, Exported, export_pairs


class MMRagIndex(Answering, Indexing, Measuring):
    """An index over files, with search and answers. Use it as a context manager, or `close()` it.

    Args:
        directory: where the index lives; None takes the settings' (by default ./.mmrag).
        profile: models to use; None takes the index's own, "offline" for a new one.
        settings: everything else; None reads ./mmrag.yaml and MMRAG_* variables.
        create: make the index when there is none; otherwise that is an InputError.
    """

    def __init__(
        self,
        directory: str | Path | None = None,
        *,
        profile: str | None = None,
        settings: Settings | None = None,
        create: bool = True,
    ) -> None:
        base = settings or load_settings()
        self.settings = base.with_changes({"index.directory": directory, "profile": profile})
        opened = open_index(self.settings, create=create)
        self._store = MMRagQdrantStore.from_engine(opened.engine, sparse_encoder=Bm25())
        self.profile, self._spaces = opened.profile, opened.spaces
        place = self.settings.index
        described = Described(opened.engine, opened.manifest)
        self._record = Record(described, place.tenant, Spool.of(place))

    def __enter__(self) -> MMRagIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Flush and let go of the index, so that another process may open it."""
        self._store.engine.close()

    def for_tenant(self, tenant: str | None) -> MMRagIndex:
        """The same open index as another tenant has it; None is nobody.

        Models and files are shared, and closing either closes both. A space that is added to one
        is not asked by the other.
        """
        place = self.settings.index
        place = IndexSettings.model_validate(place.model_dump() | {"tenant": tenant})
        other = copy(self)
        other._forget_retriever()
        other.settings = self.settings.model_copy(update={"index": place})
        other._record = Record(self._record.described, place.tenant, Spool.of(place))
        return other

    # --- parts that can be used alone ------------------------------------------------------------

    @property
    def vector_store(self) -> MMRagQdrantStore:
        """The LlamaIndex vector store behind this index: all of it, whatever the tenant."""
        return self._store

    @cached_property
    def embedding(self) -> MediaEmbedding:
        """The embedding of the `text` space."""
        return self._spaces.embedding(TEXT)

    def embedding_of(self, space: str) -> MediaEmbedding:
        """The embedding of one of the dense spaces that the manifest names."""
        return self._spaces.embedding(space)

    @property
    def reranker(self) -> Reranker:
        """The LlamaIndex postprocessor of the settings or the profile; ConfigError without one."""
        return self._reranking.reranker

    def channels(self) -> list[Channel]:
        """One channel a space: how each is asked. Models load on first use."""
        return self._spaces.channels(self._store.engine)

    def as_retriever(
        self,
        *,
        top_k: int = 10,
        modalities: Sequence[Modality | str] = (),
        filters: MetadataFilters | None = None,
        quarantined: bool = False,
    ) -> HybridRetriever:
        """A LlamaIndex retriever over this index, for any query engine.

        It sees what belongs to the tenant of the settings; without one, what belongs to nobody.

        Args:
            quarantined: find what is in quarantine too, for whoever looks after the index.
        """
        retrieval, tenant = self.settings.retrieval, self.settings.index.tenant
        # asking for the absence of a key costs time, so only where there are tenants
        if tenant is None and self._store.engine.facet(TENANT, limit=1):
            filters = of_nobody(filters)
        return HybridRetriever(
            self._store,
            self.channels(),
            top_k=top_k,
            candidates=retrieval.candidates,
            fusion=self.fusion,
            rrf_k=retrieval.rrf_k,
            weights=retrieval.weights,
            filters=filters,
            modalities=[Modality(m) for m in modalities],
            tenant=tenant,
            quarantined=quarantined,
            flagged=not self.settings.moderate.hide,
            diversity=retrieval.diversity,
            collapse=retrieval.collapse,
            collapse_similar=retrieval.collapse_similar,
            expand=retrieval.expand,
            scales=Scales.kept(self.manifest.calibration),
        )

    def query(
        self,
        words: str = "",
        image: str | Path | None = None,
        audio: str | Path | None = None,
        *,
        like: str | Path | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Mapping[str, str | int | float] | None = None,
        pages: tuple[int, int] | None = None,
        between_ms: tuple[int, int] | None = None,
        taken: tuple[str, str] | None = None,
        near: tuple[float, float, float] | None = None,
    ) -> MultiModalQuery:
        """What `search` and `ask` put to a retriever of this index."""
        files = {Modality.IMAGE: image, Modality.AUDIO: audio}
        for modality, path in (example_of(like) if like is not None else {}).items():
            if files.get(modality) is not None:
                raise InputError(f"two files of {modality.value} to search by; give one")
            files[modality] = path
        takes, words_of = self._spaces.takes, self._bridges.words_of
        found = asked_by(words, files, takes=takes, words_of=words_of)
        return replace(
            found,
            modalities=tuple(Modality(m) for m in modalities),
            filters=filters_of(where),
            pages=pages,
            between_ms=between_ms,
            taken=taken,
            near=near,
        )

    # --- the main job ----------------------------------------------------------------------------

    def search(
        self,
        query: str = "",
        *,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        like: str | Path | None = None,
        k: int = 10,
        modalities: Sequence[Modality | str] = (),
        where: Mapping[str, str | int | float] | None = None,
        pages: tuple[int, int] | None = None,
        between_ms: tuple[int, int] | None = None,
        taken: tuple[str, str] | None = None,
        near: tuple[float, float, float] | None = None,
        rerank: Use | None = None,
        quarantined: bool = False,
    ) -> SearchResult:
        """Find passages, pictures, recordings and films.

        Args:
            query: words; may be empty when a picture or recording is given.
            image, audio: a file to search by. In an index without a space for it, it is the text
                that stands in the picture, or what is said in the recording, that is searched.
            like: a file to search by, whatever it is: a picture, a recording, a depth map, a
                thermal picture or a motion recording, as the loaders tell them.
            k: how many hits.
            modalities: only these; `video` finds what is said in films too.
            where: metadata that hits must have, such as {"source": "notes.md"}.
            pages: first and last page that hits may stand on.
            between_ms: milliseconds of which hits in recordings must have some.
            taken: first and last date of pictures and recordings: ("2024", "2024-05-17").
            near: where they were taken: latitude, longitude, and within how many kilometres.
            rerank: "on", "off", or "auto" by what `try_reranking` found; None takes the settings'.
            quarantined: find what is in quarantine too, for whoever looks after the index.

        Raises:
            InputError: nothing to search by, or pages, times or a place that nothing can have.
            ConfigError: reranking is on, and neither settings nor profile name a model for it.
        """
        started = time.perf_counter()
        asked = self.query(
            query,
            image,
            audio,
            like=like,
            modalities=modalities,
            where=where,
            pages=pages,
            between_ms=between_ms,
            taken=taken,
            near=near,
        )
        asked = replace(asked, top_k=k)
        if not parts_of(asked):
            raise InputError("nothing to search for: give words, a picture or a recording")
        found = self._hits(asked, rerank, quarantined=quarantined)
        took = (time.perf_counter() - started) * 1000
        return SearchResult(asked.query_str, took, tuple(search_hit(hit) for hit in found))

    # --- what the index knows --------------------------------------------------------------------

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself: spaces, models, roots."""
        return self._record.described.manifest

    @property
    def fusion(self) -> Fusion:
        """How channels are fused; "auto" is calibrated as soon as there is a space of media."""
        chosen = self.settings.retrieval.fusion
        if chosen == "auto":
            return "calibrated" if self._spaces.media else "dbsf"
        return chosen

    @property
    def roots(self) -> list[Root]:
        """The folders that were indexed for the tenant of the settings."""
        return self._record.roots

    def documents(self) -> list[DocumentRecord]:
        """Every document of the tenant of the settings; without one, those that are nobody's."""
        return self._record.documents()

    def failures(self) -> list[DocumentRecord]:
        """The tenant's files that could not be read the last time, each with its `reason`.

        Of one whose `state` is "indexed" an earlier version is in the index.
        """
        return self._record.failures()

    def kept_out(self) -> list[DocumentRecord]:
        """The tenant's documents in quarantine (`state` "quarantined"), and refused files."""
        return self._record.kept_out()

    def sentences_of(self, source: str) -> list[Citation]:
        """What a document says, sentence by sentence, each with its page, region or time.

        Empty where the tenant has no such document, or it has no words.
        """
        return sentences_of(self._store.engine, source, self.settings.index.tenant)

    def path_of(self, source: str) -> Path | None:
        """The file behind a citation's source; where it was fetched to, if it is not here."""
        return self._record.path_of(source)

    def is_fresh(self, source: str) -> bool:
        """Whether the file behind a citation's source is there, and still what was indexed."""
        return self._fresh()(source)

    def export_pairs(
        self, out: str | Path, kind: Modality | str = "image", *, via: Sequence[str] = TEXTS
    ) -> Exported:
        """Write the tenant's pictures or recordings with their words, to fine-tune a model on.

        Args:
            out: a JSONL file that `fine_tune` and `mmrag train` take.
            kind: "image" or "audio".
            via: where words may come from: caption, sidecar, metadata, ocr, asr, subtitles.

        Raises:
            InputError: there are no such pairs, or the file cannot be written.
        """
        tenant = self.settings.index.tenant
        return export_pairs(self._store, out, kind=Modality(kind), tenant=tenant, via=via)

    # --- inner parts -----------------------------------------------------------------------------

    @property
    def _directory(self) -> Path | None:
        index = self.settings.index
        return None if index.qdrant_url else index.directory

    @cached_property
    def _retriever(self) -> HybridRetriever:
        return self.as_retriever()

    @cached_property
    def _reranking(self) -> Reranking:
        return Reranking(self.settings, self.profile)

    def _forget_retriever(self) -> None:
        self.__dict__.pop("_retriever", None)

    def _fresh(self) -> Callable[[str], bool]:
        return self._record.fresh()

    def _words_in(self, picture: Path) -> str:
        return self._bridges.words_of(picture, Modality.IMAGE)

    def _judge(self) -> Reranker | None:
        # a reranker that was not found to help here is no judge either
        wanted = self._reranking.wanted(None, self.manifest.reranking)
        return self.reranker if wanted else None

    def _hits(
        self, asked: MultiModalQuery, use: Use | None = None, *, quarantined: bool = False
    ) -> list[NodeWithScore]:
        kept = self.manifest.reranking
        retriever = self.as_retriever(quarantined=True) if quarantined else self._retriever
        return self._reranking.hits(retriever.retrieve, asked, use=use, kept=kept)

    @cached_property
    def _bridges(self) -> Bridges:
        return Bridges.of(self.settings, asr_model=self.profile.asr_model, folder=self._directory)
