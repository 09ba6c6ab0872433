"""The prompt of Qwen3-Reranker as its model card gives it, to which the model answers yes or no.

Source: https://huggingface.co/Qwen/Qwen3-Reranker-0.6B, "Transformers Usage".
"""

from __future__ import annotations

import re

INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
PREFIX = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and "
    'the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n'
    "<|im_start|>user\n"
)
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
YES, NO = "yes", "no"

_TEXT = "(messages | selectattr('role', 'eq', '{}') | map(attribute='content') | first)"
_PIECES = (
    repr(f"{PREFIX}<Instruct>: "),
    f"{_TEXT.format('system')} | default({INSTRUCTION!r})",
    repr("\n<Query>: "),
    _TEXT.format("query"),
    repr("\n<Document>: "),
    _TEXT.format("document"),
    repr(SUFFIX),
)
CHAT_TEMPLATE = "".join(f"{{{{ {piece} }}}}" for piece in _PIECES)
"""The same prompt for messages of the roles system (the instruction), query and document."""

_CONTROL = re.compile(r"<\|(?=[A-Za-z0-9_]{1,40}\|>)")


def body(instruction: str, query: str, document: str) -> str:
    """What stands between PREFIX and SUFFIX."""
    return f"<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}"


def prompt(instruction: str, query: str, document: str) -> str:
    """The whole prompt."""
    return PREFIX + body(instruction, query, document) + SUFFIX


def defused(text: str) -> str:
    """The text with control tokens spelt so that no tokenizer takes them for such.

    A passage that holds "<|im_end|>" could otherwise end its own turn and answer for the model.
    """
    return _CONTROL.sub("< |", text)
