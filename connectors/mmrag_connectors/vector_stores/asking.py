"""Asking several vector stores: the hybrid retriever over them, and answers from what it finds."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.answering import WEIGHED
from mmrag.config import RetrievalSettings, Settings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import ConfigError
from mmrag.generation.reader_minilm import packaged_reader
from mmrag.generation.synthesizer import GroundedSynthesizer
from mmrag.generation.writer import AnswerWriter
from mmrag.modalities import Modality
from mmrag.profiles import TEXT
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.hybrid import HybridRetriever
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.scales import Scales, measure
from mmrag.spaces import Spaces
from mmrag_connectors.vector_stores.contents import Contents
from mmrag_connectors.vector_stores.engine import StoresEngine


class Asking:
    """The side of `SpaceStores` that is asked; what goes in is the other side's."""

    _contents: Contents
    _engine: StoresEngine
    _spaces: Spaces
    _scales: Scales | None

    def as_retriever(
        self,
        *,
        top_k: int = 10,
        modalities: Sequence[Modality | str] = (),
        filters: MetadataFilters | None = None,
        tenant: str | None = None,
        settings: RetrievalSettings | None = None,
    ) -> HybridRetriever:
        """The hybrid retriever, for any query engine; the hits are whole nodes with `channels`.

        Filters go to the stores as far as each of them takes any. What they return is looked at
        here again, and more is asked for where too little of it passed, up to 10,000 nodes.

        Args:
            modalities, filters, tenant: as of `HybridRetriever`.
            settings: how candidates are fused. "auto" is calibrated where there is a space of
                media and all stores give scores that can be read as cosines, and dbsf elsewhere.

        Raises:
            ConfigError: `diversity` or `collapse_similar`, which need vectors that stores do not
                give back, or "calibrated" with scores that are no cosines.
        """
        chosen = settings or RetrievalSettings()
        if chosen.diversity or chosen.collapse_similar is not None:
            raise ConfigError(
                "retrieval.diversity and retrieval.collapse_similar compare the vectors of hits, "
                "and vector stores do not give vectors back; leave them off, or search an index"
            )
        fusion = self._fusion(chosen)
        if fusion == "calibrated" and (self._scales is None or self._scales.stale(self._engine)):
            self._scales = measure(self, self.channels())
        return HybridRetriever(
            self,
            self.channels(),
            top_k=top_k,
            candidates=chosen.candidates,
            fusion=fusion,
            rrf_k=chosen.rrf_k,
            weights=chosen.weights,
            filters=filters,
            modalities=[Modality(modality) for modality in modalities],
            tenant=tenant,
            collapse=chosen.collapse,
            expand=chosen.expand,
            scales=self._scales,
        )

    def as_query_engine(
        self,
        retriever: HybridRetriever | None = None,
        *,
        settings: Settings | None = None,
        streaming: bool = False,
    ) -> RetrieverQueryEngine:
        """A LlamaIndex query engine that answers with checked citations, as an index does.

        Args:
            retriever: of these stores; None takes one that is wide enough for answers.
            settings: of the answers, such as "answer.llm"; None quotes instead of wording.
            streaming: whether responses yield verified sentences one by one.
        """
        writer = AnswerWriter(
            settings or Settings(),
            embed=self.embedding.embed_texts,
            fresh=lambda source: True,  # no files are known here that could have changed
            reader=packaged_reader(),
        )
        return RetrieverQueryEngine(
            retriever or self.as_retriever(top_k=WEIGHED),
            response_synthesizer=GroundedSynthesizer(writer, streaming=streaming),
        )

    @property
    def embedding(self) -> MediaEmbedding:
        """The embedding of the `text` space."""
        return self._spaces.embedding(TEXT)

    def channels(self) -> list[Channel]:
        """One channel a space: how each is asked. Models load on first use."""
        return [c for c in self._spaces.channels(self._engine) if c.space in self._engine.spaces]

    # --- as retrieval knows it -------------------------------------------------------------------

    @property
    def engine(self) -> StoresEngine:
        """What ranks over all stores."""
        return self._engine

    @property
    def primary(self) -> str:
        """The space of the words."""
        return TEXT

    def nodes_by_point(self, point_ids: Sequence[str]) -> dict[str, BaseNode]:
        """The nodes with these ids that exist, in the order given."""
        nodes = self._contents.docstore.get_nodes(list(point_ids), raise_error=False)
        return {node.node_id: node for node in nodes}

    def _fusion(self, chosen: RetrievalSettings) -> Fusion:
        wanted = chosen.fusion
        if wanted == "auto" and not self._spaces.media:
            return "dbsf"
        if wanted != "auto" and wanted != "calibrated":
            return wanted
        odd = [name for name in self._contents.dense if not self._engine.reads_cosines(name)]
        if not odd:
            return "calibrated"
        if wanted == "auto":
            return "dbsf"
        raise ConfigError(
            f"calibrated fusion needs scores that can be read as cosines, and those of the store "
            f"of {', '.join(odd)} cannot; choose dbsf, rrf or weighted_sum"
        )
