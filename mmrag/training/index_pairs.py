"""Pairs out of an index: its pictures and recordings with the words that belong to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_index.core.schema import BaseNode

from mmrag.embeddings.media import AudioPart, ImagePart, image_of, sound_of
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.schema import END_MS, MODALITY, SOURCE, START_MS, SURROGATE, VIA, text_of
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, MatchAny

TEXTS = ("caption", "sidecar", "metadata", "ocr", "asr", "subtitles")
"""Where the words of a picture or recording may come from, as `via` of its nodes has it."""
_PAGE = 256


@dataclass(frozen=True)
class Exported:
    """What was written: how many pairs by where their words are from, and what was left out.

    Attributes:
        missing: files that are in the index and not on this machine.
    """

    path: Path
    counts: Mapping[str, int]
    missing: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """Of all kinds."""
        return sum(self.counts.values())


def export_pairs(
    store: MMRagQdrantStore,
    out: str | Path,
    *,
    kind: Modality,
    tenant: str | None = None,
    via: Collection[str] = TEXTS,
) -> Exported:
    """Write a JSONL file that `read_pairs` reads: a picture or recording, and its words, a line.

    A picture comes with its caption, with what people wrote of it, and with the words that were
    read in it; a scene of a film, and a stretch of a recording, with what is said meanwhile. Paths
    below the folder of the file are relative to it.

    Args:
        kind: Modality.IMAGE (scenes of films are pictures, too) or Modality.AUDIO.
        tenant: whose documents; None takes those that are nobody's.
        via: where the words may come from.

    Raises:
        InputError: no pairs there, an unknown `via`, or a file that cannot be written.
    """
    if unknown := sorted(set(via) - set(TEXTS)):
        raise InputError(f"no words come from {unknown[0]!r}; known are: {', '.join(TEXTS)}")
    if kind not in (Modality.IMAGE, Modality.AUDIO):
        raise InputError(f"pairs are of image or audio with text, not of {kind.value}")
    path = Path(out).expanduser()
    counts: dict[str, int] = {}
    missing: dict[str, None] = {}
    lines: dict[str, None] = {}
    for media, text, source in _paired(_by_document(store, tenant), kind, via):
        if not media.path.is_file():
            missing.setdefault(str(media.path))
            continue
        cell = {"path": _relative(media.path, path.absolute().parent), **_fields(media)}
        line = json.dumps({kind.value: cell, "text": text}, ensure_ascii=False)
        if line not in lines:
            lines[line] = None
            counts[source] = counts.get(source, 0) + 1
    if not lines:
        more = f"; {len(missing)} files are not on this machine" if missing else ""
        raise InputError(f"{store.engine.location} has no {kind.value} with words{more}")
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc
    return Exported(path, counts, tuple(missing))


def _by_document(store: MMRagQdrantStore, tenant: str | None) -> Iterator[list[BaseNode]]:
    """The nodes of pictures, recordings and films, a document at a time, in order of source."""
    shown = tuple(m.value for m in (Modality.IMAGE, Modality.AUDIO, Modality.VIDEO))
    where = All((CHUNKS, owned_by(tenant), MatchAny(MODALITY, shown)))
    ids: dict[str, list[str]] = {}
    for point in scroll_all(store.engine, where):
        ids.setdefault(str(point.payload.get(SOURCE)), []).append(point.id)
    for source in sorted(ids):
        nodes: list[BaseNode] = []
        for start in range(0, len(ids[source]), _PAGE):
            nodes += store.nodes_by_point(ids[source][start : start + _PAGE]).values()
        yield nodes


def _paired(
    documents: Iterator[list[BaseNode]], kind: Modality, via: Collection[str]
) -> Iterator[tuple[ImagePart | AudioPart, str, str]]:
    """Each picture or stretch of sound with its words, and where these are from."""
    for nodes in documents:
        worded = [node for node in nodes if _words(node) and node.metadata.get(VIA) in via]
        for node in worded:
            if node.metadata[MODALITY] == kind.value:
                media = image_of(node) if kind is Modality.IMAGE else sound_of(node)
                if isinstance(media, ImagePart | AudioPart):
                    yield media, _words(node), str(node.metadata[VIA])
        if kind is not Modality.IMAGE:
            continue
        for scene in nodes:
            if scene.metadata[MODALITY] != Modality.VIDEO.value:
                continue
            said = [node for node in worded if _meanwhile(scene, node)]
            picture = image_of(scene)
            if said and isinstance(picture, ImagePart):
                said.sort(key=lambda node: int(node.metadata[START_MS]))
                words = " ".join(map(_words, said))
                yield picture, words, str(said[0].metadata[VIA])


def _words(node: BaseNode) -> str:
    """The words of a node; a file's name is none."""
    return "" if node.metadata.get(SURROGATE) else " ".join(text_of(node).split())


def _meanwhile(scene: BaseNode, heard: BaseNode) -> bool:
    """Whether most of what is heard falls into the scene."""
    begin, end = (heard.metadata.get(key) for key in (START_MS, END_MS))
    if heard.metadata[MODALITY] != Modality.AUDIO.value or begin is None or end is None:
        return False
    first, last = scene.metadata.get(START_MS), scene.metadata.get(END_MS)
    common = min(end, end if last is None else last) - max(begin, first or 0)
    return bool(common > (end - begin) / 2)


def _relative(path: Path, folder: Path) -> str:
    whole = path.absolute()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(whole)


def _fields(media: ImagePart | AudioPart) -> dict[str, Any]:
    """What tells a part from the whole file."""
    if isinstance(media, AudioPart):
        found: dict[str, Any] = {"start_ms": media.start_ms, "end_ms": media.end_ms}
    else:
        found = {"page": media.page, "bbox": media.bbox, "at_ms": media.at_ms}
    return {name: value for name, value in found.items() if value is not None}
