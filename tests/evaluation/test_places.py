"""What stands at labelled places, in a real index and by names alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from mmrag import MMRagIndex, load_settings
from mmrag.evaluation.places import by_suffix, in_index
from mmrag.evaluation.questions import Gold, LabelledQuestion

Make = Callable[..., LabelledQuestion]


def test_an_index_tells_what_it_has_and_what_it_lacks(index: MMRagIndex, question: Make) -> None:
    asked = [
        question("q1", "notes.md", "poster.png", Gold("poster.png", 1)),
        question("q2", Gold("poster.png", 2), "gone.md", Gold("notes.md", None, 0, 9)),
        question("q3"),
    ]
    assert in_index(index.vector_store.engine, asked) == {
        "notes.md": "text",
        "poster.png": "image",
        "poster.png#1": "image",
        "poster.png#2": None,
        "gone.md": None,
        "notes.md#t=0,9": None,
    }


def test_a_scanned_page_is_an_image_and_its_file_a_text(
    folder: Path, tmp_path: Path, question: Make
) -> None:
    canvas = Canvas(str(tmp_path / "both.pdf"))
    canvas.drawString(72, 700, "Observer Anna Lind kept goats behind the hut for sixteen years.")
    canvas.showPage()
    canvas.drawImage(ImageReader(folder / "poster.png"), 0, 200, 590, 300)
    canvas.showPage()
    canvas.save()
    settings = load_settings(changes={"ingest.asr": False})
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings) as made:
        made.index(tmp_path / "both.pdf")
        gold = [Gold("both.pdf", 1), Gold("both.pdf", 2), Gold("both.pdf")]
        found = in_index(made.vector_store.engine, [question("q1", *gold)])
    assert found == {"both.pdf#1": "text", "both.pdf#2": "image", "both.pdf": "text"}


def test_names_alone_tell_a_modality(question: Make) -> None:
    asked = [question("q1", "a.PDF", Gold("b.jpg", 1), "c.ogg", "readme", "d.xyz")]
    assert by_suffix(asked) == {
        "a.PDF": "text",
        "b.jpg#1": "image",
        "c.ogg": "audio",
        "readme": "text",
        "d.xyz": "text",
    }
