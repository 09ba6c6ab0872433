"""Documents written again under another source, with the vectors that they have.

What is embedded of a passage is the name of its file too, as words before the text. The dense
vectors stay all the same: embedding a moved archive anew would cost hours for a few words, which
BM25 vectors, made anew here, hold exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from llama_index.core.schema import Node

from mmrag.ingest.beside import digests
from mmrag.ingest.filling import Filler
from mmrag.ingest.report import Outcome
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.sync import Rewrite
from mmrag.profiles import BM25
from mmrag.schema import SHA256, SOURCE, move_node
from mmrag.store.documents import (
    PAGE,
    PAGE_OF_VECTORS,
    DocumentRecord,
    delete_documents,
    delete_stale_chunks,
    put_documents,
    scroll_all,
)
from mmrag.store.kinds import ALL_CHUNKS, owned_by
from mmrag.store.nodes import node_to_payload, payload_to_node
from mmrag.store.spec import All, Condition, MatchAny, Point

AT_ONCE = 256
"""Documents written again between two flushes, if they have no more than PAGE passages."""


@dataclass
class Rewriter:
    """Writes documents again. New passages come first, then markers, then the old ones leave:
    a run that dies in between repeats what it had not finished, with the same ids.

    Attributes:
        moved: old sources that have left.
        unfit: files to be read after all, since what the index has of them is not whole.
    """

    filler: Filler
    tenant: str | None
    moved: set[str] = field(default_factory=set)
    unfit: list[SourceFile] = field(default_factory=list)

    def run(self, rewrites: Iterable[Rewrite]) -> Iterator[Outcome]:
        """Write documents again, some at once; tells of each that is complete."""
        for batch in _batches(rewrites):
            yield from self._write(batch)

    def _write(self, batch: Sequence[Rewrite]) -> Iterator[Outcome]:
        engine = self.filler.store.engine
        passages = All(
            (
                ALL_CHUNKS,
                MatchAny(SOURCE, tuple({row.of.source for row in batch})),
                MatchAny(SHA256, tuple({row.of.sha256 for row in batch})),
                owned_by(self.tenant),
            )
        )
        held = engine.facet(SOURCE, passages, limit=len(batch))
        fit = [row for row in batch if held.get(row.of.source) == row.of.chunks]
        self.unfit += [row.file for row in batch if row not in fit]
        if not fit:
            return
        written = self._write_passages(fit, passages)
        engine.flush()
        sources = [row.file.source for row in fit]
        delete_stale_chunks(engine, sources, written, self.tenant)
        put_documents(engine, [_record(row) for row in fit])
        engine.flush()
        leaving = [row.of.source for row in fit if row.leaves]
        if leaving:
            delete_documents(engine, leaving, self.tenant)
            engine.flush()
            self.moved.update(leaving)
        for row in fit:
            yield Outcome(
                row.file.source,
                "moved" if row.leaves else "copied",
                nodes=row.of.chunks,
                reason=f"from {row.of.source}",
            )

    def _write_passages(self, rewrites: Sequence[Rewrite], where: Condition) -> list[str]:
        targets: dict[tuple[str, str], list[SourceFile]] = defaultdict(list)
        for row in rewrites:
            targets[row.of.source, row.of.sha256].append(row.file)
        points = scroll_all(self.filler.store.engine, where, with_vectors=True)
        written: list[str] = []
        while page := list(islice(points, PAGE_OF_VECTORS)):
            written += self._write_page(page, targets)
        return written

    def _write_page(
        self, page: Sequence[Point], targets: Mapping[tuple[str, str], Sequence[SourceFile]]
    ) -> list[str]:
        nodes: list[Node] = []
        vectors = []
        for point in page:
            for file in targets.get((point.payload[SOURCE], point.payload[SHA256]), ()):
                node = payload_to_node(point.payload)
                if isinstance(node, Node):
                    move_node(node, file.source, file.path)
                    nodes.append(node)
                    vectors.append(point.vectors)
        words = self.filler.spaces.encode(nodes, [BM25]).columns[BM25]
        points = [
            Point(
                node.node_id,
                {**kept, BM25: vector} if vector is not None else kept,
                node_to_payload(node),
            )
            for node, kept, vector in zip(nodes, vectors, words, strict=True)
        ]
        self.filler.store.engine.upsert(points)
        return [point.id for point in points]


def _batches(rewrites: Iterable[Rewrite]) -> Iterator[list[Rewrite]]:
    """Those of one document together, for its passages leave with the first of them."""
    batch: list[Rewrite] = []
    passages = 0
    for row in sorted(rewrites, key=lambda row: (row.of.source, not row.leaves)):
        full = len(batch) >= AT_ONCE or passages >= PAGE
        if batch and full and batch[-1].of.source != row.of.source:
            yield batch
            batch, passages = [], 0
        batch.append(row)
        passages += row.of.chunks
    if batch:
        yield batch


def _record(row: Rewrite) -> DocumentRecord:
    file = row.file
    return replace(
        row.of,
        source=file.source,
        size=file.size,
        mtime_ns=file.mtime_ns,
        reason=None,
        sidecars=digests(file.sidecars),
    )
