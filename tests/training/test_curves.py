"""The picture of a run holds what the history holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from mmrag.errors import InputError
from mmrag.training.curves import plot
from mmrag.training.history import History, Progress


def run(evaluated: bool) -> History:
    history = History()
    if evaluated:
        history.add(Progress(0, {}, {}, 0.0, 0.07, {"text_r$1": 0.1, "heldout_loss": 3.0}))
    for step in (1, 10, 20):
        found = {"text_r$1": 0.9 - step / 100, "heldout_loss": 1.0} if step > 1 else {}
        losses, recalls = {"image-text": 3.0 / step}, {"image-text": step / 20}
        history.add(Progress(step, losses, recalls, 1e-3, 0.07, found if evaluated else {}))
    return history


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Figures that were saved, which are real ones."""
    figures: list[Figure] = []
    save = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *a, **k: (figures.append(self), save(self, *a, **k))[1]
    )
    return figures


def test_both_panels_have_what_was_trained_and_what_was_held_out(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    plot(run(evaluated=True), tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as image:
        assert image.format == "PNG"
        assert min(image.size) > 500
    losses, recalls = drawn[0].axes
    names = [[str(line.get_label()) for line in panel.get_lines()] for panel in (losses, recalls)]
    assert names[0] == ["image-text", "heldout_loss, held out", "best, step 10"]
    assert names[1][0] == "image-text in the batch, recall@1"
    assert names[1][1:] == [r"text_r\$1, held out", "best, step 10"]
    assert [list(line.get_xdata()) for line in recalls.get_lines()] == [
        [1, 10, 20],
        [0, 10, 20],
        [10, 10],
    ]
    assert list(recalls.get_lines()[1].get_ydata()) == pytest.approx([0.1, 0.8, 0.7])
    assert recalls.get_title(loc="left").endswith("0.100 before, 0.800 at step 10")


def test_without_evaluations_no_step_is_marked(tmp_path: Path, drawn: list[Figure]) -> None:
    plot(run(evaluated=False), tmp_path / "curves.png")
    assert [len(panel.get_lines()) for panel in drawn[0].axes] == [1, 1]
    assert drawn[0].axes[1].get_title(loc="left") == "Recall"


def test_what_cannot_be_drawn_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing was logged"):
        plot(History(), tmp_path / "curves.png")
    with pytest.raises(InputError, match=r"cannot write .*No such file"):
        plot(run(evaluated=False), tmp_path / "none" / "curves.png")
