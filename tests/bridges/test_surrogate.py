"""File names as stand-ins for text."""

from __future__ import annotations

import pytest
from llama_index.core.schema import Node

from mmrag.bridges.surrogate import NameBridge
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node, text_of
from mmrag.words import name_in_words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pictures/SummitHut_at-dusk.jpg", "Summit Hut at dusk"),
        ("ÅrsMöte 1934 (2).ogg", "Års Möte 1934 2"),
        ("photos:2024/IMG_0042.png", "IMG 0042"),
        ("a.b.c.wav", "a b c"),
        ("___.png", ""),
    ],
)
def test_a_file_name_in_words(source: str, words: str) -> None:
    assert name_in_words(source) == words


def node(text: str, modality: Modality, mimetype: str) -> Node:
    where = Provenance("media/SummitHut.png")
    return build_node(text, where, modality=modality, mimetype=mimetype, path="/m/SummitHut.png")


@pytest.mark.parametrize(
    ("modality", "mimetype"), [(Modality.IMAGE, "image/png"), (Modality.AUDIO, "audio/ogg")]
)
def test_wordless_media_are_called_by_their_name_and_marked(
    modality: Modality, mimetype: str
) -> None:
    (named,) = NameBridge()([node("  \n", modality, mimetype)])
    assert text_of(named) == "Summit Hut"
    assert named.metadata[SURROGATE] is True


@pytest.mark.parametrize(
    ("text", "modality", "mimetype"),
    [
        ("A poster", Modality.IMAGE, "image/png"),  # it has words of its own
        ("", Modality.IMAGE, "application/pdf"),  # a figure on a page is no whole file
        ("", Modality.TEXT, "text/plain"),
    ],
)
def test_all_else_stays_as_it_is(text: str, modality: Modality, mimetype: str) -> None:
    (left,) = NameBridge()([node(text, modality, mimetype)])
    assert text_of(left) == text
    assert SURROGATE not in left.metadata
