"""The documents of an index, as a run changes them: what needs no reading and no embedding."""

from __future__ import annotations

from collections.abc import Iterator

from mmrag.ingest.report import Outcome
from mmrag.ingest.sync import Plan
from mmrag.store.documents import delete_document, put_documents
from mmrag.store.spec import Engine


def settle(engine: Engine, plan: Plan) -> Iterator[Outcome]:
    """Bring the documents up to date whose content is in the index already."""
    if plan.touched:
        put_documents(engine, plan.touched)
        engine.flush()
    for record in (*plan.unchanged, *plan.touched):
        yield Outcome(record.source, "unchanged", nodes=record.chunks)


def remove_gone(engine: Engine, plan: Plan, tenant: str | None) -> Iterator[Outcome]:
    """Take out the documents whose files have left."""
    for source in plan.gone:
        delete_document(engine, source, tenant)
        yield Outcome(source, "removed")
