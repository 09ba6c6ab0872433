"""The facade that wires every stage: index, search, ask, chat."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from llama_index.core.schema import MetadataMode, Node, NodeWithScore
from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters

from mmrag.bridges.asr import AsrBridge
from mmrag.bridges.ocr import OcrBridge
from mmrag.bridges.surrogate import NameBridge
from mmrag.config import Settings, load_settings
from mmrag.embeddings.bm25 import Bm25
from mmrag.embeddings.sentence_transformer import SentenceTransformerEmbedding
from mmrag.embeddings.weights import locate
from mmrag.errors import InputError
from mmrag.generation.answer import Answer
from mmrag.generation.chat import ChatSession
from mmrag.generation.writer import AnswerWriter
from mmrag.ingest.pipeline import Bridge, Ingest
from mmrag.ingest.report import Listener, Report
from mmrag.ingest.scan import Root, path_of, scan
from mmrag.ingest.verify import Freshness
from mmrag.loaders.registry import read_file
from mmrag.modalities import Modality
from mmrag.profiles import Profile, profile_named
from mmrag.retrieval.channels import Bm25Channel, DenseTextChannel
from mmrag.retrieval.hybrid import HybridRetriever
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.results import SearchResult, search_hit
from mmrag.schema import text_of
from mmrag.store.documents import DocumentRecord, list_documents
from mmrag.store.manifest import Manifest, SpaceModel, check_models, read_manifest, write_manifest
from mmrag.store.manifest import Root as StoredRoot
from mmrag.store.opening import open_engine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, Space, SparseSpace
from mmrag.version import __version__

TEXT, BM25 = "text", "bm25"
WEIGHED = 50
"""Passages retrieved for an answer: the best are quoted, all of them tell which words are rare."""

BM25_MODEL = "mmrag-bm25"
BM25_REVISION = "1"


class MMRagIndex:
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
        self._store, self._manifest, self.profile = self._open(create)

    def _open(self, create: bool) -> tuple[MMRagQdrantStore, Manifest, Profile]:
        wanted = self.settings.profile
        fresh = profile_named(wanted or "offline")
        engine = open_engine(self.settings.index, spaces=_spaces(fresh), create=create)
        try:
            manifest = read_manifest(engine)
            if manifest is None:
                manifest = Manifest(__version__, fresh.name, _models(fresh))
                write_manifest(engine, manifest)
            profile = profile_named(wanted or manifest.profile)
            check_models(manifest, _models(profile))
        except BaseException:
            engine.close()
            raise
        return MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25()), manifest, profile

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

    # --- parts that can be used alone ------------------------------------------------------------

    @property
    def vector_store(self) -> MMRagQdrantStore:
        """The LlamaIndex vector store behind this index."""
        return self._store

    @cached_property
    def embedding(self) -> SentenceTransformerEmbedding:
        """The embedding of the `text` space."""
        return SentenceTransformerEmbedding(self.profile.text_model)

    def as_retriever(
        self,
        *,
        top_k: int = 10,
        modalities: Sequence[Modality | str] = (),
        filters: MetadataFilters | None = None,
    ) -> HybridRetriever:
        """A LlamaIndex retriever over this index, for any query engine."""
        retrieval = self.settings.retrieval
        return HybridRetriever(
            self._store,
            [DenseTextChannel(self.embedding, TEXT), Bm25Channel(Bm25(), BM25)],
            top_k=top_k,
            candidates=retrieval.candidates,
            fusion=retrieval.fusion,
            rrf_k=retrieval.rrf_k,
            weights=retrieval.weights,
            filters=filters,
            modalities=[Modality(m) for m in modalities],
        )

    # --- the main job ----------------------------------------------------------------------------

    def index(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        listener: Listener | None = None,
        allow_empty: bool = False,
    ) -> Report:
        """Bring the index in line with files and folders.

        Unchanged files are skipped, changed ones read again, and files that left an indexed folder
        leave the index. A file that cannot be read is reported and costs nothing else.

        Args:
            listener: told of each file as it is done.
            allow_empty: let a folder that is empty now take all its documents out of the index.

        Raises:
            InputError: a path does not exist, or there is nothing to index.
        """
        given = [Path(p) for p in ([paths] if isinstance(paths, str | Path) else paths)]
        scope = scan(given, self.roots, exclude=self._directory)
        if not scope.files and not allow_empty:
            held = sum(scope.covers(record.source) for record in self.documents())
            names = ", ".join(map(str, given))
            if held:
                raise InputError(
                    f"{names} is empty now, and the index holds {held} documents of it; nothing "
                    f"was changed (--allow-empty takes them out)"
                )
            raise InputError(f"nothing to index: no files in {names}")
        self._remember(scope.roots)
        run = Ingest(
            self._store,
            bridges=self._bridges(),
            fill=self._fill,
            batch_nodes=self.settings.ingest.batch_nodes,
        )
        return run.run(scope, listener=listener)

    def search(
        self,
        query: str = "",
        *,
        image: str | Path | None = None,
        audio: str | Path | None = None,
        k: int = 10,
        modalities: Sequence[Modality | str] = (),
        where: Mapping[str, str | int | float] | None = None,
    ) -> SearchResult:
        """Find passages, pictures and recordings.

        Args:
            query: words; may be empty when a picture or recording is given.
            image, audio: a file to search by. In a profile without a space for it, it is the text
                that stands in the picture, or what is said in the recording, that is searched.
            k: how many hits.
            modalities: only these.
            where: metadata that hits must have, such as {"source": "notes.md"}.

        Raises:
            InputError: nothing to search by.
        """
        started = time.perf_counter()
        words = " ".join(filter(None, (query, *self._media_words(image, audio))))
        if not words.strip():
            raise InputError("nothing to search for: give words, a picture or a recording")
        filters = _filters(where)
        found = self._retrieve(words, k, modalities, filters)
        took = (time.perf_counter() - started) * 1000
        return SearchResult(words, took, tuple(search_hit(hit) for hit in found))

    def ask(
        self,
        question: str,
        *,
        image: str | Path | None = None,
        llm: str | None = None,
        modalities: Sequence[Modality | str] = (),
        where: Mapping[str, str | int | float] | None = None,
    ) -> Answer:
        """Answer from the files with checked citations, or say that they do not answer.

        Args:
            image: a picture whose text belongs to the question.
            llm: "extractive" or "ollama"; None takes the settings'.

        Raises:
            InputError: an empty question.
            GenerationError: the language model server is down or lacks the model.
        """
        words = " ".join(filter(None, (question, *self._media_words(image, None))))
        if not words.strip():
            raise InputError("nothing was asked: the question is empty")
        writer = self.writer(llm)
        started = time.perf_counter()
        hits = self._retrieve(words, WEIGHED, modalities, _filters(where))
        return writer.write(words, hits, started=started)

    def chat(self, *, llm: str | None = None) -> ChatSession:
        """A conversation in which later questions may lean on earlier ones."""
        writer = self.writer(llm)
        return ChatSession(writer, lambda words: self._retrieve(words, WEIGHED, (), None))

    def writer(self, llm: str | None = None) -> AnswerWriter:
        """What words the answers: an extractive writer, or one over a checked Ollama server."""
        settings = self.settings.with_changes({"answer.llm": llm})
        return AnswerWriter(
            settings,
            embed=self.embedding.embed_texts,
            fresh=Freshness({r.source: r for r in self.documents()}, self.path_of),
        )

    # --- what the index knows --------------------------------------------------------------------

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself: spaces, models, roots."""
        return self._manifest

    @property
    def roots(self) -> list[Root]:
        """The folders that were indexed."""
        return [Root(Path(root.path), root.prefix) for root in self._manifest.roots]

    def documents(self) -> list[DocumentRecord]:
        """Every document of the index."""
        return list_documents(self._store.engine)

    def path_of(self, source: str) -> Path | None:
        """The file behind a citation's source."""
        return path_of(source, self.roots)

    # --- inner parts -----------------------------------------------------------------------------

    @property
    def _directory(self) -> Path | None:
        index = self.settings.index
        return None if index.qdrant_url else index.directory

    def _retrieve(
        self,
        words: str,
        k: int,
        modalities: Sequence[Modality | str],
        filters: MetadataFilters | None,
    ) -> list[NodeWithScore]:
        query = MultiModalQuery(
            words,
            modalities=tuple(Modality(m) for m in modalities),
            filters=filters,
            top_k=k,
        )
        return self._retriever.retrieve(query)

    @cached_property
    def _retriever(self) -> HybridRetriever:
        return self.as_retriever()

    def _bridges(self) -> list[Bridge]:
        ingest = self.settings.ingest
        bridges: list[Bridge] = []
        if ingest.ocr:
            bridges.append(self._ocr)
        if ingest.asr:
            bridges.append(self._asr)
        return [*bridges, NameBridge()]

    @cached_property
    def _ocr(self) -> OcrBridge:
        return OcrBridge()

    @cached_property
    def _asr(self) -> AsrBridge:
        return AsrBridge(model=self.profile.asr_model, language=self.settings.ingest.asr_language)

    def _fill(self, nodes: Sequence[Node]) -> None:
        """Embed a batch of nodes and write it; wordless nodes get no text vectors."""
        contents = [embed_text(node) for node in nodes]
        worded = [i for i, content in enumerate(contents) if content]
        dense: list[Any] = [None] * len(nodes)
        sparse: list[Any] = [None] * len(nodes)
        words = [contents[i] for i in worded]
        encoded = zip(
            worded, self.embedding.embed_texts(words), Bm25().encode_documents(words), strict=True
        )
        for i, vector, terms in encoded:
            dense[i], sparse[i] = vector, terms
        self._store.add(list(nodes), vectors={TEXT: dense, BM25: sparse})

    def _media_words(self, image: str | Path | None, audio: str | Path | None) -> list[str]:
        words = []
        for given, bridge in ((image, self._ocr), (audio, self._asr)):
            if given is None:
                continue
            path = Path(given).expanduser()
            if not path.is_file():
                raise InputError(f"no such file: {given}")
            nodes = bridge(read_file(path, source=path.name))
            text = " ".join(text_of(node) for node in nodes).strip()
            if not text:
                raise InputError(
                    f"{given} holds no words, and profile {self.profile.name} searches pictures "
                    f"and recordings by their words only"
                )
            words.append(text)
        return words

    def _remember(self, roots: Sequence[Root]) -> None:
        if list(roots) != self.roots:
            rows = tuple(StoredRoot(root.prefix, str(root.path)) for root in roots)
            self._manifest = replace(self._manifest, roots=rows)
            write_manifest(self._store.engine, self._manifest)


def embed_text(node: Node) -> str:
    """What is embedded of a node: title, heading path and text; empty for a wordless node."""
    return node.get_content(MetadataMode.EMBED) if text_of(node).strip() else ""


def _spaces(profile: Profile) -> list[Space]:
    return [DenseSpace(TEXT, profile.text_dimension), SparseSpace(BM25)]


def _models(profile: Profile) -> tuple[SpaceModel, ...]:
    weights = locate(profile.text_model, purpose="embed text")
    return (
        SpaceModel(TEXT, weights.model, weights.revision, profile.text_dimension, "cosine"),
        SpaceModel(BM25, BM25_MODEL, BM25_REVISION, None, None),
    )


def _filters(where: Mapping[str, str | int | float] | None) -> MetadataFilters | None:
    if not where:
        return None
    return MetadataFilters(filters=[MetadataFilter(key=k, value=v) for k, v in where.items()])
