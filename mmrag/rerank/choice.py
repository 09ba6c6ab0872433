"""Which reranker an index has, when it is used, and on which of the hits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from llama_index.core.schema import NodeWithScore

from mmrag.config import Settings
from mmrag.errors import ConfigError
from mmrag.profiles import Profile
from mmrag.rerank.base import Reranker
from mmrag.rerank.kinds import Kind, kind_of
from mmrag.rerank.trial import Setup, Trial
from mmrag.retrieval.query import MultiModalQuery
from mmrag.timing import timed

Use = Literal["off", "auto", "on"]
Retrieve = Callable[[MultiModalQuery], Sequence[NodeWithScore]]


class Reranking:
    """Reranking as the settings have it.

    Args:
        settings: the sections `rerank` and `ollama` of them.
        profile: whose reranker it is where the settings name none.
    """

    def __init__(self, settings: Settings, profile: Profile) -> None:
        self._settings = settings
        self._profile = profile

    @property
    def model(self) -> str | None:
        """What judges, a local folder by its whole path; None if nothing is there to do it."""
        chosen = self._settings.rerank.model or self._profile.reranker
        if chosen is None or not (folder := Path(chosen).expanduser()).is_dir():
            return chosen
        return str(folder.resolve())

    @cached_property
    def reranker(self) -> Reranker:
        """The LlamaIndex postprocessor; its weights are loaded on first use.

        Raises:
            ConfigError: neither settings nor profile name a model, or it is one that cannot be run.
        """
        return self._kind.make(self._named, self._settings.rerank, self._settings.ollama)

    @property
    def setup(self) -> Setup:
        """What a trial of this reranking is a trial of.

        Raises:
            ConfigError: neither settings nor profile name a model.
        """
        chosen = self._settings.rerank
        return Setup(self._named, self._kind.name, chosen.candidates, chosen.instruction)

    def wanted(self, use: Use | None, kept: Mapping[str, Any]) -> bool:
        """Whether hits are to be reranked.

        Args:
            use: in place of the settings'.
            kept: what the manifest says of reranking. A trial of another model, of another number
                of candidates or with another instruction says nothing of this one.

        Raises:
            ConfigError: `use` is no such word, or it is "on" and there is no model.
        """
        chosen = self._settings.with_changes({"rerank.use": use}).rerank.use if use else None
        chosen = chosen or self._settings.rerank.use
        if chosen == "auto":
            trial = Trial.of(kept)
            return (
                self.model is not None
                and trial is not None
                and trial.setup == self.setup
                and trial.gate.verdict == "helps"
            )
        return chosen == "on" and bool(self._named)

    def hits(
        self,
        retrieve: Retrieve,
        query: MultiModalQuery,
        *,
        use: Use | None,
        kept: Mapping[str, Any],
    ) -> list[NodeWithScore]:
        """The hits of a query, reranked if that is wanted.

        The best `candidates` are judged, even where fewer are asked for; what is retrieved beyond
        them follows as it came.

        Raises:
            ConfigError: as of `wanted`.
            ModelUnavailable, CheckpointMismatch, GenerationError: the reranker cannot be loaded.
        """
        if not self.wanted(use, kept):
            return list(retrieve(query))
        depth = self._settings.rerank.candidates
        wide = replace(query, top_k=max(query.top_k or 0, depth))
        found = list(retrieve(wide))
        with timed("rerank"):
            judged = self.reranker.postprocess_nodes(found[:depth], query_bundle=query)
        return [*judged, *found[depth:]][: query.top_k]

    @property
    def _kind(self) -> Kind:
        return kind_of(self._named, self._settings.rerank)

    @property
    def _named(self) -> str:
        if self.model is None:
            raise ConfigError(
                f"profile {self._profile.name} has no reranker; name one in the settings, such as "
                f"rerank.model: Qwen/Qwen3-Reranker-0.6B"
            )
        return self.model
