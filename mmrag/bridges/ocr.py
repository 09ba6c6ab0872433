"""Text in pictures: RapidOCR (PP-OCR through onnxruntime), with the box of every line kept."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, TypeGuard

import numpy as np
from llama_index.core.schema import BaseNode, MediaResource, Node, TransformComponent
from pydantic import PrivateAttr

from mmrag.extras import require
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.passages import Block, Passage, passages
from mmrag.loaders.pixels import picture
from mmrag.modalities import Modality
from mmrag.schema import (
    FILE_PATH,
    MIMETYPE,
    MODALITY,
    SPANS,
    VIA,
    BBox,
    Provenance,
    Span,
    build_node,
    clipped,
    pack_span,
    provenance_of,
    text_of,
    union,
)
from mmrag.words import tokens

PURPOSE = "read text in pictures (--no-ocr leaves them unread)"
MIN_CONFIDENCE = 0.5
FULL_LINE = 0.15  # of the block's width may be missing at the right of a line that runs on
FEWEST = 3  # letters and digits of a scene; fewer are seen in many where nothing is written
MIN_SIDE = 16  # pixels; below, the detector has nothing to work on


@dataclass(frozen=True)
class Line:
    """A line of text in a picture; `bbox` in fractions of that picture."""

    text: str
    bbox: BBox
    confidence: float


class OcrBridge(TransformComponent):
    """Gives picture nodes the text that stands in them.

    A picture whose text fits one passage keeps its node and gets the text; longer texts become
    further nodes, each with its own region. Text that stands in several scenes of a film on end, as
    that of a slide does, is one node with the time of them all. Other nodes pass untouched. Assumes
    upright pictures.

    Settings are tuned for one picture at a time on few cores: without the direction classifier and
    with the longest side at 960, an order of magnitude faster than RapidOCR's defaults at the same
    character error rate on clean text.
    """

    side: int = 960
    threads: int = max(1, min(4, os.cpu_count() or 1))

    _engine: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def class_name(cls) -> str:
        return "OcrBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        done: list[BaseNode] = []
        for film, group in groupby(nodes, _film_of):
            if film is not None:
                done += self._read_film(node for node in group if isinstance(node, Node))
                continue
            for node in group:
                done += self._read(node) if _is_unread(node, Modality.IMAGE) else [node]
        return done

    def lines(self, pixels: np.ndarray[Any, Any]) -> list[Line]:
        """Lines of text in an (height, width, 3) RGB uint8 picture, in reading order."""
        height, width = pixels.shape[:2]
        if min(height, width) < MIN_SIDE:
            return []
        with self._lock:
            result = self._loaded()(np.ascontiguousarray(pixels[:, :, ::-1]))  # it reads BGR
        if not result.txts:
            return []
        found = [
            Line(
                text.strip(),
                clipped(
                    box[:, 0].min() / width,
                    box[:, 1].min() / height,
                    box[:, 0].max() / width,
                    box[:, 1].max() / height,
                ),
                float(score),
            )
            for text, box, score in zip(result.txts, result.boxes, result.scores, strict=True)
            if score >= MIN_CONFIDENCE and text.strip()
        ]
        return reading_order(found)

    def _read(self, node: Node) -> list[Node]:
        where, cut = provenance_of(node), self._passages(node)
        if len(cut) == 1:
            return [_with_text(node, where, cut[0].text, cut[0].spans)]
        return [node, *(_passage_node(node, where, passage) for passage in cut)]

    def _read_film(self, scenes: Iterable[Node]) -> list[Node]:
        done: list[Node] = []
        read = ((node, _worded(self._passages(node))) for node in scenes)
        for _, group in groupby(read, lambda row: [tokens(cut.text) for cut in row[1]]):
            rows = list(group)
            first, cut = rows[0]
            done.append(first)
            if len(rows) == len(cut) == 1:
                first.text_resource = MediaResource(text=cut[0].text)
                spans = [pack_span(span) for span in cut[0].spans]
                first.metadata.update({VIA: "ocr", SPANS: spans})
            else:
                until = provenance_of(rows[-1][0]).end_ms
                where = replace(provenance_of(first), end_ms=until)
                done += [_passage_node(first, where, passage) for passage in cut]
            done += [node for node, _ in rows[1:]]
        return done

    def _passages(self, node: Node) -> list[Passage]:
        where = provenance_of(node)
        path = node.metadata[FILE_PATH]
        image = picture(path, page=where.page, bbox=where.bbox, at_ms=where.frame_ms)
        lines = self.lines(np.asarray(image))
        beat()
        return passages(blocks(lines, frame=where.bbox))

    def _loaded(self) -> Any:  # noqa: ANN401  (a RapidOCR, which must not be imported here)
        if self._engine is None:
            rapidocr = require("rapidocr", extra="ocr", purpose=PURPOSE)
            require("onnxruntime", extra="ocr", purpose=PURPOSE)
            self._engine = rapidocr.RapidOCR(
                params={
                    "Global.use_cls": False,
                    "Global.log_level": "error",
                    "Det.limit_type": "max",
                    "Det.limit_side_len": self.side,
                    "EngineConfig.onnxruntime.intra_op_num_threads": self.threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._engine


def reading_order(lines: Sequence[Line]) -> list[Line]:
    """Lines from top to bottom, and from left to right where they stand at the same height."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.bbox[1]):
        top, bottom = line.bbox[1], line.bbox[3]
        middle = (top + bottom) / 2
        if rows and rows[-1][0].bbox[1] <= middle <= rows[-1][0].bbox[3]:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.bbox[0])]


