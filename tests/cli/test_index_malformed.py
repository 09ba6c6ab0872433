"""The whole malformed set through the command line: every file is indexed, skipped or failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Said
from hostile.malformed import FILES, generate

from mmrag import MMRagIndex
from mmrag.ingest.sources.found import shown

# Little text is taken of each file, for embedding all of it is not what is tested.
SETTINGS = "ingest: {timeout_s: 20, limits: {text_chars: 5000}}\n"


@pytest.mark.slow
def test_no_malformed_file_is_lost_and_none_ends_the_run(tmp_path: Path) -> None:
    malformed = {shown(file.name): file for file in generate(tmp_path)}
    files = {name for name, file in malformed.items() if file.expect != "absent"}
    assert len(files) >= 200
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    options = ("--index", tmp_path / "index", "--config", tmp_path / "settings.yaml")
    quick = ("--profile", "offline", "--no-ocr", "--no-asr", "--json")
    said = Said("index", tmp_path / FILES, *options, *quick)
    assert (said.code, said.err) == (3, "")
    with MMRagIndex(tmp_path / "index") as index:
        indexed = {shown(document.source) for document in index.documents()}
    rows = said.json["skipped"] + said.json["failed"]
    left_out = {shown(row["source"]): row["reason"] for row in rows}
    told = indexed | {*left_out}
    assert sum(said.json["files"].values()) == len(told)
    unpacked = {name for name in files - told if any(t.startswith(f"{name}/") for t in told)}
    assert files - told == unpacked
    assert {Path(name).parts[0] for name in unpacked} <= {"tars", "zips"}
    assert not [name for name in told if name.startswith("nodes/")]
    crashed = [name for name, why in left_out.items() if why.startswith("its reader crashed")]
    assert {malformed[name].expect for name in crashed} <= {"stopped"}
    # what a fast machine reads in time, a slow one may not
    silent = [name for name, why in left_out.items() if why.startswith("its reader gave no sign")]
    assert {malformed[name].expect for name in silent} <= {"stopped", "either"}
    assert not [name for name in files & indexed if malformed[name].expect == "fails"]
    assert not [name for name in files & {*left_out} if malformed[name].expect == "reads"]
    assert not [why for why in left_out.values() if not why.isprintable() or str(tmp_path) in why]
