"""What stands in an index, point by point, against what stands in the folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mmrag.embeddings.bm25 import Bm25
from mmrag.loaders.base import sha256_of
from mmrag.loaders.registry import read_file
from mmrag.schema import CHUNK, SHA256, SOURCE, text_of
from mmrag.store.documents import DocumentRecord, list_documents, scroll_all
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNKS
from mmrag.store.nodes import payload_to_node
from mmrag.store.spec import Point, Prefetch, Query

Key = tuple[str, str, int]
"""(source, sha256, chunk)"""


@dataclass(frozen=True)
class Faults:
    """What is wrong with an index; each row says which document and why."""

    lost: tuple[str, ...] = ()
    duplicated: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()


def compare(index: Path, folder: Path, words: dict[str, str]) -> Faults:
    """Every file of the folder must be in the index once and whole, and nothing else.

    Args:
        words: by source, a word that finds this file alone.
    """
    wanted: dict[Key, str] = {}
    for source in words:
        wanted |= _passages(folder / source, source)
    with EdgeEngine.open(index) as engine:
        chunks = list(scroll_all(engine, CHUNKS, with_vectors=True))
        records = list_documents(engine)
        unfound = [source for source, word in words.items() if _found(engine, word) != {source}]
    found = Counter(_key(point) for point in chunks)
    lost = [f"{key} is not there" for key in wanted.keys() - found.keys()]
    lost += [f"{source} is not found by its word" for source in unfound]
    lost += list(_damaged(chunks, wanted))
    marked = Counter(record.source for record in records)
    lost += [f"{source} has no marker" for source in words.keys() - marked.keys()]
    lost += list(_mismarked(records, wanted))
    return Faults(
        tuple(lost),
        tuple(f"{key} {count} times" for key, count in (found + marked).items() if count > 1),
        tuple(f"{key}" for key in (found.keys() - wanted.keys()) | (marked.keys() - words.keys())),
    )


def unkept(index: Path, folder: Path, acknowledged: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What was said to be done in a run that was cut off, and is not."""
    rows = {source: status for status, source in acknowledged}
    if not rows:
        return ()
    with EdgeEngine.open(index) as engine:
        held = {_key(point) for point in scroll_all(engine, CHUNKS)}
        marked = {record.source: record.sha256 for record in list_documents(engine)}
    broken = []
    for source, status in rows.items():
        if status == "removed":
            kept = source not in marked and all(key[0] != source for key in held)
        else:
            wanted = _passages(folder / source, source).keys()
            kept = marked.get(source) == sha256_of(folder / source) and wanted <= held
        if not kept:
            broken.append(f"{source} was said to be {status}")
    return tuple(broken)


def _passages(path: Path, source: str) -> dict[Key, str]:
    sha256 = sha256_of(path)
    nodes = read_file(path, source)
    return {(source, sha256, number): text_of(node) for number, node in enumerate(nodes)}


def _key(point: Point) -> Key:
    row = point.payload
    return str(row[SOURCE]), str(row[SHA256]), int(row[CHUNK])


def _damaged(chunks: list[Point], wanted: dict[Key, str]) -> Iterable[str]:
    for point in chunks:
        key = _key(point)
        if key in wanted and text_of(payload_to_node(point.payload)) != wanted[key]:
            yield f"{key} has another text"
        if not {"text", "bm25"} <= point.vectors.keys():
            yield f"{key} has only the vectors {sorted(point.vectors)}"


def _mismarked(records: list[DocumentRecord], wanted: dict[Key, str]) -> Iterable[str]:
    passages = Counter(key[:2] for key in wanted)
    for record in records:
        if passages[record.source, record.sha256] != record.chunks:
            yield f"the marker of {record.source} promises {record.chunks} passages"


def _found(engine: EdgeEngine, word: str) -> set[str]:
    asked = Prefetch(Bm25().encode_query(word), "bm25", 20)
    return {str(hit.payload[SOURCE]) for hit in engine.query(Query((asked,), 20, where=CHUNKS))}