def blocks(lines: Sequence[Line], *, frame: BBox | None) -> list[Block]:
    """Lines as blocks of running text; a gap of more than a line's height starts a new block.

    A line that runs to the right edge of its block goes on in the next one; a shorter one ends.
    `frame` is where the picture stands on its page; boxes are mapped into the page.
    """
    groups: list[list[Line]] = []
    for line in lines:
        if groups:
            last = groups[-1][-1]
            height = last.bbox[3] - last.bbox[1]
            if line.bbox[1] - last.bbox[3] <= height:
                groups[-1].append(line)
                continue
        groups.append([line])
    return [_block(group, frame) for group in groups]


def _block(lines: Sequence[Line], frame: BBox | None) -> Block:
    edge = max(line.bbox[2] for line in lines)
    width = edge - min(line.bbox[0] for line in lines)
    text, joint = "", ""
    spans: list[Span] = []
    for line in lines:
        start = len(text) + len(joint)
        text = f"{text}{joint}{line.text}"
        spans.append(Span(start, len(text), bbox=_mapped(line.bbox, frame)))
        joint = " " if edge - line.bbox[2] <= FULL_LINE * width else "\n"
    return Block(text, tuple(spans))


def _mapped(box: BBox, frame: BBox | None) -> BBox:
    if frame is None:
        return box
    left, top, right, bottom = frame
    width, height = right - left, bottom - top
    return clipped(
        left + box[0] * width, top + box[1] * height, left + box[2] * width, top + box[3] * height
    )


def _is_unread(node: BaseNode, modality: Modality) -> TypeGuard[Node]:
    of_it = isinstance(node, Node) and node.metadata.get(MODALITY) == modality.value
    return of_it and not text_of(node).strip()


def _worded(cut: list[Passage]) -> list[Passage]:
    letters = sum(letter.isalnum() for passage in cut for letter in passage.text)
    return cut if letters >= FEWEST else []


def _film_of(node: BaseNode) -> str | None:
    """The file of an unread scene; None for all other nodes."""
    return str(node.metadata[FILE_PATH]) if _is_unread(node, Modality.VIDEO) else None


def _with_text(
    node: Node, where: Provenance, text: str, spans: Sequence[Span], *, part: bool = False
) -> Node:
    return build_node(
        text,
        where,
        modality=Modality(node.metadata[MODALITY]),
        mimetype=node.metadata[MIMETYPE],
        path=node.metadata[FILE_PATH],
        spans=spans,
        via="ocr",
        part=part,
    )


def _passage_node(node: Node, where: Provenance, passage: Passage) -> Node:
    box = union(span.bbox for span in passage.spans if span.bbox is not None)
    return _with_text(node, replace(where, bbox=box), passage.text, passage.spans, part=True)
