"""The sentences of a document: in its order, each with its place, and those of nobody else."""

from __future__ import annotations

from mmrag import MMRagIndex


def test_sentences_stand_in_the_order_of_the_document(index: MMRagIndex) -> None:
    said = index.sentences_of("notes.md")
    assert [one.quote for one in said if one.quote[0] != "#"][-4:] == [
        "The aneroid barometer was bought from Negretti in 1934 for 12 pounds.",
        "The hut stands at 1204 m.",
        "Observer Anna Lind lived there from 1931 until 1947.",
        "She kept goats behind the hut.",
    ]
    assert [one.n for one in said] == list(range(1, len(said) + 1))
    assert str(said[-1].section).endswith("People")
    assert {one.source for one in said} == {"notes.md"}


def test_lines_of_a_picture_have_their_region(index: MMRagIndex) -> None:
    boxes = [one.bbox for one in index.sentences_of("poster.png")]
    tops = [box[1] for box in boxes if box]
    assert len(tops) == len(boxes) >= 3
    assert tops == sorted(tops)


def test_there_are_none_of_what_is_not_there(index: MMRagIndex) -> None:
    assert index.sentences_of("gone.md") == []
    assert index.for_tenant("ada").sentences_of("notes.md") == []
