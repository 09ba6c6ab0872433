"""What every reranker has in common: which candidates it judges, their new order, LlamaIndex."""

from __future__ import annotations

import math
import threading
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from llama_index.core.instrumentation.events.rerank import ReRankEndEvent, ReRankStartEvent
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, QueryBundle
from llama_index_instrumentation import get_dispatcher
from pydantic import Field, PrivateAttr

from mmrag.errors import NonFiniteVector
from mmrag.rerank.placing import placed
from mmrag.retrieval.fusion import ChannelScore
from mmrag.retrieval.hybrid import CHANNELS_KEY
from mmrag.schema import SURROGATE, text_of
from mmrag.timing import timed

RERANK = "rerank"
"""The key of a reranker among a hit's channels."""

_dispatcher = get_dispatcher(__name__)


class Reranker(BaseNodePostprocessor):
    """Sorts retrieved nodes by how well their text answers the question.

    A judged node's score becomes the probability that it is relevant, and its
    `metadata["channels"]["rerank"]` holds the reranker's rank, margin (log-odds) and probability.
    Nodes without any text, or with nothing but a stand-in for it, keep their place and score; so
    the order of the returned list is the ranking, and their scores need not fall with it. A
    question without words changes nothing. The given nodes are left as they are; copies return.

    Args:
        model_name: which model judges.
        top_n: how many nodes are returned at most; None returns all.
    """

    model_name: str
    top_n: int | None = Field(default=None, ge=1)

    _model: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @abstractmethod
    def _load(self) -> Any:  # noqa: ANN401  (each reranker's own)
        """What judges; called once."""

    @abstractmethod
    def _margins(self, model: Any, query: str, documents: list[str]) -> Sequence[float]:  # noqa: ANN401
        """The log-odds of each document's relevance, by what `_load` returned."""

    def margins(self, query: str, documents: Sequence[str]) -> list[float]:
        """The log-odds that each document is relevant to the question, in the order given.

        Raises:
            NonFiniteVector: the model answered with something that is no number.
        """
        if not documents:
            return []
        each = list(dict.fromkeys(documents))  # the same texts have the same scores, and cost once
        found = [float(m) for m in self._margins(self._loaded(), query, each)]
        wrong = sum(not math.isfinite(margin) for margin in found)
        if wrong:
            raise NonFiniteVector(
                f"the reranker {self.model_name} judged {wrong} of {len(each)} texts "
                f"with NaN or infinity; the weights are damaged, or the number format is too "
                f"coarse for them (try dtype float32)"
            )
        by = dict(zip(each, found, strict=True))
        return [by[document] for document in documents]

    def scores(self, query: str, documents: Sequence[str]) -> list[float]:
        """The probability, 0..1, that each document is relevant, in the order given."""
        return [probability(margin) for margin in self.margins(query, documents)]

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = query_bundle.query_str.strip() if query_bundle is not None else ""
        if not nodes or not query:
            return nodes[: self.top_n]
        _dispatcher.event(
            ReRankStartEvent(
                query=query_bundle,
                nodes=nodes,
                top_n=self.top_n or len(nodes),
                model_name=self.model_name,
            )
        )
        judged = [row for row, hit in enumerate(nodes) if has_words(hit.node)]
        texts = [nodes[row].node.get_content(MetadataMode.EMBED) for row in judged]
        margins: list[float | None] = [None] * len(nodes)
        for row, found in zip(judged, self.margins(query, texts), strict=True):
            margins[row] = found
        ranked, rank = [], 0
        for row in placed(margins):
            margin = margins[row]
            rank += margin is not None
            ranked.append(nodes[row] if margin is None else _judged(nodes[row], rank, margin))
        _dispatcher.event(ReRankEndEvent(nodes=ranked[: self.top_n]))
        return ranked[: self.top_n]

    def _loaded(self) -> Any:  # noqa: ANN401  (each reranker's own)
        with self._lock:
            if self._model is None:
                with timed(f"load {self.model_name}"):
                    self._model = self._load()
            return self._model

    def __getstate__(self) -> dict[str, Any]:
        bare = self.model_copy()  # LlamaIndex tries whether each attribute can be pickled, by doing
        bare._model, bare._lock = None, None  # it: with the model that would take gigabytes
        return super(Reranker, bare).__getstate__()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._model, self._lock = None, threading.Lock()


def has_words(node: BaseNode) -> bool:
    """Whether a node has text of its own, not only a stand-in such as its file's name."""
    return bool(text_of(node).strip()) and not node.metadata.get(SURROGATE)


def probability(margin: float) -> float:
    """The sigmoid; of a difference of two logits, their softmax."""
    if margin >= 0:
        return 1 / (1 + math.exp(-margin))
    return math.exp(margin) / (1 + math.exp(margin))


def _judged(hit: NodeWithScore, rank: int, margin: float) -> NodeWithScore:
    """A copy of the hit with its new score and what the reranker said of it."""
    score = probability(margin)
    said = {RERANK: asdict(ChannelScore(rank, margin, score))}
    node = hit.node
    channels = {**(node.metadata.get(CHANNELS_KEY) or {}), **said}
    copy = node.model_copy(
        update={
            "metadata": {**node.metadata, CHANNELS_KEY: channels},
            **{
                name: [*(key for key in getattr(node, name) if key != CHANNELS_KEY), CHANNELS_KEY]
                for name in ("excluded_embed_metadata_keys", "excluded_llm_metadata_keys")
            },
        }
    )
    return NodeWithScore(node=copy, score=score)
