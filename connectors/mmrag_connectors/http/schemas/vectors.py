"""Requests and responses about vectors, similarities and labels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST = 128
"""Texts, files or labels of one request; of similarities, of each side."""

Text = Annotated[str, Field(min_length=1, max_length=32_000)]
Media = Literal["text", "image", "audio"]


class _InSpace(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    space: str | None = Field(
        None,
        max_length=100,
        description="A space of the index; null takes the first that fits.",
        examples=["clip"],
    )


class EmbedTexts(_InSpace):
    """Texts to embed."""

    texts: list[Text] = Field(min_length=1, max_length=MOST, examples=[["a mast in a storm"]])
    kind: Literal["query", "document"] = Field(
        "document", description="What the texts are to the model, if it tells them apart."
    )


class EmbedFiles(_InSpace):
    """How files are to be embedded."""


class Embedded(BaseModel):
    """Unit vectors, in the order of what was given."""

    space: str
    model: str
    dimension: int
    vectors: list[list[float]]


class Compare(_InSpace):
    """Two sides to compare: their texts; pictures and recordings come as files."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"left": ["a mast"], "right": ["a flagpole", "a bowl of soup"]}]
        }
    )

    left: list[Text] = Field([], max_length=MOST)
    right: list[Text] = Field([], max_length=MOST)


class Item(BaseModel):
    """What a row or column of similarities is of."""

    modality: Media
    n: int = Field(description="Which text, picture or recording of its side, from 0.")


class Similarities(BaseModel):
    """Cosines: a row for each of the left side, a column for each of the right.

    On each side texts come first, then pictures, then recordings.
    """

    space: str
    model: str
    left: list[Item]
    right: list[Item]
    similarity: list[list[float]]


class Classify(_InSpace):
    """Labels for a text; or for a picture or recording, which comes as a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "The gale took the mast.", "labels": ["weather", "cooking"]}]
        }
    )

    labels: list[Annotated[str, Field(min_length=1, max_length=1000)]] = Field(
        min_length=2, max_length=MOST, examples=[["weather", "cooking"]]
    )
    text: str = Field("", max_length=32_000)
    template: str = Field(
        "{}",
        max_length=1000,
        description="What is compared, with the label in place of {}.",
        examples=["a photo of a {}"],
    )


class Labelled(BaseModel):
    """A label, and how well it fits."""

    label: str
    probability: float = Field(description="0..1; all labels sum to 1.")
    similarity: float = Field(description="The cosine.")


class Classified(BaseModel):
    """All labels, the best first."""

    labels: list[Labelled]
