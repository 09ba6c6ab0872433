"""Addresses of what an index holds: `mmrag://document/ID` and `mmrag://source/ID`."""

from __future__ import annotations

import re

DOCUMENT, SOURCE = "mmrag://document/", "mmrag://source/"
_ADDRESS = re.compile(r"mmrag://(document|source)/([0-9A-Za-z._-]{1,200})")


def document_address(id: str) -> str:
    """Where the file of a document is read."""
    return f"{DOCUMENT}{id}"


def source_address(id: str) -> str:
    """Where the text and the picture of a cited place are read."""
    return f"{SOURCE}{id}"


def id_in(address: str) -> tuple[str, str] | None:
    """("document" or "source", the id) of an address; None for any other."""
    found = _ADDRESS.fullmatch(address)
    return (found[1], found[2]) if found else None
