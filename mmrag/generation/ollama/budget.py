"""How many tokens a prompt has, how much context it gets, and whether the server cut it.

An Ollama server cuts a prompt that is longer than its context without a word: it drops the oldest
messages, and of a last message that is too long by itself the middle or the beginning, which is
where rules and best sources stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmrag.errors import PromptTruncated
from mmrag.generation.ollama.messages import is_sound

STEP = 2048
"""Contexts are multiples of this. A server loads the model anew for each other size."""

_PIECES = re.compile(r"[A-Za-z]+| ?[0-9]|\s+|[!-~]|[^\x00-\x7f]+|.", re.DOTALL)
PER_MESSAGE = 12  # role, marks of the chat template, and what a template adds by itself
PICTURE = (64, 2048)  # the fewest and the most that today's vision models make of one
SOUND_BYTES = (64_000, 500)  # of a file for one token; 30 tokens a second, WAV at 48 kHz to MP3


@dataclass(frozen=True)
class Budget:
    """A prompt's length in tokens, between two bounds, and the context that it gets.

    Attributes:
        at_least, at_most: of the whole prompt.
        kept_at_least: of what is left when the server drops all the messages that it may: all but
            the system's and the last.
        num_predict: kept free for the answer.
        num_ctx: the context asked for.
    """

    at_least: int
    at_most: int
    kept_at_least: int
    num_predict: int
    num_ctx: int

    def check_before(self, model: str) -> None:
        """Refuse what cannot fit.

        Raises:
            PromptTruncated: even by the lowest estimate the prompt is longer than its context.
        """
        if self.at_least >= self.num_ctx:
            raise PromptTruncated(
                f"the prompt has {self.at_least} tokens or more and {model} gets {self.num_ctx}; "
                f"ask with fewer or shorter sources, or raise ollama.context_window"
            )

    def check_after(self, counted: int | None, model: str) -> None:
        """Compare with the tokens that the server says the prompt had (`prompt_eval_count`).

        Some versions leave out what they had in their cache, and others say nothing when all was:
        a low count alone proves nothing. Two things only cutting explains. One is a prompt that
        fills the context to the brim, with no room for the answer. The other is a count that fits
        the chat without its older messages and is too low for the chat with them, where the whole
        may not have fitted; from the cache comes a beginning, and the last message is longer than
        that leaves.

        Raises:
            PromptTruncated: the prompt was cut.
        """
        if not counted or self.at_most < self.num_ctx:
            return
        brim = counted >= self.num_ctx - 1
        dropped = self.kept_at_least <= counted < self.at_least
        if brim or dropped:
            raise PromptTruncated(
                f"{model} read {counted} tokens of a prompt of {self.at_least} to {self.at_most}, "
                f"for its context of {self.num_ctx} was too small and the server cut it; ask with "
                f"fewer or shorter sources, or raise ollama.context_window"
            )


def budget(
    messages: Sequence[Mapping[str, Any]],
    *,
    num_predict: int,
    window: int,
    least: int = 0,
    extra: str = "",
) -> Budget:
    """Count a prompt and give it its context.

    Args:
        messages: as `to_ollama` makes them.
        window: the largest context that may be asked for.
        least: the smallest one: what the model is loaded with already.
        extra: what the server adds to the prompt beside the messages, such as tools.
    """
    kept = [m for m in messages[:-1] if m["role"] == "system"] + list(messages[-1:])
    most = sum(map(_most, messages)) + tokens_at_most(extra)
    room = -(-(most + num_predict) // STEP) * STEP
    return Budget(
        at_least=sum(map(_least, messages)),
        at_most=most,
        kept_at_least=sum(map(_least, kept)),
        num_predict=num_predict,
        num_ctx=min(max(room, least), window),
    )


def tokens_at_most(text: str) -> int:
    """An estimate that the tokenizers of today's models hardly ever exceed.

    Long words are cut about every three letters by a small English vocabulary; a digit or a mark of
    punctuation may be a token each; other scripts are cut down to single characters or bytes.
    """
    return sum(_bounds(piece)[1] for piece in _PIECES.findall(text))


def tokens_at_least(text: str) -> int:
    """An estimate that they hardly ever stay below: about one a word."""
    return sum(_bounds(piece)[0] for piece in _PIECES.findall(text))


def _bounds(piece: str) -> tuple[int, int]:
    first = piece[0]
    if first.isascii() and first.isalpha():
        return -(-len(piece) // 12), -(-len(piece) // 3)
    if piece[-1].isdigit() and piece.isascii():
        return 0, len(piece)
    if first.isspace():
        return 0, -(-len(piece) // 2) if len(piece) > 1 else int(first == "\n")
    if first.isascii():
        return 0, 1
    return len(piece) // 4, len(piece.encode())


def _least(message: Mapping[str, Any]) -> int:
    words = tokens_at_least(_text(message))
    return words + sum(_media(data)[0] for data in message.get("images", ()))


def _most(message: Mapping[str, Any]) -> int:
    words = tokens_at_most(_text(message))
    media = sum(_media(data)[1] for data in message.get("images", ()))
    return words + media + PER_MESSAGE


def _text(message: Mapping[str, Any]) -> str:
    calls = message.get("tool_calls", "")
    return f"{message['content']}{message.get('thinking', '')}{calls or ''}"


def _media(data: bytes) -> tuple[int, int]:
    if not is_sound(data):
        return PICTURE
    few, many = SOUND_BYTES
    return len(data) // few, -(-len(data) // many)
