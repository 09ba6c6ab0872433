"""Notebooks are valid, stripped, on public names, and run from a clean folder to what they say."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import mmrag
from mmrag import loaders

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PUBLIC = {
    "mmrag": set(mmrag.__all__),
    "mmrag.loaders": set(loaders.__all__),
    "mmrag.samples": {"ARCHIVE", "questions"},
    "mmrag.store.spec": {"DenseSpace", "SparseSpace"},  # what `MMRagQdrantStore.from_path` takes
    # the small world and its model, for tests and tutorials
    "mmrag.embeddings.tiny": {"TinyEmbedding"},
    "mmrag.training.pictures": {"draw"},
    "mmrag.training.pool": {"write_items", "write_sensed"},
    "mmrag.training.shapes": {"CONCEPTS", "FURTHER", "Concept", "gallery"},
}
"""By module, what notebooks may import of mmrag."""

CHECKS = {
    "01_quickstart": """
assert stovepipe.citations[0].source == "letters/letter-1937-scan.png", stovepipe
assert heard.verified and heard.source == "sound/interview-karin-nyberg.ogg", heard
assert toner.abstained
assert report.counts == {"unchanged": 17, "moved": 1, "indexed": 1, "removed": 1}, report.counts
assert "yellow" in painted.text
""",
    "02_cross_modal_search": """
assert {about[hit.source] for hit in mixed[:3]} == {Concept("red", "circle", "large")}
assert {hit.modality for hit in mixed[:3]} == {"text", "image", "audio"}
assert about[sounds[0].source] == star.item.concept
assert about[heard[0].source] == tone.item.concept
assert about[felt[0].source].shape == "star"
assert known.min() >= 0.9 > 0.6 > unseen.min(), (known, unseen)
""",
    "03_calibrated_fusion": """
assert difference < 1e-4, difference
assert better > 50, better
means = {name: values.mean() for name, values in quality.items()}
others = [means[name] for name in ("rrf", "dbsf", "weighted_sum", "by cosine,\\nCLIP-like scale")]
assert means["calibrated"] > max(others) + 0.25, means
assert abs(means["calibrated"] - means["by cosine"]) < 0.05, means
assert shares(found["rrf"])[0] > 0.95 > 0.9 > shares(found["calibrated"])[0]
""",
    "04_grounded_chat": """
assert poster.citations[0].kind == "ocr" and poster.citations[0].bbox
assert heard.kind == "transcript" and heard.end_ms > heard.start_ms
checked = [[cited.verified for cited in told.citations] for told in (before, changed, after)]
assert checked == [[True], [False], [True]], checked
assert "frying pan" in after.text
assert sum(can) / len(can) > 0.7 and sum(cannot) / len(cannot) < 0.3, (can, cannot)
assert response.metadata["question"] == "What colour was the new mast?", response.metadata
""",
    "05_fine_tuning": """
name = "with old ones"
assert recalls["before"]["new colours"] < 0.4 and recalls["before"]["old colours"] > 0.95, recalls
assert recalls["new colours only"]["new colours"] > 0.9, recalls
assert recalls["new colours only"]["old colours"] < recalls[name]["old colours"] - 0.1, recalls
assert min(recalls[name].values()) > 0.9, recalls
assert [str(found[0].concept) == WORDS[2:] for found in results.values()] == [False, True], results
""",
    "06_in_your_llamaindex_app": """
assert found[0].node.metadata["page"] == 3, found[0]
assert leaning.metadata["question"] == "When did Anders Lindqvist leave?"
assert "2 July 1934" in str(together[1])
assert response.metadata["citations"][0]["source"] == "tables/climate-and-checks.xlsx"
assert seen.block_type == "image"
""",
}
"""By notebook, what is true in its kernel before its last cell clears up."""

named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code(path: Path) -> list[str]:
    return [cell.source for cell in read(path).cells if cell.cell_type == "code"]


def executed(
    notebook: nbformat.NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run it in `folder`/work with its temporary files in `folder`/tmp.

    Raises:
        AssertionError: a cell failed; the message has its number and traceback.
    """
    for name in ("work", "tmp"):
        (folder / name).mkdir()
    paths = [str(ROOT), str(ROOT / "connectors"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    # with tiny models, threads only get into each other's way, and other tests run beside this
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    client = NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder / "work")}},
    )
    try:
        client.execute()
    except CellExecutionError as exc:
        failed = next(
            number
            for number, cell in enumerate(notebook.cells, 1)
            if any(output.output_type == "error" for output in cell.get("outputs", ()))
        )
        raise AssertionError(f"cell {failed} failed:\n{exc}") from None


def test_each_is_checked() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(CHECKS)


@pytest.mark.parametrize("page", [FOLDER / "README.md", ROOT / "docs" / "notebooks.md"], ids=str)
def test_pages_name_each(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if path.name not in text] == []


@named
def test_is_valid_and_stripped(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata == METADATA
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        assert cell.metadata == {}
        assert cell.source.strip(), f"cell {cell.id} is empty"
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), f"cell {cell.id} has run"


@named
def test_opens_with_what_it_is_and_how_to_install_it(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert re.match(r"# \w", first.source)
    assert "pip install -e '.[offline,notebooks]'" in first.source


@named
def test_code_compiles_and_uses_public_names_only(path: Path) -> None:
    wrong = []
    for number, source in enumerate(code(path), 1):
        # a notebook may await at the top
        compile(source, f"{path.name}[{number}]", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                wrong += [a.name for a in node.names if a.name.split(".")[0] == "mmrag"]
            elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "mmrag":
                known = PUBLIC.get(str(node.module), set())
                wrong += [f"{node.module}.{a.name}" for a in node.names if a.name not in known]
            elif isinstance(node, ast.Attribute) and re.match("_(?!_)", node.attr):
                wrong.append(node.attr)
    assert wrong == []


@named
def test_links_lead_to_notebooks(path: Path) -> None:
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(([^):#]+)\)", text)
    assert [link for link in links if not (FOLDER / link).exists()] == []


def test_a_cell_that_fails_is_told_by_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("1 + 1"),
        nbformat.v4.new_code_cell("1 / 0"),
        nbformat.v4.new_code_cell("2 + 2"),
    ]
    with pytest.raises(AssertionError, match=r"(?s)cell 3 failed:.*ZeroDivisionError"):
        executed(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), tmp_path, monkeypatch)


@pytest.mark.slow
@named
def test_runs_to_what_it_says_and_leaves_nothing(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = read(path)
    notebook.cells.insert(-1, nbformat.v4.new_code_cell(CHECKS[path.stem]))
    executed(notebook, tmp_path, monkeypatch)
    left = [*(tmp_path / "work").iterdir(), *(tmp_path / "tmp").iterdir()]
    # torch makes one of these when it is imported
    assert [path for path in left if not path.name.startswith("torchinductor_")] == []
