"""Names and kinds under which files reach a browser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag_connectors.media.files import INLINE, KNOWN, file_name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("reports/2024/storm.pdf", "storm.pdf"),
        ("reports.zip/a b.png", "a b.png"),
        ("Zwölf Läufe.mp3", "Zwölf Läufe.mp3"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ('a"; filename=b.html', 'a"; filename=b.html'),  # quoted where the header is written
        ("a\r\nSet-Cookie: b=c", "aSet-Cookie: b=c"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("folder/..", "file"),
        ("caf\udce9.txt", "caf?.txt"),
    ],
)
def test_a_name_is_the_last_part_with_nothing_that_misleads(source: str, name: str) -> None:
    assert file_name(source) == name


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_no_source_makes_a_name_that_leads_elsewhere(source: str) -> None:
    name = file_name(source)
    assert 0 < len(name) <= 200 and not set(name) & set("/\\\r\n\0") and name not in (".", "..")
    name.encode()


def test_what_can_run_something_is_never_shown() -> None:
    assert INLINE < KNOWN
    assert {"image/png", "image/jpeg", "video/mp4", "audio/mpeg", "application/pdf"} <= INLINE
    assert not {kind for kind in INLINE if "html" in kind or "xml" in kind or "text/" in kind}
