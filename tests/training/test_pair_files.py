"""Pairs read from CSV, JSONL and folders, and the line of whatever is wrong in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrag.embeddings.media import AudioPart, ImagePart
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.training.pair_files import read_pairs
from mmrag.training.pair_rows import csv_rows


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder with a.png, b.jpg and c.flac; whether they can be decoded is not looked at."""
    for name in ("a.png", "b.jpg", "c.flac"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_csv_with_quotes_blank_lines_and_lines_within_a_text(media: Path) -> None:
    file = written(
        media, "p.csv", '\ufeffcaption,image\n"a cat,\nblack",a.png\n\n" b ",b.jpg\nc,b.jpg\n'
    )
    found = read_pairs(file)
    assert (found.left, found.right) == (Modality.IMAGE, Modality.TEXT)
    assert [row.sides for row in found.rows] == [
        (ImagePart(media / "a.png"), "a cat,\nblack"),
        (ImagePart(media / "b.jpg"), "b"),
        (ImagePart(media / "b.jpg"), "c"),
    ]
    assert [row.place for row in found.rows] == ["line 2", "line 5", "line 6"]


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1))
def test_any_text_comes_out_of_csv_as_it_went_in(texts: list[str]) -> None:
    import csv
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerows([["text", "image"], *([text, "a.png"] for text in texts)])
        file.flush()
        assert [row.cells["text"] for row in csv_rows(Path(file.name))] == texts


def test_jsonl_names_parts_of_files(media: Path) -> None:
    rows = [
        {"image": {"path": "a.png", "page": 3, "bbox": [0, 0.5, 1, 1]}, "text": "one"},
        {"image": "b.jpg", "text": "two"},
    ]
    file = written(media, "p.jsonl", "\n".join(map(json.dumps, rows)))
    assert [row.left for row in read_pairs(file).rows] == [
        ImagePart(media / "a.png", 3, (0.0, 0.5, 1.0, 1.0)),
        ImagePart(media / "b.jpg"),
    ]
    sounds = {"audio": {"path": "c.flac", "start_ms": 5, "end_ms": 9}, "image": "a.png"}
    found = read_pairs(written(media, "s.jsonl", json.dumps(sounds)))
    assert found.name == "image-audio"
    assert found.rows[0].right == AudioPart(media / "c.flac", 5, 9)


def test_imagefolder_of_hugging_face(media: Path) -> None:
    written(media, "metadata.jsonl", '{"file_name": "c.flac", "text": "a tone"}\n')
    found = read_pairs(media)
    assert found.name == "audio-text"
    assert found.origin == str(media / "metadata.jsonl")


def test_captions_beside_media(media: Path) -> None:
    (media / "deep").mkdir()
    (media / "deep" / "a.webp").write_bytes(b"x")
    (media / ".hidden.png").write_bytes(b"x")
    for stem in ("a", "b", "deep/a"):
        written(media, f"{stem}.txt", f"this is {stem}\n")
    (media / "c.flac").unlink()
    found = read_pairs(media)
    assert [(row.place, row.right) for row in found.rows] == [
        ("a", "this is a"), ("b", "this is b"), ("deep/a", "this is deep/a"),
    ]  # fmt: skip
    (media / "b.txt").unlink()
    with pytest.raises(InputError, match=r"1 of 3 pairs .* b: the text is empty"):
        read_pairs(media)


def test_pictures_and_recordings_of_one_stem(media: Path) -> None:
    (media / "c.png").write_bytes(b"x")
    written(media, "c.txt", "seen and heard")
    with pytest.raises(InputError, match="With more kinds, name two with --columns"):
        read_pairs(media)
    found = read_pairs(media, columns=["audio", "image"], skip_bad=True)
    assert (found.name, len(found)) == ("image-audio", 1)
    assert [str(fault) for fault in found.faults] == [
        "a: no audio is named", "b: no audio is named",
    ]  # fmt: skip


def test_folders_names_as_captions(media: Path) -> None:
    for name in ("black_cat", "old-dog"):
        (media / name).mkdir()
        (media / name / "1.png").write_bytes(b"x")
        (media / name / "1.jpg").write_bytes(b"x")
    for loose in ("a.png", "b.jpg", "c.flac"):
        (media / loose).unlink()
    found = read_pairs(media, folder_names=True)
    assert [(row.place, row.right) for row in found.rows] == [
        ("black_cat/1.jpg", "black cat"), ("black_cat/1.png", "black cat"),
        ("old-dog/1.jpg", "old dog"), ("old-dog/1.png", "old dog"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.csv", "image,text\na.png,x\nno.png,y\nb.jpg, \n", "2 of 3 pairs of .*p.csv cannot be"
         " used: line 3: no file no.png; line 4: the text is empty; mend"),
        ("p.csv", "image,text\na.png,x\na.png,x\n", "line 3: repeats line 2"),
        ("p.csv", "foto,text\na.png,x\n", "line 2: unknown column 'foto'; known are text, caption"),
        ("p.csv", "image,text\na.png,x,y\n", "line 2: 3 cells for 2 columns"),
        ("p.csv", "text,text\nx,y\n", "line 1: a column is there twice"),
        ("p.csv", 'image,text\na.png,"x\n', "line 2: unexpected end of data"),
        ("p.csv", "image,text,audio\na.png,x,c.flac\n", "must have two of the columns"),
        ("p.csv", "text,caption\na,b\n", "text and caption are both text"),
        ("p.csv", "image,text\n", "holds no pairs"),
        ("p.jsonl", '{"image": "a.png", "text": "x"}\n[1]', "line 2: must be an object, found"),
        ("p.jsonl", '{"image": "a.png", "text": }', "line 1: no JSON"),
        ("p.jsonl", '{"image": "a.png", "text": 3}', "line 1: 3 is no text"),
        ("p.jsonl", '{"image": 3, "text": "x"}', "line 1: 3 names no image"),
        ("p.jsonl", '{"image": {"path": "a.png", "end_ms": 1}, "text": "x"}', "no 'end_ms'"),
        ("p.jsonl", '{"image": {"path": "a.png", "page": "1"}, "text": "x"}', "page must be a who"),
        ("p.jsonl", '{"image": {"path": "a.png", "bbox": [1]}, "text": "x"}', "bbox must be"),
        ("p.jsonl", '{"file_name": "a.doc", "text": "x"}', "no file_name ends like a picture"),
        ("p.yaml", "a: b", "no file of pairs; known are: .csv, .tsv, .jsonl"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(media: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_pairs(written(media, name, text))


def test_two_columns_may_be_named_and_the_others_are_of_no_concern(media: Path) -> None:
    file = written(media, "p.tsv", "image\ttext\tsize\na.png\tx\t7\n")
    with pytest.raises(InputError, match="unknown column 'size'"):
        read_pairs(file)
    assert len(read_pairs(file, columns=["image", "text"])) == 1
    with pytest.raises(InputError, match="has no column 'audio'"):
        read_pairs(file, columns=["audio", "text"])


def test_no_such_source_and_no_such_folder_of_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file or folder of pairs at"):
        read_pairs(tmp_path / "none")
    with pytest.raises(InputError, match="found nothing"):
        read_pairs(tmp_path)
    (tmp_path / "latin.csv").write_bytes("image,text\na.png,\xe9\n".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_pairs(tmp_path / "latin.csv")
