"""Fair re-ranking as a LlamaIndex postprocessor: bounds on whom the first hits show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from pydantic import Field

from mmrag.errors import ConfigError
from mmrag.evaluation.fairness.reranking import METHODS, bounds
from mmrag.schema import SOURCE


class FairRerank(BaseNodePostprocessor):
    """Brings retrieved nodes into an order whose prefixes show each group within bounds.

    Of the first k nodes that have a group, each group gets at least floor(k (share - slack)) and at
    most ceil(k (share + slack)), as far as its nodes reach (`mmrag.evaluation.fairness.reranking`).
    Nodes of one group stay in their order, nodes without a group keep their place, and scores stay
    as they are, so that the order of the list is the ranking. `mmrag eval fairness --rerank` tells
    what it costs. Retrieve more nodes than are wanted, and let `top_n` cut them.

    Args:
        desired: by group, the share that it should have; above 0, with a sum of 1. A node of a
            group that is not here has no group.
        attribute: the metadata field that holds the group.
        groups: by source, the group, in place of `attribute`.
        method: "detgreedy" or "detcons", which holds the lower bounds for four groups and more.
        slack: by how much a share may be missed, 0..1; with 1 nothing moves.
        top_n: how many nodes are returned at most; None returns all.

    Raises:
        ConfigError: the shares or the slack are no such numbers, or nothing says the groups.
    """

    desired: Mapping[str, float]
    attribute: str = ""
    groups: Mapping[str, str] | None = None
    method: Literal["detgreedy", "detcons"] = "detgreedy"
    slack: float = 0.0
    top_n: int | None = Field(default=None, ge=1)

    def __init__(
        self,
        *,
        desired: Mapping[str, float],
        attribute: str = "",
        groups: Mapping[str, str] | None = None,
        method: Literal["detgreedy", "detcons"] = "detgreedy",
        slack: float = 0.0,
        top_n: int | None = None,
        **base: Any,  # noqa: ANN401  (LlamaIndex's own fields)
    ) -> None:
        bounds(desired, slack)
        if not attribute and groups is None:
            raise ConfigError("FairRerank needs an attribute, a field, or groups by source")
        super().__init__(
            desired=desired,
            attribute=attribute,
            groups=groups,
            method=method,
            slack=slack,
            top_n=top_n,
            **base,
        )

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        order = METHODS[self.method](
            [self._group(hit.node) for hit in nodes], bounds(self.desired, self.slack)
        )
        return [nodes[row] for row in order][: self.top_n]

    def _group(self, node: BaseNode) -> str | None:
        if self.groups is not None:
            found: object = self.groups.get(str(node.metadata.get(SOURCE)))
        else:
            found = node.metadata.get(self.attribute)
        if isinstance(found, list):  # as authors are; of several, none is the one
            found = found[0] if len(found) == 1 else None
        group = "" if found is None else str(found).strip()
        return group if group in self.desired else None
