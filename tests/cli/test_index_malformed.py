"""The whole malformed set through the command line: every file is indexed, skipped or failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command import Said
from hostile.malformed import FILES, generate

from mmrag import MMRagIndex

# Little text is taken of each file, for embedding all of it is not what is tested.
SETTINGS = "ingest: {timeout_s: 20, limits: {text_chars: 20000}}\n"


@pytest.mark.slow
def test_no_malformed_file_is_lost_and_none_ends_the_run(tmp_path: Path) -> None:
    malformed = generate(tmp_path)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    options = ("--index", tmp_path / "index", "--config", tmp_path / "settings.yaml")
    quick = ("--profile", "offline", "--no-ocr", "--no-asr", "--json")
    said = Said("index", tmp_path / FILES, *options, *quick)
    assert (said.code, said.err) == (3, "")
    report = said.json
    with MMRagIndex(tmp_path / "index") as index:
        indexed = {document.source for document in index.documents()}
    left_out = {row["source"]: row["reason"] for row in report["skipped"] + report["failed"]}
    files = {
        os.fsencode(file.name).decode(errors="backslashreplace"): file
        for file in malformed
        if file.expect != "absent"
    }
    assert len(files) >= 200
    told = {name.encode("utf-8", "backslashreplace").decode() for name in indexed | {*left_out}}
    assert len(told) == len(files)
    assert sum(report["files"].values()) == len(files)
    assert not indexed & {*left_out}
    stopped = {file.name for file in malformed if file.expect == "stopped"}
    crashed = {name for name, why in left_out.items() if why.startswith("its reader")}
    assert crashed <= stopped
    assert {file.name for file in malformed if file.expect == "fails"} <= {*left_out}
    assert {file.name for file in malformed if file.expect == "reads"} <= indexed
    assert [why for why in left_out.values() if not why.isprintable() or str(tmp_path) in why] == []
