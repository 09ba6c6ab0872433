"""Tables in text files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.errors import LimitExceeded
from mmrag.loaders.csv import CsvReader
from mmrag.loaders.limits import Limits
from mmrag.schema import provenance_of, text_of


def read(path: Path, data: bytes) -> list[tuple[str, str]]:
    path.write_bytes(data)
    nodes = CsvReader().read(path, source="s")
    return [(" > ".join(provenance_of(n).heading), text_of(n)) for n in nodes]


@pytest.mark.parametrize(
    ("data", "heading", "text"),
    [
        (b"Item,Year\nClock,1811\nSextant,1902\n", "rows 2-3", "Item: Clock; Year: 1811\n"),
        (
            "Föremål;Pris\nUr;1,50\nLod;2,0".encode("latin-1"),
            "rows 2-3",
            "Föremål: Ur; Pris: 1,50\n",
        ),
        (b"Item\tNote\nClock\ta, b, c\nx\ty", "rows 2-3", "Item: Clock; Note: a, b, c\n"),
        (b'a,b\n"two\nlines","say ""hi"""\n\n1,2\n', "rows 2-4", 'a: two lines; b: say "hi"\n'),
        (b"name,2019,2020\nx,1.5,2.5\ny,3,4", "rows 2-3", "name: x; 2019: 1.5; 2020: 2.5\n"),
        (b"3.5,a\n4.5,b\n", "rows 1-2", "3.5; a\n"),
    ],
)
def test_dialects_and_headers(tmp_path: Path, data: bytes, heading: str, text: str) -> None:
    (found,) = read(tmp_path / "a.csv", data)
    assert found[0] == heading
    assert found[1].startswith(text)


def test_many_rows(tmp_path: Path) -> None:
    data = "n,word\n" + "".join(f"{n},word{n}\n" for n in range(2, 40))
    found = read(tmp_path / "a.csv", data.encode())
    assert [heading for heading, _ in found][:2] == ["rows 2-11", "rows 12-21"]
    assert "\n".join(text for _, text in found).split("\n") == [
        f"n: {n}; word: word{n}" for n in range(2, 40)
    ]
    with pytest.raises(LimitExceeded, match="has 11 rows; limit rows=10"):
        CsvReader(limits=Limits(rows=10)).read(tmp_path / "a.csv", source="s")


def test_cells_are_counted_while_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2,3\n" * 5)
    with pytest.raises(LimitExceeded, match="has 9 cells; limit cells=8"):
        CsvReader(limits=Limits(cells=8)).read(tmp_path / "a.csv", source="s")


def test_a_first_row_of_long_text_is_no_row_of_titles(tmp_path: Path) -> None:
    long = "a sentence that goes on " * 10
    found = read(tmp_path / "a.csv", f"{long},b\n1,2\n3,4\n".encode())
    assert sum(text.count(long.strip()) for _, text in found) == 1
