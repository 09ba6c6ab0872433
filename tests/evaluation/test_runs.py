"""TREC files: they come back as they went, name their faults, and outside tools agree with us."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.evaluation.measures import MEASURES, per_question
from mmrag.evaluation.questions import Gold
from mmrag.evaluation.runs import read_qrels, read_run, write_qrels, write_run

printable = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
names = st.text(printable, min_size=1, max_size=6) | st.sampled_from(
    ["a b", "50%", "a%20b", "#1", "\u2028", "tab\there", "line\nbreak", "Å"]
)
labels = st.builds(Gold, names, st.none() | st.integers(1, 9)).map(lambda gold: gold.label)


@settings(max_examples=30)
@given(st.dictionaries(names, st.lists(labels, min_size=1, max_size=12, unique=True), max_size=4))
def test_a_run_comes_back(run: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        write_run(path, run)
        if run:
            assert read_run(path) == run
        else:
            assert path.read_text() == ""


@settings(max_examples=30)
@given(st.dictionaries(names, st.dictionaries(labels, st.integers(1, 9), min_size=1), min_size=1))
def test_qrels_come_back(grades: dict[str, dict[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qrels"
        write_qrels(path, grades)
        assert read_qrels(path) == grades


def test_lines_as_outside_tools_want_them(tmp_path: Path) -> None:
    write_run(
        tmp_path / "run", {"q 1": [Gold("my notes.md", 3).label, "b"], "q2": []}, tag="my run"
    )
    write_qrels(tmp_path / "qrels", {"q 1": {"b": 2}})
    assert (tmp_path / "run").read_text() == (
        "q%201 Q0 my%20notes.md#3 1 2 my%20run\nq%201 Q0 b 2 1 my%20run\n"
    )
    assert (tmp_path / "qrels").read_text() == "q%201 0 b 2\n"


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(["q 1", "q2", "q3"]),
        st.lists(st.sampled_from([f"d{n}" for n in range(15)]), unique=True, min_size=1),
        min_size=1,
    ),
    st.dictionaries(
        st.sampled_from(["q 1", "q2", "q3"]),
        st.dictionaries(
            st.sampled_from([f"d{n}" for n in range(15)]), st.integers(1, 3), min_size=1
        ),
        min_size=1,
    ),
)
def test_ir_measures_gets_our_numbers_from_our_files(
    run: dict[str, list[str]], grades: dict[str, dict[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_run(Path(folder) / "run", run)
        write_qrels(Path(folder) / "qrels", grades)
        theirs = list(
            ir_measures.iter_calc(
                [ir_measures.parse_measure(name) for name in MEASURES.values()],
                ir_measures.read_trec_qrels(f"{folder}/qrels"),
                ir_measures.read_trec_run(f"{folder}/run"),
            )
        )
    ours = per_question(run, grades)
    names_of = {ir_measures.parse_measure(name): own for own, name in MEASURES.items()}
    assert len(theirs) == len(MEASURES) * len(grades)
    for found in theirs:
        question = found.query_id.replace("%20", " ")
        assert found.value == pytest.approx(ours[names_of[found.measure]][question], abs=1e-12)


def test_ties_are_broken_as_outside_tools_break_them(tmp_path: Path) -> None:
    # the third score differs from 1 by less than the 32 bits that trec_eval keeps of it
    path = tmp_path / "run"
    path.write_text("q Q0 a 1 1.0 t\nq Q0 b 2 1.0 t\nq Q0 0 3 1.00000000001 t\nq Q0 c 4 2 t\n")
    assert read_run(path) == {"q": ["c", "b", "a", "0"]}
    for label, rank in (("c", 1), ("b", 2), ("a", 3), ("0", 4)):
        measure = ir_measures.parse_measure("RR")
        run = ir_measures.read_trec_run(str(path))
        assert ir_measures.calc_aggregate([measure], {"q": {label: 1}}, run) == {
            measure: pytest.approx(1 / rank)
        }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("q Q0 a 1 0.5", "expected 6 columns (question Q0 place rank score tag), found 5"),
        ("q Q0 my notes.md 1 0.5 t", "found 7"),
        ("q Q0 a 1 high t", "the score must be a finite number, found 'high'"),
        ("q Q0 a 1 nan t", "found 'nan'"),
        ("q Q0 a 1 1e999 t", "found '1e999'"),
        ("q Q0 first 2 0.1 t", "first is in the ranking of q already"),
    ],
)
def test_a_fault_in_a_run_is_named_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    said = fault_of(read_run, tmp_path / "run", f"q Q0 first 1 0.9 t\n\n{line}\n")
    assert said.startswith(f"{tmp_path / 'run'}, line 3: ")
    assert fault in said


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("q 0 a", "expected 4 columns (question 0 place grade), found 3"),
        ("q 0 a 1.5", "the grade must be whole, found '1.5'"),
        ("q 0 first 2", "first is labelled for q already"),
    ],
)
def test_a_fault_in_qrels_is_named_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    said = fault_of(read_qrels, tmp_path / "qrels", f"q 0 first 1\n{line}")
    assert said == f"{tmp_path / 'qrels'}, line 2: {fault}"


def fault_of(read: Callable[[Path], object], path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


def test_grades_of_nothing_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "qrels").write_text("q 0 a 0\nq 0 b -1\nq 0 c 2\n")
    assert read_qrels(tmp_path / "qrels") == {"q": {"c": 2}}


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*gone: No such file"):
        read_run(tmp_path / "gone")
    assert "is empty; it should have lines of: question Q0" in fault_of(
        read_run, tmp_path / "empty", "\n"
    )
    (tmp_path / "latin").write_bytes(b"q Q0 \xe5 1 1 t\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_run(tmp_path / "latin")
    with pytest.raises(InputError, match=r"cannot write .*: No such file"):
        write_run(tmp_path / "no" / "run", {"q": ["a"]})
    with pytest.raises(InputError, match="'my notes' is not one word"):
        write_run(tmp_path / "run", {"q": ["my notes"]})
    with pytest.raises(InputError, match="'' is not one word"):
        write_qrels(tmp_path / "qrels", {"": {"a": 1}})
