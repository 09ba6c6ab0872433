"""Contact sheets: a tile a file, several pages, what is wrong marked; scenes of films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import MediaResource, Node
from PIL import Image
from standins.films import write_film

from mmrag.config import ClassifySettings, IngestSettings
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.spaces import Spaces, space_model
from mmrag.tasks.classifiers import Classifiers
from mmrag.tasks.contact_sheet import COLUMNS, ROWS, draw_sheets
from mmrag.tasks.label_files import FoundFile, LabelledFile, find_files, label_files
from mmrag.tasks.zero_shot import LabelScore
from mmrag.training.pictures import draw
from mmrag.training.shapes import Item
from mmrag.training.tones import synthesise

ORANGE = (200, 118, 43)


def labelled(path: Path, modality: Modality, node: Node) -> LabelledFile:
    score = LabelScore("a long label that does not fit in a tile", 0.51, 0.2)
    return LabelledFile(FoundFile(path, path.name, path), modality, prediction=(score,), first=node)


def words(path: Path) -> LabelledFile:
    return labelled(path, Modality.TEXT, Node(text_resource=MediaResource(text="snow " * 99)))


def shades(sheet: Path) -> set[tuple[int, ...]]:
    found = Image.open(sheet).convert("RGB").getcolors(2**24) or ()
    return {colour for _, colour in found if isinstance(colour, tuple)}


def test_pages_and_what_is_wrong(tmp_path: Path) -> None:
    files = [words(tmp_path / f"{n}.txt") for n in range(COLUMNS * ROWS + 1)]
    sheets = draw_sheets(files, tmp_path / "s.png")
    assert [path.name for path in sheets] == ["s.png", "s-2.png"]
    assert Image.open(sheets[0]).width == COLUMNS * 192 + 16
    assert Image.open(sheets[1]).size == (192 + 16, 254 + 16)
    assert ORANGE not in shades(sheets[0])
    draw_sheets(files[:1], tmp_path / "s.png", {files[0].file.path: "something else"})
    assert ORANGE in shades(tmp_path / "s.png")


def test_media_that_are_gone_leave_their_tile(tmp_path: Path) -> None:
    resource = MediaResource(path=tmp_path / "gone.png", mimetype="image/png")
    gone = labelled(tmp_path / "gone.png", Modality.IMAGE, Node(image_resource=resource))
    assert draw_sheets([gone], tmp_path / "s.png") == [tmp_path / "s.png"]
    assert draw_sheets([LabelledFile(gone.file, error="broken")], tmp_path / "t.png") == []
    with pytest.raises(InputError, match="cannot write"):
        draw_sheets([gone], tmp_path / "none" / "s.png")


def test_a_film_is_told_by_its_scenes(
    tiny: TinyEmbedding, items: list[Item], tmp_path: Path
) -> None:
    shots = [(draw(items[0], 128), 3.0), (draw(items[-1], 128), 2.0)]
    write_film(tmp_path / "film.mp4", shots, sound=synthesise(items[0]), still=True, marked=True)
    spaces = Spaces([space_model("tiny", tiny.model_name)])
    labels = (items[0].concept.colour, items[-1].concept.colour)
    classifiers = Classifiers(spaces, ClassifySettings(labels=labels))
    found = list(label_files(find_files([tmp_path]), classifiers, IngestSettings(workers=0)))
    (film,) = found
    assert film.modality is Modality.VIDEO
    assert [part.prediction[0].label for part in film.parts] == list(labels)
    assert film.parts[0].place.start_ms == 0
    assert film.vector is not None and np.linalg.norm(film.vector) == pytest.approx(1)
    (sheet,) = draw_sheets(found, tmp_path / "s.png")
    assert Image.open(sheet).size == (192 + 16, 254 + 16)
