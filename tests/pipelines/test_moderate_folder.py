"""pipelines/moderate_folder.py: flags, a list of what is in quarantine, and a report."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from script import run

POLICY = """
name: house
categories:
  secret: {action: quarantine, words: [strictly confidential]}
  rude: {action: tag, words: [nincompoop]}
  spam: {action: skip, words: [buy now]}
"""


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "plain.md").write_text("The hut stands at 1204 m.")
    (folder / "plans.md").write_text("These plans are strictly confidential.")
    (folder / "letter.md").write_text("You, sir, are a nincompoop.")
    (folder / "advert.md").write_text("Buy now, and save.")
    (tmp_path / "policy.yaml").write_text(POLICY)
    return folder


def test_flags_lists_and_report(uploads: Path, tmp_path: Path) -> None:
    options = ("--folder", uploads, "--policy", "policy.yaml", "--out", "out")
    ran = run("moderate_folder", *options, "--index", "index")
    assert (ran.code, ran.err) == (4, "")
    assert ran.out.startswith("4 documents judged by house@")
    assert "1 tagged, 1 quarantined, 1 refused" in ran.out
    with (tmp_path / "out" / "flags.csv").open(newline="") as file:
        rows = [(row["file"], row["action"], row["reason"]) for row in csv.DictReader(file)]
    assert [row[:2] for row in rows] == [
        ("advert.md", "refused"),
        ("letter.md", "tagged"),
        ("plans.md", "quarantined"),
    ]
    assert rows[1][2].startswith("rude: ")
    assert (tmp_path / "out" / "quarantine.txt").read_text() == "plans.md\n"
    report = (tmp_path / "out" / "report.md").read_text()
    assert report.startswith("# Moderation by house")
    assert "**plans.md** quarantined: secret: " in report
    assert "plain.md" not in report
    # a gentler policy lets go of what is in quarantine, and of what was refused
    gentler = "name: gentler\ncategories: {rude: {action: tag, words: [nincompoop]}}"
    (tmp_path / "policy.yaml").write_text(gentler)
    again = run("moderate_folder", *options, "--index", "index")
    assert again.code == 0
    assert "4 documents judged" in again.out
    assert (tmp_path / "out" / "quarantine.txt").read_text() == ""


def test_a_policy_that_is_none(uploads: Path, tmp_path: Path) -> None:
    ran = run("moderate_folder", "--folder", uploads, "--policy", "gone.yaml", "--out", "out")
    assert "cannot read the policy gone.yaml: No such file" in ran.refusal
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["policy.yaml", "uploads"], "no empty index"
