"""Moderation at index time: flags written on nodes, documents kept in quarantine or out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.schema import Node

from mmrag.ingest.judging import Judgement
from mmrag.schema import FLAG_REASONS, FLAGS, POLICY, QUARANTINED
from mmrag.spaces import Columns
from mmrag.tasks.moderation.flags import Flag, strictest
from mmrag.tasks.moderation.moderator import Moderator

_REASONS = 20
"""Reasons that a node keeps; a list of addresses has hundreds of them."""


class ModerationJudge:
    """A judge of `mmrag.ingest.judging` that goes by a policy."""

    keys = frozenset({FLAGS, FLAG_REASONS, POLICY, QUARANTINED})

    def __init__(self, moderator: Moderator) -> None:
        self.moderator = moderator

    def judge(self, nodes: Sequence[Node], columns: Columns) -> list[Judgement]:
        """One judgement a node: flags with their reasons and the policy, and what they lead to."""
        return [self._judgement(flags) for flags in self.moderator.flags(nodes, columns)]

    def _judgement(self, flags: Sequence[Flag]) -> Judgement:
        if not flags:
            return Judgement()
        action, version = strictest(flags), self.moderator.policy.version
        reasons = list(dict.fromkeys(flag.reason for flag in flags))
        fields: dict[str, Any] = {
            FLAGS: list(dict.fromkeys(flag.category for flag in flags)),
            FLAG_REASONS: reasons[:_REASONS],
            POLICY: version,
        }
        if action == "quarantine":
            fields[QUARANTINED] = True
        if action != "skip":
            return Judgement(fields)
        why = "; ".join(flag.reason for flag in flags if flag.action == "skip")
        return Judgement(fields, refused=f"refused by policy {version}: {why[:300]}")
