"""What stands around a passage in its document: the neighbours of each hit, fetched by their ids.

Ids of nodes are made of source, content and chunk number, so the neighbours of a passage are known
without searching for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from llama_index.core.schema import BaseNode

from mmrag.schema import CHUNK, METADATA, SHA256, SOURCE, SURROGATE, TENANT, VIA, node_id, text_of

CONTEXT = "context"
"""Metadata key of a hit's surroundings. `MetadataReplacementPostProcessor("context")` of LlamaIndex
puts them in the place of the hit's own text."""

Fetch: TypeAlias = Callable[[Sequence[str]], Mapping[str, BaseNode]]
"""Nodes by id, of those that exist."""


@dataclass(frozen=True, order=True)
class _Document:
    """One version of a document; `tenant` is "" for nobody's."""

    source: str
    sha256: str
    tenant: str

    def id_of(self, chunk: int) -> str:
        return node_id(self.source, self.sha256, chunk, self.tenant or None)


@dataclass
class _Stretch:
    """Passages `first` to `last` of a document, and the hits that stand in it."""

    document: _Document
    first: int
    last: int
    hits: list[BaseNode]

    @property
    def ids(self) -> list[str]:
        return [self.document.id_of(chunk) for chunk in range(self.first, self.last + 1)]


def expand(answers: Sequence[Sequence[BaseNode]], neighbours: int, fetch: Fetch) -> None:
    """Give every hit that is a passage its surroundings under `CONTEXT`.

    Each gets its own text with that of so many `neighbours` on either side, in the order of the
    document. Where those of several hits of one answer overlap, all of them get the whole stretch.
    Hits without words, or made elsewhere, get nothing.

    Args:
        answers: the hits of each question.
        fetch: called once, with the ids of all neighbours.
    """
    stretches = [stretch for hits in answers for stretch in _stretches(hits, neighbours)]
    held = {hit.node_id: text for s in stretches for hit in s.hits if (text := _words(hit))}
    missing = dict.fromkeys(n for stretch in stretches for n in stretch.ids if n not in held)
    found = fetch(list(missing)) if missing else {}
    held.update({name: words for name, node in found.items() if (words := _words(node))})
    for stretch in stretches:
        context = "\n\n".join(held[name] for name in stretch.ids if name in held)
        for hit in stretch.hits:
            hit.metadata[CONTEXT] = context


def _stretches(hits: Sequence[BaseNode], neighbours: int) -> Iterator[_Stretch]:
    """Where the surroundings of hits overlap they are one stretch."""
    passages = [(place, hit) for hit in hits if (place := _place(hit)) and _words(hit)]
    last: _Stretch | None = None
    in_order = sorted(passages, key=lambda row: row[0])
    for (document, chunk), hit in in_order:
        first, end = max(0, chunk - neighbours), chunk + neighbours
        if last is not None and last.document == document and first <= last.last:
            last.last = end
            last.hits.append(hit)
            continue
        if last is not None:
            yield last
        last = _Stretch(document, first, end, [hit])
    if last is not None:
        yield last


def _place(node: BaseNode) -> tuple[_Document, int] | None:
    meta = node.metadata
    source, sha256, chunk = meta.get(SOURCE), meta.get(SHA256), meta.get(CHUNK)
    if source is None or sha256 is None or not isinstance(chunk, int):
        return None
    return _Document(str(source), str(sha256), str(meta.get(TENANT) or "")), chunk


def _words(node: BaseNode) -> str:
    """What a passage says; what a file says of itself stands around nothing."""
    meta = node.metadata
    return "" if meta.get(SURROGATE) or meta.get(VIA) == METADATA else text_of(node).strip()
