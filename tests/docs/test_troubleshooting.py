"""Each message that the troubleshooting page explains stands in the source as it is quoted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from manual import ROOT, text_of

QUOTED = re.findall(r"^### `(.+)`$", text_of(ROOT / "docs" / "troubleshooting.md"), re.MULTILINE)
HOLE = "…"
"""Stands for a value on the page, and here for one in a formatted string."""


def texts(tree: ast.AST) -> Iterator[str]:
    """The strings of a module; those in parts, or put together by +, as one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield text(node)


def text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(map(text, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text(left) + text(right)
    return HOLE


@cache
def source() -> str:
    files = [*(ROOT / "mmrag").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]
    return "\0".join(
        text for file in files for text in texts(ast.parse(file.read_text(encoding="utf-8")))
    )


def stands(message: str) -> bool:
    """Whether one string has its pieces in this order; what is between them is a value's."""
    pieces = [re.escape(piece) for piece in message.split(HOLE)]
    return re.search(r"[^\0]{0,60}?".join(pieces), source()) is not None


def test_there_are_messages() -> None:
    assert len(QUOTED) > 50
    assert sorted(set(QUOTED)) == sorted(QUOTED)


@pytest.mark.parametrize("message", QUOTED)
def test_a_message_stands_in_the_source(message: str) -> None:
    assert stands(message), f"no string in mmrag/ or connectors/ reads: {message}"


def test_a_message_that_was_made_up_does_not() -> None:
    assert not stands("the index is in use by …; wait for it to begin")
