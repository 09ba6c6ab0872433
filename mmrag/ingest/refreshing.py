"""Documents of which only the metadata beside their files changed: payloads, not vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llama_index.core.schema import Node

from mmrag.errors import LoadError
from mmrag.ingest.beside import digests
from mmrag.ingest.filling import Filler
from mmrag.ingest.report import Outcome
from mmrag.ingest.scan import SourceFile
from mmrag.loaders.metadata.fields import Keep
from mmrag.loaders.metadata.nodes import refreshed
from mmrag.loaders.metadata.reading import Metadata, read_metadata
from mmrag.loaders.sniff import sniff
from mmrag.modalities import SENSORS
from mmrag.schema import MODALITY, SOURCE
from mmrag.store.documents import INDEXED, DocumentRecord, put_documents, scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.nodes import payload_change, payload_to_node
from mmrag.store.spec import All, Match


@dataclass
class Refresher:
    """Gives documents new fields. What people wrote in them is a node of its own, and the only one
    that is embedded; it is written first and the marker last, so that a run that dies repeats it.

    Attributes:
        keep: what of a file's metadata is kept.
        moderated: new words are to be judged with the rest of their document, which is read again.
        unfit: files to be read after all, since what the index has of them is not whole.
    """

    filler: Filler
    tenant: str | None
    keep: Keep
    moderated: bool = False
    unfit: list[SourceFile] = field(default_factory=list)

    def run(
        self, files: Iterable[SourceFile], known: Mapping[str, DocumentRecord]
    ) -> Iterator[Outcome]:
        """Bring the documents of these files up to date; tells of each that is complete."""
        for file in files:
            if self.moderated or known[file.source].state != INDEXED:
                self.unfit.append(file)
                continue
            nodes, said = self._nodes(file.source), self._said(file)
            if said is None or len(nodes) != known[file.source].chunks:
                self.unfit.append(file)
                continue
            count = self._write(known[file.source], file, nodes, said)
            yield Outcome(file.source, "updated", nodes=count, notes=said.notes)

    def _nodes(self, source: str) -> list[Node]:
        where = All((CHUNKS, Match(SOURCE, source), owned_by(self.tenant)))
        points = scroll_all(self.filler.store.engine, where)
        nodes = (payload_to_node(point.payload) for point in points)
        return [node for node in nodes if isinstance(node, Node)]

    def _said(self, file: SourceFile) -> Metadata | None:
        try:
            kind = sniff(file.path)
            if kind.modality in SENSORS:  # what lies beside it says how its numbers are read
                return None
            return read_metadata(file.path, kind, file.sidecars, keep=self.keep)
        except (LoadError, OSError):
            return None

    def _write(
        self, record: DocumentRecord, file: SourceFile, nodes: Sequence[Node], said: Metadata
    ) -> int:
        engine = self.filler.store.engine
        now = refreshed(nodes, said.fields)
        before = {node.node_id: node for node in nodes}
        if now.anew:
            self.filler.write(now.anew, self.filler.encode(now.anew).columns)
        for node in now.same:
            if node != before[node.node_id]:
                engine.set_payload(payload_change(before[node.node_id], node), [node.node_id])
        if now.gone:
            engine.delete(ids=now.gone)
        held = [*now.same, *now.anew]
        put_documents(
            engine,
            [
                replace(
                    record,
                    size=file.size,
                    mtime_ns=file.mtime_ns,
                    chunks=len(held),
                    nodes=dict(Counter(str(node.metadata[MODALITY]) for node in held)),
                    reason=None,
                    sidecars=digests(file.sidecars),
                )
            ],
        )
        engine.flush()
        return len(held)
