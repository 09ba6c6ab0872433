"""A reranker that judges by a table instead of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr

from mmrag.rerank.base import Reranker


class ByTable(Reranker):
    """Judges each text by its last word."""

    model_name: str = "table"
    table: Mapping[str, float]
    _asked: list[list[str]] = PrivateAttr(default_factory=list)

    def _load(self) -> Mapping[str, float]:
        return self.table

    def _margins(self, model: Any, query: str, documents: list[str]) -> list[float]:
        self._asked.append(documents)
        return [model[text.split()[-1]] for text in documents]
