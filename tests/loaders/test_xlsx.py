"""Excel: sheets as pages, row ranges, values as a reader says them."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hostile.good_files import good, packed, unpacked

from mmrag.errors import LimitExceeded
from mmrag.loaders.limits import Limits
from mmrag.loaders.xlsx import XlsxReader
from mmrag.schema import provenance_of, text_of


def read(path: Path, limits: Limits | None = None) -> list[tuple[int | None, tuple[str, ...], str]]:
    nodes = XlsxReader(limits=limits or Limits()).read(path, source="s")
    return [(provenance_of(n).page, provenance_of(n).heading, text_of(n)) for n in nodes]


def test_rows_under_sheet_and_numbers(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Loans"
    sheet.append(["Loans of the museum"])
    sheet.append([])
    sheet.append(["Item", "Out", "Share", "Fee", "Back"])
    sheet.append(["Clock", datetime.date(1897, 5, 3), 0.25, 3.0, True])
    sheet["C4"].number_format = "0%"
    sheet.append([])
    sheet.append(["Sextant", datetime.datetime(1902, 1, 2, 13, 5), 0.1, 12.5, None])
    workbook.create_sheet("Empty")
    workbook.create_sheet("Last").append(["only", "titles"])
    workbook.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [
        (1, ("Loans",), "Loans of the museum"),
        (
            1,
            ("Loans", "rows 4-6"),
            "Item: Clock; Out: 1897-05-03; Share: 25%; Fee: 3; Back: True\n"
            "Item: Sextant; Out: 1902-01-02 13:05:00; Share: 0.1; Fee: 12.5",
        ),
        (3, ("Last", "row 1"), "only; titles"),
    ]


def test_a_stated_size_that_is_too_small_hides_nothing(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.active.append([1, 2])
    workbook.save(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B2"', b'ref="A1"'))
    assert read(tmp_path / "b.xlsx") == [(1, ("Sheet", "row 2"), "a: 1; b: 2")]


def test_ten_rows_a_passage(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for number in range(26):
        workbook.active.append(["n", "m"] if number == 0 else [number, -number])
    workbook.save(tmp_path / "a.xlsx")
    found = read(tmp_path / "a.xlsx")
    assert [heading[1] for _, heading, _ in found] == ["rows 2-11", "rows 12-21", "rows 22-26"]
    assert found[1][2].startswith("n: 11; m: -11\n")
    with pytest.raises(LimitExceeded, match="has 26 rows; limit rows=25"):
        read(tmp_path / "a.xlsx", Limits(rows=25))


def changed(path: Path, part: str, xml: str) -> Path:
    parts = unpacked(good("xlsx"))
    path.write_bytes(packed({**parts, part: xml}))
    return path


def test_sheets_and_rows_that_are_only_stated(tmp_path: Path) -> None:
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    row = '<row r="99999999"><c><v>1</v></c></row>'
    path = changed(
        tmp_path / "a.xlsx",
        "xl/worksheets/sheet1.xml",
        f"<worksheet {ns}><sheetData>{row}</sheetData></worksheet>",
    )
    with pytest.raises(LimitExceeded, match="limit rows=1048576"):
        read(path)
    book = unpacked(good("xlsx"))["xl/workbook.xml"].decode()
    at = book.index("</sheets>")
    path = changed(path, "xl/workbook.xml", book[:at] + '<sheet name="x"/>' * 9 + book[at:])
    with pytest.raises(LimitExceeded, match="has 10 pages; limit pages=9"):
        read(path, Limits(pages=9))


def test_cells_are_counted_while_they_are_read(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.active.cell(3, 50, "far")
    workbook.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx", Limits(cells=52))[-1][2].endswith("far")
    with pytest.raises(LimitExceeded, match="limit cells=51"):
        read(tmp_path / "a.xlsx", Limits(cells=51))
