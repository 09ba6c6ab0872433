"""`mmrag compress` and `mmrag eval compression` on a real index of words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mmrag import MMRagIndex, load_settings
from mmrag.cli.app import app
from mmrag.errors import ConfigError

LINES = [
    f"# Station {number}\nThe barometer of hut {number} stood at {number * 37 % 991} metres.\n"
    for number in range(70)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of seventy passages, closed."""
    place = tmp_path_factory.mktemp("compress")
    (place / "docs").mkdir()
    (place / "docs" / "huts.md").write_text("".join(LINES), encoding="utf-8")
    with MMRagIndex(place / "index", profile="offline") as index:
        index.index(place / "docs")
    return place / "index"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_codes_come_and_go_and_answers_stay(made: Path) -> None:
    asked = ("search", "which hut has station 41", "-k", "5", "--index", made, "--json")
    before = json.loads(run(*asked).stdout)["hits"]
    for kind, each in (("binary", 48), ("int8", 388), ("turbo", 200), ("none", 1536)):
        said = json.loads(
            run("compress", "--quantization", kind, "--index", made, "--json").stdout
        )["spaces"]["text"]
        assert (said["now"], said["bytes_each"]) == (kind, each)
        assert said["share"] == pytest.approx(each / 1536)
        hits = json.loads(run(*asked).stdout)["hits"]
        assert [hit["id"] for hit in hits] == [hit["id"] for hit in before]
        status = json.loads(run("status", "--index", made, "--json").stdout)
        assert status["compressed"] == ({} if kind == "none" else {"text": kind})
    assert said["before"] == "turbo"
    nothing = run("compress", "--index", made)
    assert nothing.exit_code == 1 and "say which with --quantization" in nothing.stderr
    run("compress", "--quantization", "turbo", "--index", made)
    again = run("compress", "--index", made)  # what is new gets what there is
    assert again.exit_code == 0 and again.stdout.count("turbo") == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--quantization", "int4"), 2, "none, int8, binary, turbo"),
        (("--quantization", "int8", "--space", "bm25"), 1, "'bm25' is sparse"),
        (("--quantization", "int8", "--space", "nope"), 1, "'nope' is unknown"),
    ],
)
def test_what_cannot_be_compressed(
    made: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    done = run("compress", "--index", made, *words)
    assert done.exit_code == code
    assert told in " ".join(done.stderr.replace("│", " ").split())


def test_the_table(made: Path, tmp_path: Path) -> None:
    done = run("eval", "compression", "--index", made, "-k", "5", "--report", tmp_path, "--json")
    (space,) = json.loads(done.stdout)["spaces"]
    assert (space["space"], space["size"], space["k"]) == ("text", 384, 5)
    assert space["vectors"] + space["queries"] >= 70
    assert space["rows"][0]["name"] == "float32" and space["rows"][0]["recall"]["mean"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compression.md", "compression.png"]
    asked = tmp_path / "asked.jsonl"
    asked.write_text(
        '{"question": "Which hut?", "gold": [{"source": "huts.md"}]}\n', encoding="utf-8"
    )
    words = run("eval", "compression", "--index", made, "--questions", asked, "--json")
    assert json.loads(words.stdout)["spaces"][0]["queries"] == 1
    refused = run("eval", "compression", "--index", made, "--dimensions", "128")
    assert refused.exit_code == 1 and "keep their meaning when cut to 128" in refused.stderr
    few = run("eval", "compression", "--index", made, "-k", "100")
    assert few.exit_code == 1 and "at least 101 are needed" in few.stderr


def test_settings_make_a_new_index_with_codes(tmp_path: Path) -> None:
    settings = load_settings(changes={"index.quantization": {"*": "turbo"}})
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings) as index:
        assert index.vector_store.engine.quantization == {"text": "turbo"}
    wrong = load_settings(changes={"index.quantization": {"txt": "int8"}})
    with pytest.raises(ConfigError, match="'txt' is unknown; choose text"):
        MMRagIndex(tmp_path / "other", profile="offline", settings=wrong)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"index.quantization": "int4"}, r"quantization: .*there are none, int8, binary, turbo"),
        ({"index.quantization": {"text": 8}}, r"there are none, int8, binary, turbo"),
        ({"index.oversampling": 0.5}, r"index\.oversampling"),
        ({"index.quantization": "binary", "index.rescore": False}, "scores count bits"),
    ],
)
def test_settings_that_do_not_fit(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_settings(changes=changes)


def test_the_environment_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INDEX__QUANTIZATION", "turbo")
    assert load_settings().index.quantization == "turbo"
    monkeypatch.setenv("MMRAG_INDEX__QUANTIZATION", '{"text": "int8"}')
    assert load_settings().index.quantization == {"text": "int8"}
