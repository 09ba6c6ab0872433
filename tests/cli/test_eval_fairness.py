"""`mmrag eval fairness`: runs, an index, predictions, kept audits, and one clear line an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from command import Said
from fairness_world import two_colours

from mmrag import MMRagIndex, load_settings
from mmrag.evaluation.runs import write_run

run = partial(Said, "eval", "fairness")


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty questions about two colours, their groups, and a run that finds one of them late."""
    monkeypatch.chdir(tmp_path)
    world = two_colours()
    rows = [
        {
            "id": row.id,
            "question": row.words,
            "gold": [{"source": row.id}],
            "lang": "en" if row.line % 2 else "sv",
        }
        for row in world.questions
    ]
    Path("q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines = [f"{source},{group}" for source, group in world.groups.of.items()]
    Path("colour.csv").write_text("\n".join(["source,group", *lines]))
    write_run(Path("our.run"), world.rankings)


ASKED = ("--questions", "q.jsonl", "--groups", "colour.csv", "--run-in", "our.run", "-k", "6")


def test_a_run_all_at_once() -> None:
    said = run(
        *ASKED,
        "--question-group",
        "lang",
        "--rerank",
        "detgreedy",
        "--report",
        "out",
        "--json",
    )
    assert said.code == 0, said.err
    found = json.loads(said.out, parse_constant=pytest.fail)
    documents, askers = found["audits"]
    assert (documents["attribute"], askers["attribute"]) == ("colour", "lang of questions")
    assert documents["groups"]["red"] == {"documents": 20, "desired": 0.5}
    assert documents["measures"]["ndcg@6"]["groups"]["red"]["value"]["mean"] == 0.5
    assert {"measure": "ndcg@6", "group": "red"} in documents["called"]
    assert askers["called"] == []
    assert found["rerank"]["cost"]["ndcg@6"]["mean"] > 0
    exposure = found["rerank"]["exposure"]
    assert exposure["before"]["red"] < exposure["after"]["red"]
    assert found["changes"] is None
    assert {path.name for path in Path("out").iterdir()} == {"fairness.md", "fairness.png"}


def test_the_table_names_the_gap_and_the_limits() -> None:
    said = run(*ASKED, "--share", "red=0.2", "--share", "blue=0.8")
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "ndcg@6 figure minus the rest" in words
    assert "red (20) 0.500 (0.500–0.500)" in words
    assert "BELOW" in words
    assert "Holm's p is below 0.05" in words
    assert "not why" in words
    assert "places that were shown are of documents without a label" in " ".join(said.err.split())


def test_a_later_run_that_got_worse_exits_with_1() -> None:
    assert run(*ASKED, "--save", "kept.json").code == 0
    same = run(*ASKED, "--against", "kept.json", "--json")
    assert same.code == 0, same.err
    assert same.json["worse"] == 0
    late = {
        name: found if name[0] == "b" else ["x", "y", *found]
        for name, found in two_colours().rankings.items()
    }
    write_run(Path("our.run"), late)
    worse = run(*ASKED, "--against", "kept.json")
    assert worse.code == 4
    assert worse.err.splitlines()[-1].startswith("mmrag: gaps grew by more than 0.05: ndcg@6 by c")
    assert "recall" not in worse.err
    assert run(*ASKED, "--against", "kept.json", "--tolerance", "2").code == 0
    other = run(*ASKED[:-1], "5", "--against", "kept.json")
    assert other.refusal.endswith("kept.json is of something else: k 6 there, 5 here")
    Path("q.jsonl").write_text(
        Path("q.jsonl").read_text().replace('"question": "b0"', '"question": "?"')
    )
    assert "is of something else: questions" in run(*ASKED, "--against", "kept.json").refusal


def test_predictions(tmp_path: Path) -> None:
    rows = [
        f"{at},yes,{'no' if at % 2 else 'yes'},{'a' if at % 2 else 'b'},0.8" for at in range(60)
    ]
    Path("p.csv").write_text("\n".join(["item,truth,predicted,group,probability", *rows]))
    said = run("--predictions", "p.csv", "--positive", "yes", "--json", "--save", "kept.json")
    assert said.code == 0, said.err
    (audit,) = said.json["audits"]
    assert audit["figures"]["demographic_parity_difference[yes]"]["mean"] == 1
    assert audit["by_group"]["ece"]["b"]["mean"] == pytest.approx(0.2)
    assert run("--predictions", "p.csv", "--positive", "no", "--against", "kept.json").code == 1
    Path("g.csv").write_text("item,group\n0,x\n1,y\n")
    assert run("--predictions", "p.csv", "--groups", "g.csv").code == 0


def test_an_index_by_a_field_of_its_documents(folder: Path) -> None:
    settings = load_settings(changes={"ingest.ocr": False})
    with MMRagIndex(Path("index"), profile="offline", settings=settings) as index:
        index.index(folder)
    rows: list[dict[str, Any]] = [
        {"question": "Who kept goats behind the hut?", "gold": [{"source": "notes.md"}]},
        {"question": "poster", "gold": [{"source": "poster.png"}]},
    ]
    Path("q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    asked = ("--questions", "q.jsonl", "--index", "index")
    said = run(*asked, "--attribute", "modality", "--json", "-k", "5")
    assert said.code == 0, said.err
    (audit,) = said.json["audits"]
    assert audit["groups"]["image"]["documents"] == 1
    assert all(row["small"] for row in audit["measures"]["recall@5"]["groups"].values())
    assert (audit["tested"], audit["called"]) == (0, [])
    assert any("found fewer than 5 places" in note for note in audit["notes"])
    assert "no document of the index has 'colour'" in run(*asked, "--attribute", "colour").refusal
    assert (
        "none of the 40 sources with a group is in the index"
        in run(*asked, "--groups", "colour.csv").refusal
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--questions", "q.jsonl"), "say what groups"),
        ((), "give --questions or --predictions"),
        ((*ASKED, "--attribute", "author"), "give --attribute or --groups, not both"),
        ((*ASKED, "--rerank", "magic"), "wants one of detgreedy, detcons"),
        ((*ASKED, "--desired", "equal"), "wants one of corpus, documents, uniform"),
        ((*ASKED, "--candidates", "9"), "says how many hits --rerank orders"),
        ((*ASKED, "--rerank", "detcons", "--candidates", "3"), "must be at least -k"),
        ((*ASKED, "--predictions", "p.csv"), "give --questions or --predictions"),
        ((*ASKED, "--positive", "yes"), "is a label of --predictions"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...], told: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert told in " ".join(said.err.replace("│", " ").split())


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    def of(groups: str, *more: str) -> str:
        (tmp_path / "colour.csv").write_text(groups)
        return run(*ASKED, *more).refusal

    return of


def test_groups_that_will_not_do(refused: Callable[..., str]) -> None:
    assert "into one group (red)" in refused("source,group\nr0,red\nr1,red\n")
    assert "line 3: r0 is in the group 'blue'" in refused("source,group\nr0,red\nr0,blue\n")
    assert "none is given for red" in refused(
        "source,group\nr0,red\nb0,blue\n", "--share", "blue=.9"
    )
