"""Documents of an index judged again, kept out of searches, and released: no file is read.

A crash never shows what is to be hidden: a marker says so before its nodes do, and says otherwise
after they do. What was left half done the next run does again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from llama_index.core.schema import Node

from mmrag.errors import InputError
from mmrag.ingest.judging import Judge, judged
from mmrag.ingest.verdicts import settled
from mmrag.schema import FLAG_REASONS, QUARANTINED, SOURCE
from mmrag.spaces import Columns
from mmrag.store.documents import (
    HELD,
    IN_QUARANTINE,
    INDEXED,
    REFUSED,
    DocumentRecord,
    delete_stale_chunks,
    get_document,
    list_records,
    put_document,
    refused,
    scroll_all,
)
from mmrag.store.kinds import ALL_CHUNKS, owned_by
from mmrag.store.nodes import payload_change, payload_to_node
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Match, Point


@dataclass
class Reassessed:
    """What became of documents that were judged again.

    Attributes:
        documents: how many were looked at.
        changed: nodes that were written, for what judges say of them is something else now.
        quarantined, refused: by source, why; those that were so before are not among them.
        released: sources that can be found again.
    """

    documents: int = 0
    changed: int = 0
    quarantined: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)


def reassess(
    store: MMRagQdrantStore,
    judges: Sequence[Judge],
    tenant: str | None,
    *,
    policy: str,
    progress: Callable[[str], object] = str,
) -> Reassessed:
    """Judge every document of a tenant again, by the vectors and texts that the index keeps.

    A document that is refused now leaves the index. Files that were refused before are not in it:
    the next run of `mmrag index` reads them again if the policy is another one.

    Args:
        policy: the moderation policy that the judges go by.
        progress: told each source before it is looked at.
    """
    found = Reassessed()
    try:
        for record in list_records(store.engine, tenant=tenant):
            if record.state in HELD:
                progress(record.source)
                _reassess(store, judges, record, policy, found)
                found.documents += 1
    finally:
        store.engine.flush()
    return found


def _reassess(
    store: MMRagQdrantStore,
    judges: Sequence[Judge],
    record: DocumentRecord,
    policy: str,
    found: Reassessed,
) -> None:
    engine, pairs = store.engine, list(_nodes(store, record, with_vectors=True))
    nodes = [node for node, _ in pairs]
    before = [node.model_copy(deep=True) for node in nodes]
    columns: Columns = {
        space: [point.vectors.get(space) for _, point in pairs] for space in engine.spaces
    }
    why = judged(judges, nodes, columns)
    reason = next((why[row] for row in sorted(why)), None)
    verdict = settled(nodes, reason, released=record.released)
    if verdict.refused is not None:
        delete_stale_chunks(engine, [record.source], [], record.tenant)
        put_document(engine, refused(record, verdict.refused, policy))
        found.refused[record.source] = verdict.refused
        return
    state = INDEXED if verdict.quarantined is None else IN_QUARANTINE
    if state == IN_QUARANTINE and state != record.state:
        put_document(engine, replace(record, state=state))
        found.quarantined[record.source] = verdict.quarantined or ""
    for row, (node, point) in enumerate(pairs):
        if node != before[row]:
            engine.set_payload(payload_change(before[row], node), [point.id])
            found.changed += 1
    if state == INDEXED and state != record.state:
        put_document(engine, replace(record, state=state))
        found.released.append(record.source)


def reasons_of(store: MMRagQdrantStore, record: DocumentRecord) -> list[str]:
    """Why a document is kept out, a line a flag."""
    if record.state == REFUSED:
        return [record.reason or ""]
    nodes = (node for node, _ in _nodes(store, record))
    lines = (str(line) for node in nodes for line in node.metadata.get(FLAG_REASONS) or ())
    return list(dict.fromkeys(lines))


def release(store: MMRagQdrantStore, source: str, tenant: str | None) -> DocumentRecord:
    """Let a document be found again, until its content changes, whatever a policy says of it.

    A file that was refused is read by the next run of `mmrag index`.

    Returns:
        Its record as it was.

    Raises:
        InputError: it is neither in quarantine nor refused.
    """
    engine, record = store.engine, get_document(store.engine, source, tenant)
    if record is None or record.state not in (IN_QUARANTINE, REFUSED):
        state = "not in the index" if record is None else record.state
        raise InputError(
            f"{source} is {state}, so there is nothing to release; mmrag moderate --list shows "
            f"what is kept out"
        )
    if record.state == REFUSED:
        put_document(engine, replace(record, released=True))
    else:
        for node, point in list(_nodes(store, record)):
            before = node.model_copy(deep=True)
            node.metadata.pop(QUARANTINED, None)
            engine.set_payload(payload_change(before, node), [point.id])
        put_document(engine, replace(record, state=INDEXED, released=True))
    engine.flush()
    return record


def _nodes(
    store: MMRagQdrantStore, record: DocumentRecord, *, with_vectors: bool = False
) -> Iterator[tuple[Node, Point]]:
    where = All((ALL_CHUNKS, Match(SOURCE, record.source), owned_by(record.tenant)))
    for point in scroll_all(store.engine, where, with_vectors=with_vectors):
        node = payload_to_node(point.payload)
        if isinstance(node, Node):
            yield node, point
