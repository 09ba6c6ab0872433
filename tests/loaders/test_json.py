"""JSON and JSON Lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.json import JsonReader
from mmrag.schema import provenance_of, text_of


def read(path: Path, text: str) -> list[tuple[tuple[str, ...], str]]:
    path.write_text(text, encoding="utf-8")
    nodes = JsonReader().read(path, source="s")
    return [(provenance_of(n).heading, text_of(n)) for n in nodes]


def test_objects_under_their_keys(tmp_path: Path) -> None:
    value = {
        "name": "Museum",
        "open": True,
        "tags": ["a", "b"],
        "address": {"city": "Växjö", "zip": None},
        "loans": [{"item": "Clock", "to": {"name": "Ann"}}, {"item": "Lod"}],
        "deep": {"deeper": {"x": 1.5}},
    }
    assert read(tmp_path / "a.json", json.dumps(value)) == [
        ((), "name: Museum\nopen: true\ntags: a, b"),
        (("address",), "city: Växjö\nzip: null"),
        (("loans", "items 1-2"), "item: Clock; to.name: Ann\nitem: Lod"),
        (("deep", "deeper"), "x: 1.5"),
    ]


def test_lines(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"n": n}) for n in range(1, 13))
    found = read(tmp_path / "a.jsonl", lines + "\n")
    assert [heading for heading, _ in found] == [("items 1-10",), ("items 11-12",)]
    assert found[1][1] == "n: 11\nn: 12"
    assert read(tmp_path / "a.json", lines) == found
    assert read(tmp_path / "b.jsonl", '{"n": 1}') == [(("item 1",), "n: 1")]


def test_a_large_record_is_taken_apart(tmp_path: Path) -> None:
    text = "The clock strikes. " * 100
    found = read(tmp_path / "a.json", json.dumps([{"id": 1}, {"id": 2, "text": text}, {"id": 3}]))
    assert found[0] == (("item 1",), "id: 1")
    assert {heading for heading, _ in found[1:-1]} == {("item 2",)}
    assert "".join(body for _, body in found).count("strikes") == 100
    assert found[-1] == (("item 3",), "id: 3")


def test_bad_json(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match=r"not JSON: .*line 1 column 2"):
        read(tmp_path / "a.json", "{nonsense")
    with pytest.raises(CorruptFile, match="line 2"):
        read(tmp_path / "a.jsonl", '{"a": 1}\n{"a": \n')
    for deep in ("[" * 100_000, "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500):
        with pytest.raises(LimitExceeded, match="nested too deeply; limit nesting=100"):
            read(tmp_path / "a.json", deep)


def test_what_python_refuses_in_numbers_and_halves_of_pairs(tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="is not JSON: Exceeds the limit"):
        read(tmp_path / "a.json", f'{{"n": {"9" * 5000}}}')
    assert read(tmp_path / "a.json", '{"a": "\\ud800"}') == [((), "a: \ufffd")]


def test_a_list_in_lists_is_looked_at_once(tmp_path: Path) -> None:
    words = ", ".join(f'"word {n}"' for n in range(300))
    found = read(tmp_path / "a.json", "[" * 20 + f"[{words}], {{}}" + "]" * 20)
    assert sum(text.count("word ") for _, text in found) == 300
