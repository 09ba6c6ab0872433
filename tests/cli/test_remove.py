"""`mmrag remove`: documents by name, and all of a tenant after a question."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from command import Said

from mmrag import MMRagIndex, Settings


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An index with two documents of ann's and one of nobody's."""
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("goats.md", "sheep.md"):
        (folder / name).write_text(f"About {name}.\n")
    plain = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})
    with MMRagIndex(tmp_path / "index", profile="offline", settings=plain) as index:
        index.for_tenant("ann").index(folder)
        index.index(folder / "goats.md")
    return tmp_path / "index"


def held(place: Path, *tenant: str) -> int:
    found: int = Said("status", "--index", place, *tenant, "--json").json["documents"]
    return found


def test_documents_go_by_name(place: Path) -> None:
    ann = ("--index", place, "--tenant", "ann")
    refused = Said("remove", "goats.md", "sheeps.md", *ann).refusal
    assert "has no document 'sheeps.md' (did you mean 'sheep.md'?); nothing was removed" in refused
    assert held(place, "--tenant", "ann") == 2
    said = Said("remove", "goats.md", *ann)
    assert said.code == 0
    assert said.out.splitlines()[0] == "removed goats.md"
    assert (held(place, "--tenant", "ann"), held(place)) == (1, 1)


def test_all_of_a_tenant_goes_when_it_is_agreed_to(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = ("remove", "--all", "--tenant", "ann", "--index", place)
    line = Said(*ann).refusal
    assert "all of tenant 'ann' in" in line and "2 files and their uploads, give --yes" in line

    asked: list[str] = []

    def answer(text: str, **given: object) -> bool:
        asked.append(text)
        return len(asked) > 1

    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("mmrag.cli.remove.sys", terminal)
    monkeypatch.setattr("typer.confirm", answer)
    assert "nothing was removed" in Said(*ann).err
    assert held(place, "--tenant", "ann") == 2
    assert "2 files removed" in Said(*ann).out
    assert asked == [asked[0]] * 2 and "Remove all of tenant 'ann' in" in asked[0]
    assert (held(place, "--tenant", "ann"), held(place)) == (0, 1)
    assert Said("remove", "--all", "--yes", "--index", place, "--json").json["removed"] == [
        "goats.md"
    ]


@pytest.mark.parametrize("words", [(), ("goats.md", "--all")])
def test_what_to_remove_is_said_in_one_way(words: tuple[str, ...], tmp_path: Path) -> None:
    said = Said("remove", *words, "--index", tmp_path)
    assert said.code == 2
    assert "give --all and no names" in " ".join(said.err.split())
