"""LlamaIndex messages as Ollama takes them, with pictures and sounds tied to their place by number.

Ollama takes the media of a message as one list beside its text, so where they stood is lost. Here
each is named in the text as `[image 2]` or `[sound 1]`, in the order of the list and counted
through the whole chat. What the model cannot take is named all the same and left out: the words
beside it, a transcript or a caption, must do.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    BaseContentBlock,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

LOG = logging.getLogger("mmrag")

# The templates of models know four roles, and most leave out messages of any other.
_ROLES = {
    MessageRole.DEVELOPER: "system",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.FUNCTION: "tool",
}
_NAMES: dict[type[BaseContentBlock], str] = {
    ImageBlock: "image",
    AudioBlock: "sound",
    VideoBlock: "film",
    DocumentBlock: "document",
}
SEPARATOR = "\n\n"


def to_ollama(
    messages: Sequence[ChatMessage], *, sees: bool = False, hears: bool = False
) -> list[dict[str, Any]]:
    """Messages for the `ollama` client, with the bytes of media under "images".

    Args:
        sees, hears: whether the model takes pictures, and recordings (WAV or MP3).
    """
    writer = _Writer(sees=sees, hears=hears)
    converted = [writer.message(message) for message in messages]
    if writer.left_out:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(writer.left_out.items()))
        LOG.warning("the model takes no such media, so their words stand alone: %s", kinds)
    return converted


class _Writer:
    """Counts the media of one chat while its messages are written."""

    def __init__(self, *, sees: bool, hears: bool) -> None:
        self._sees, self._hears = sees, hears
        self._counted: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()

    def message(self, message: ChatMessage) -> dict[str, Any]:
        parts: list[str] = []
        media: list[bytes] = []
        calls: list[dict[str, Any]] = []
        out: dict[str, Any] = {"role": _ROLES.get(message.role, message.role.value)}
        for block in _flat(message.blocks):
            if isinstance(block, TextBlock):
                parts.append(block.text)
            elif isinstance(block, ThinkingBlock):
                out["thinking"] = block.content or ""
            elif isinstance(block, ToolCallBlock):
                call = {"name": block.tool_name, "arguments": block.tool_kwargs}
                calls.append({"function": call})
            elif (kind := _NAMES.get(type(block))) is not None:
                parts.append(self._mention(kind, block, media))
        out["content"] = SEPARATOR.join(part for part in parts if part)
        if media:
            out["images"] = media
        if calls:
            out["tool_calls"] = calls
        if out["role"] == "tool" and (name := message.additional_kwargs.get("tool_call_id")):
            out["tool_name"] = name  # Ollama has no ids of calls; LlamaIndex's class gives names
        return out

    def _mention(self, kind: str, block: BaseContentBlock, media: list[bytes]) -> str:
        self._counted[kind] += 1
        number = self._counted[kind]
        data = b""
        if isinstance(block, ImageBlock) and self._sees:
            data = block.resolve_image().read()
        elif isinstance(block, AudioBlock) and self._hears:
            data = _wav_or_mp3(block)
        if not data:
            self.left_out[kind] += 1
            return f"[{kind} {number}, not shown]"
        media.append(data)
        return f"[{kind} {number}]"


def _flat(blocks: Iterable[BaseContentBlock]) -> Iterable[BaseContentBlock]:
    """Blocks, with what they hold in their place."""
    for block in blocks:
        if isinstance(block, CitableBlock):
            yield TextBlock(text=block.title)
            yield from _flat(block.content)
        elif isinstance(block, CitationBlock):
            yield block.cited_content
        else:
            yield block


def _wav_or_mp3(block: AudioBlock) -> bytes:
    """The bytes of a recording that the server can read; empty for other formats."""
    data = block.resolve_audio().read()
    return data if is_sound(data) else b""


def is_sound(data: bytes) -> bool:
    """Whether bytes are WAV or MP3, the recordings that an Ollama server knows from pictures."""
    is_wav = data[:4] == b"RIFF" and data[8:12] == b"WAVE"
    is_mp3 = data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)
    return is_wav or is_mp3
