"""What is made of an audit; the JSON is as pip-audit 2.10 writes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.release.audit import KNOWN, Known, judge, read_known

TODAY = date(2026, 11, 29)
MISSING = {
    "name": "torch",
    "skip_reason": "Dependency not found on PyPI and could not be audited: torch (2.13.0)",
}
SOUND = {"name": "numpy", "version": "2.3.5", "vulns": []}
OWN = {"name": "mmrag", "skip_reason": "distribution marked as editable"}
FAULT = {
    "id": "PYSEC-2026-7",
    "fix_versions": ["12.1"],
    "aliases": ["CVE-2026-1234"],
    "description": "A crafted picture is read past its end.",
}
FAULTY = {"name": "pillow", "version": "12.0.0", "vulns": [FAULT]}
EXCUSE = Known("CVE-2026-1234", "pillow", "that decoder is switched off", date(2027, 1, 1))


def found(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(rows), "fixes": []}


def test_an_index_without_such_data_audits_nothing_and_says_so() -> None:
    verdict = judge(found(MISSING, OWN), [], TODAY)
    assert verdict.passed
    assert verdict.lines == (f"NOTHING was audited, of 1 packages: {MISSING['skip_reason']}",)


def test_what_was_not_audited_is_named_beside_what_was() -> None:
    verdict = judge(found(MISSING, SOUND, OWN), [], TODAY)
    assert verdict.passed
    assert verdict.lines == ("1 of 2 packages were NOT audited: torch", "1 packages audited")


def test_a_known_vulnerability_fails() -> None:
    verdict = judge(found(SOUND, FAULTY), [], TODAY)
    assert not verdict.passed
    assert verdict.lines[0] == "pillow 12.0.0: PYSEC-2026-7, mended in 12.1"


@pytest.mark.parametrize(
    ("excuse", "passed", "told"),
    [
        (EXCUSE, True, "known until 2027-01-01: that decoder is switched off"),  # by its alias
        (Known("PYSEC-2026-7", "pillow", "x", TODAY), True, "known until 2026-11-29: x"),
        (Known("PYSEC-2026-7", "pillow", "x", date(2026, 11, 28)), False, "ended on 2026-11-28"),
        (Known("PYSEC-2026-7", "numpy", "x", TODAY), False, "mended in 12.1"),  # of another
    ],
)
def test_an_excuse_holds_for_its_package_until_its_day(
    excuse: Known, passed: bool, told: str
) -> None:
    verdict = judge(found(FAULTY), [excuse], TODAY)
    assert verdict.passed is passed
    assert told in verdict.lines[0]


def test_an_excuse_for_nothing_is_told() -> None:
    assert judge(found(SOUND), [EXCUSE], TODAY).lines[0] == (
        "known.yaml: nothing is CVE-2026-1234 any more"
    )


def test_the_file_is_read_whole(tmp_path: Path) -> None:
    assert isinstance(read_known(KNOWN), list)
    path = tmp_path / "known.yaml"
    path.write_text("- {id: A, package: b, reason: c, until: 2027-01-31}\n")
    assert read_known(path) == [Known("A", "b", "c", date(2027, 1, 31))]
    for lacking in (
        "- {id: A, package: b, until: 2027-01-31}",
        "- {id: A, package: b, reason: c, until: soon}",
    ):
        path.write_text(lacking)
        with pytest.raises(ValueError, match="a row needs id, package, reason and until"):
            read_known(path)
