"""From verdicts on nodes to what becomes of their documents, which go together.

The doors hand out whole files, and neighbours and copies are shown of what is found: so a document
of which one node is refused or in quarantine is refused or in quarantine as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.schema import Node

from mmrag.ingest.judging import Judge, judged
from mmrag.ingest.reading import Read
from mmrag.schema import FLAG_REASONS, QUARANTINED
from mmrag.spaces import Columns
from mmrag.store.documents import IN_QUARANTINE, DocumentRecord

STAYS = "in quarantine since an earlier run, and no policy judges it now"


@dataclass(frozen=True)
class Verdict:
    """What becomes of a document.

    Attributes:
        refused: why it is not to be in the index.
        quarantined: why it is to be found by no search.
    """

    refused: str | None = None
    quarantined: str | None = None


@dataclass(frozen=True)
class Judges:
    """Those who judge what is to be written.

    Attributes:
        each: look at nodes after they were embedded, in this order.
        policy: the moderation policy that one of them goes by.
    """

    each: Sequence[Judge] = ()
    policy: str | None = None

    def settle(
        self, reads: Sequence[Read], columns: Columns, known: Mapping[str, DocumentRecord]
    ) -> None:
        """Write on documents that were read, and on their nodes, what becomes of them.

        Args:
            columns: the vectors of all their nodes, in order.
            known: the index's records by source. Content that was released by hand is let in; what
                is in quarantine stays there while no policy judges it.
        """
        nodes = [node for read in reads for node in read.nodes]
        refused = judged(self.each, nodes, columns) if nodes else {}
        first = 0
        for read in reads:
            rows = range(first, first + len(read.nodes))
            first = rows.stop
            before = known.get(read.file.source)
            read.released = before is not None and before.released and before.sha256 == read.sha256
            stays = self.policy is None and before is not None and before.state == IN_QUARANTINE
            verdict = settled(
                read.nodes,
                next((refused[row] for row in rows if row in refused), None),
                released=read.released,
                stays=stays,
            )
            read.refused, read.quarantined = verdict.refused, verdict.quarantined


def settled(
    nodes: Sequence[Node], refused: str | None, *, released: bool, stays: bool = False
) -> Verdict:
    """The verdict on one document, which is written on all of its nodes.

    Args:
        nodes: all of the document's, judged.
        refused: why a judge refuses it.
        released: somebody let it in by hand.
        stays: it is to stay in quarantine whatever its nodes say.
    """
    kept = [node for node in nodes if node.metadata.pop(QUARANTINED, False)]
    if released:
        return Verdict()
    if refused is not None:
        return Verdict(refused=refused)
    if not kept and not stays:
        return Verdict()
    for node in nodes:
        node.metadata[QUARANTINED] = True
    reasons = [str(line) for node in kept for line in node.metadata.get(FLAG_REASONS) or ()]
    return Verdict(quarantined="; ".join(dict.fromkeys(reasons)) or STAYS)
