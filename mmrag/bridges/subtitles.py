"""What is said in a recording or film, from the subtitles that lie beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from llama_index.core.schema import BaseNode, Node, TransformComponent

from mmrag.bridges.sound import gaps, sound_node
from mmrag.bridges.spoken import PASSAGE_WORDS, PASSAGE_WORDS_MAX, PAUSE_MS, spoken_node
from mmrag.errors import CorruptFile, LoadError
from mmrag.loaders.metadata.reading import sidecar_bytes
from mmrag.loaders.passages import Block, count_words, passages
from mmrag.loaders.sidecars import tongue_of
from mmrag.loaders.subtitles import LARGEST, Cue, opens_turn, read_cues
from mmrag.modalities import Modality
from mmrag.schema import (
    MODALITY,
    NOTE,
    SUBTITLES,
    Span,
    provenance_of,
)


class SubtitleBridge(TransformComponent):
    """Turns a recording with subtitles beside it into nodes of what is said, each with its times.

    Their `via` is "subtitles": words that somebody wrote down, no recogniser's guess. The bridge
    comes before `AsrBridge`, which then finds nothing to do. Longer stretches without words become
    nodes without text, as there. The node of a film stays beside what is said in it. Subtitles that
    cannot be used leave a note, and the recording to the next bridge. Other nodes pass untouched.

    Args:
        language: of several subtitles, those with this tag in their name ("talk.sv.srt") are taken
            after those without any; None takes the first by name.
    """

    language: str | None = None

    @classmethod
    def class_name(cls) -> str:
        return "SubtitleBridge"

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        done: list[BaseNode] = []
        for node in nodes:
            files = node.metadata.pop(SUBTITLES, None)
            if isinstance(node, Node) and files:
                done.extend(self._spoken(node, files))
            else:
                done.append(node)
        return done

    def _spoken(self, node: Node, files: Sequence[str]) -> list[Node]:
        where, notes = provenance_of(node), []
        cues: list[Cue] = []
        for file in sorted(map(Path, files), key=self._preference):
            try:
                cues = _cues(file, where.end_ms)
                break
            except (LoadError, OSError) as exc:
                reason = exc.reason if isinstance(exc, LoadError) else exc.strerror
                notes.append(f"{file.name} is not used: {reason}")
        found = [_speech_node(node, group) for group in passages_of(cues)]
        if node.metadata.get(MODALITY) != Modality.AUDIO.value or not found:
            found = [node, *found]
        else:
            said = [(cue.start_ms, cue.end_ms) for cue in cues]
            silent = gaps(said, where.start_ms or 0, where.end_ms or 0)
            found += [sound_node(node, start, end) for start, end in silent]
        if notes:
            before = found[0].metadata.get(NOTE)
            found[0].metadata[NOTE] = "; ".join([*([before] if before else []), *notes])
        return found

    def _preference(self, file: Path) -> int:
        """Sorting by it leaves the order among equals, which the finder of sidecars made."""
        tongue = tongue_of(file.name)
        wanted = self.language is not None and tongue.split("-")[0] == self.language.lower()
        return 0 if not tongue else 1 if wanted else 2


def passages_of(cues: Sequence[Cue]) -> list[list[Cue]]:
    """Cues in groups of about as many words as passages of recognised speech.

    A group ends behind a sentence or before a pause where there is one in time. A cue is cut only
    if it alone is longer than a passage.
    """
    groups: list[list[Cue]] = []
    sizes: list[int] = []
    for cue in chain.from_iterable(map(_pieces, cues)):
        size = count_words(cue.text)
        if not groups or _is_full(groups[-1][-1], cue, sizes[-1], size):
            groups.append([])
            sizes.append(0)
        groups[-1].append(cue)
        sizes[-1] += size
    # a few words left over read better with what they followed
    if len(sizes) > 1 and sizes[-1] < PASSAGE_WORDS // 4 and sum(sizes[-2:]) <= PASSAGE_WORDS_MAX:
        groups[-2:] = [[*groups[-2], *groups[-1]]]
    return groups


def _is_full(last: Cue, following: Cue, words: int, more: int) -> bool:
    if words + more > PASSAGE_WORDS_MAX:
        return True
    pause = following.start_ms - last.end_ms
    return words >= PASSAGE_WORDS and (last.text.endswith((".", "?", "!")) or pause >= PAUSE_MS)


def _pieces(cue: Cue) -> list[Cue]:
    """A cue, or the passages of one that is too long, with their share of its time."""
    if count_words(cue.text) <= PASSAGE_WORDS_MAX:
        return [cue]
    texts = [cut.text for cut in passages([Block(cue.text)], limit=PASSAGE_WORDS_MAX)]
    total, length = sum(map(len, texts)), cue.end_ms - cue.start_ms
    ends = [
        cue.start_ms + round(length * sum(map(len, texts[:n])) / total)
        for n in range(len(texts) + 1)
    ]
    return [Cue(text, ends[n], ends[n + 1]) for n, text in enumerate(texts)]


def _cues(file: Path, end_ms: int | None) -> list[Cue]:
    """The cues of a file within the time of its recording.

    Raises:
        LoadError: they cannot be used.
        OSError: the file cannot be read.
    """
    cues = read_cues(file, sidecar_bytes(file, LARGEST))
    if end_ms is None:
        return cues
    within = [replace(c, end_ms=min(c.end_ms, end_ms)) for c in cues if c.start_ms < end_ms]
    if not within:
        raise CorruptFile(file, f"begins after the recording ends, at {end_ms / 1000:.1f} s")
    return within


def _speech_node(node: Node, cues: Sequence[Cue]) -> Node:
    text = ""
    spans: list[Span] = []
    for cue in cues:
        if text:
            text += "\n" if opens_turn(cue.text) else " "
        spans.append(
            Span(len(text), len(text) + len(cue.text), start_ms=cue.start_ms, end_ms=cue.end_ms)
        )
        text += cue.text
    return spoken_node(node, text, spans, via=SUBTITLES)
