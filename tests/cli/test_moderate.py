"""`mmrag moderate`: files and an index judged, labels, and how it says no."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Said

from mmrag.samples import ARCHIVE
from mmrag.tasks.moderation.policy import STARTER

POLICY = """
name: p
categories:
  codes: {action: quarantine, patterns: {code: 'code \\d{4}'}}
  mail: {action: skip, personal: [e-mail]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text("The door has code 4711.")
    (folder / "b.md").write_text("Write to anna@example.org.")
    (folder / "c.md").write_text("The wind is calm.")
    return folder


def test_files_are_judged_with_reasons(policy: Path, folder: Path, tmp_path: Path) -> None:
    plain = ("moderate", folder, "--policy", policy, "--profile", "offline")
    said = Said(*plain, "--json", "--csv", tmp_path / "f.csv", "--report", tmp_path / "out")
    assert said.code == 0
    rows = {row["file"]: row for row in said.json["files"]}
    assert {name: row["action"] for name, row in rows.items()} == {
        "a.md": "quarantine",
        "b.md": "skip",
        "c.md": None,
    }
    [flag] = rows["a.md"]["flags"]
    assert (flag["by"], flag["shown"], flag["start"], flag["end"]) == ("code", "co…", 13, 22)
    assert said.json["policy"].startswith("p@") and said.json["failed"] == []
    assert (tmp_path / "f.csv").is_file() and (tmp_path / "out" / "moderation.html").is_file()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    assert Said(*plain).code == 3
    flagged = Said("moderate", "--policy", policy, "--fail-on-flag", folder)
    assert flagged.code == 4 and "2 of 4 files flagged by p@" in flagged.out
    assert Said("moderate", folder / "c.md", "--fail-on-flag", "--policy", policy).code == 0


def test_a_transcript_is_judged_and_the_flag_has_its_time(tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    policy.write_text("name: p\ncategories: {w: {action: tag, words: [green box]}}")
    recording = ARCHIVE / "sound" / "log-entry-1963.wav"
    [row] = Said("moderate", recording, "--policy", policy, "--json").json["files"]
    [flag] = row["flags"]
    assert 12_600 < flag["start_ms"] < flag["end_ms"] < 15_800


def test_an_index_is_judged_listed_and_released(policy: Path, folder: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "index")
    assert Said("index", folder, "--profile", "offline", *index).code == 0
    judged = Said("moderate", "--policy", policy, *index)
    assert judged.code == 0 and "1 quarantined, 1 refused and taken out" in judged.out
    kept = Said("moderate", "--list", "--json", *index).json["kept_out"]
    assert {row["source"]: row["state"] for row in kept} == {
        "a.md": "quarantined",
        "b.md": "refused",
    }
    assert Said("moderate", "--list", "--fail-on-flag", *index).code == 4
    status = Said("status", "--json", *index).json
    assert (status["documents"], status["quarantined"], status["refused"]) == (1, 1, 1)
    search = ("search", "door code", "--json", *index)
    assert {hit["source"] for hit in Said(*search).json["hits"]} == {"c.md"}
    with_all = Said(*search, "--include-quarantined").json["hits"]
    assert {hit["source"] for hit in with_all} == {"a.md", "c.md"}
    assert "a.md can be found" in Said("moderate", "--release", "a.md", *index).out
    assert {hit["source"] for hit in Said(*search).json["hits"]} == {"a.md", "c.md"}
    assert "c.md is indexed, so there is nothing to release" in (
        Said("moderate", "--release", "c.md", *index).refusal
    )


def test_indexing_by_a_policy_of_the_settings(policy: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"profile: offline\nmoderate: {{policy: {policy}}}\n")
    run = ("index", folder, "--config", tmp_path / "s.yaml", "--index", tmp_path / "index")
    said = Said(*run, "--json")
    assert said.code == 3  # b.md is not in the index
    assert said.json["files"] == {"indexed": 1, "quarantined": 1, "refused": 1}
    assert [row["source"] for row in said.json["quarantined"]] == ["a.md"]
    again = Said(*run)
    assert again.code == 3 and "refused by policy p@" in " ".join(again.out.split())


def test_thresholds_are_calibrated_and_evaluated(tmp_path: Path) -> None:
    policy, labels = tmp_path / "p.yaml", tmp_path / "l.jsonl"
    policy.write_text(
        "name: p\ncategories: {death: {action: tag, text: {for: [he died and was buried], "
        "against: [the weather], threshold: 1.0}}}"
    )
    sad = ["They buried the old man.", "She died in May.", "His death was sudden."]
    dry = ["Rain fell.", "The barometer rose.", "Wind from the west."]
    rows = [(text, '["death"]') for text in sad] + [(text, "[]") for text in dry]
    labels.write_text("".join(f'{{"text": "{t}", "categories": {c}}}\n' for t, c in rows))
    base = ("moderate", "calibrate", "--policy", policy)
    said = Said(*base, "--labelled", labels, "--target-recall", "1", "--evaluate", labels, "--json")
    assert said.code == 0
    assert said.json["calibrated"]["death.text"]["few"] is True
    [row] = said.json["held_out"]
    assert row["recall"]["mean"] == 1.0 and row["recall"]["low"] < 0.5
    assert (tmp_path / "p.calibrated.yaml").is_file()
    before = Said(*base, "--evaluate", labels)
    assert before.code == 0 and "death" in before.out
    assert Said(*base).code == 2
    assert Said(*base, "--labelled", labels).code == 2


def test_how_it_says_no(policy: Path, folder: Path, tmp_path: Path) -> None:
    assert "no such file" in Said("moderate", tmp_path / "none", "--policy", policy).refusal
    assert "cannot read the policy" in Said("moderate", folder, "--policy", "none.yaml").refusal
    (tmp_path / "empty").mkdir()
    assert "nothing to moderate" in Said("moderate", tmp_path / "empty", "--policy", policy).refusal
    assert "--model takes SPACE=MODEL" in Said("moderate", folder, "--model", "clip").err
    assert Said("moderate", folder, "--index", tmp_path).code == 2
    assert "no index" in Said("moderate", "--index", tmp_path / "none", "--policy", policy).refusal
    assert Said("moderate", "starter").out == STARTER.read_text(encoding="utf-8")
    assert "calibrate" in Said("moderate", "--help").out


def test_a_policy_that_cannot_be_read_makes_no_index(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("The hut stands at 1204 m.\n")
    settings = tmp_path / "mmrag.yaml"
    settings.write_text(f"moderate: {{policy: {tmp_path / 'gone.yaml'}}}\n")
    place = tmp_path / "index"
    said = Said("index", tmp_path / "note.md", "--index", place, "--config", settings)
    assert "cannot read the policy" in said.refusal
    assert not place.exists()
