"""What an index knows of itself: its manifest, the places it was made of, its documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmrag.ingest.scan import Root, path_of
from mmrag.ingest.sources.spool import Spool
from mmrag.ingest.verify import Freshness
from mmrag.store.documents import (
    HELD,
    IN_QUARANTINE,
    INDEXED,
    REFUSED,
    DocumentRecord,
    get_document,
    list_documents,
    list_records,
)
from mmrag.store.manifest import Manifest, read_manifest, write_manifest
from mmrag.store.manifest import Root as StoredRoot
from mmrag.store.spec import Engine


@dataclass
class Described:
    """A collection and its manifest, which every tenant's `Record` shares."""

    engine: Engine
    manifest: Manifest

    def reread(self) -> None:
        """Take the manifest as it is now: on a server another process may have changed it."""
        self.manifest = read_manifest(self.engine) or self.manifest

    def amend(self, **changes: Any) -> None:  # noqa: ANN401  (fields of the manifest)
        """Change fields of the manifest, and store it; the others stay as they are now."""
        self.reread()
        self.manifest = replace(self.manifest, **changes)
        write_manifest(self.engine, self.manifest)


@dataclass(frozen=True)
class Record:
    """What is known of one tenant's documents; without a tenant, of those that are nobody's."""

    described: Described
    tenant: str | None
    spool: Spool

    @property
    def roots(self) -> list[Root]:
        """The places that were indexed for the tenant."""
        own = [root for root in self.described.manifest.roots if root.tenant == self.tenant]
        return [Root.at(root.path, root.prefix) for root in own]

    def documents(self) -> list[DocumentRecord]:
        """Every document of the tenant."""
        return list_documents(self.described.engine, tenant=self.tenant)

    def document(self, source: str) -> DocumentRecord | None:
        """The tenant's document of that source; a file that was never read is none."""
        record = get_document(self.described.engine, source, self.tenant)
        return record if record is not None and record.state == INDEXED else None

    def failures(self) -> list[DocumentRecord]:
        """The tenant's files that could not be read the last time."""
        records = list_records(self.described.engine, tenant=self.tenant)
        return [record for record in records if record.reason and record.state != REFUSED]

    def kept_out(self) -> list[DocumentRecord]:
        """The tenant's documents in quarantine, and files that a moderation policy refused."""
        records = list_records(self.described.engine, tenant=self.tenant)
        return [record for record in records if record.state in (IN_QUARANTINE, REFUSED)]

    def held(self) -> list[DocumentRecord]:
        """Every document of the tenant, those in quarantine too."""
        records = list_records(self.described.engine, tenant=self.tenant)
        return [record for record in records if record.state in HELD]

    def path_of(self, source: str) -> Path | None:
        """The file behind a citation's source."""
        return path_of(source, self.roots, self.spool)

    def fresh(self) -> Freshness:
        """Tells whether a source is still what was indexed."""
        return Freshness(self.document, self.path_of)

    def remember(self, roots: Sequence[Root]) -> None:
        """Store the tenant's places, if they are others than those that are known."""
        self.described.reread()
        if list(roots) != self.roots:
            known = self.described.manifest.roots
            others = [root for root in known if root.tenant != self.tenant]
            rows = [StoredRoot(root.prefix, root.place, self.tenant) for root in roots]
            self.described.amend(roots=(*others, *rows))
