"""Requests: what is searched for or asked, and what narrows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from mmrag_connectors.hosting.calls import Question

LONGEST_WORDS = 4000
"""As of a question to an index; a query of more is a document."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,99}$")]
Wanted = (
    Annotated[StrictStr, Field(max_length=1000)]
    | Annotated[StrictInt, Field(ge=-(2**53), le=2**53)]
    | Annotated[StrictFloat, Field(allow_inf_nan=False)]
)
Page = Annotated[int, Field(ge=1, le=10_000_000)]
Milliseconds = Annotated[int, Field(ge=0, le=10**12)]
Date = Annotated[
    str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?)?)?$")
]


class Narrowing(BaseModel):
    """What hits must be, all of it; what is left out demands nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    modality: list[Literal["text", "image", "audio", "video", "depth", "thermal", "imu"]] = Field(
        [],
        max_length=7,
        description="Only these; `video` finds what is said in films, too.",
        examples=[["image", "video"]],
    )
    where: dict[Name, Wanted] = Field(
        {},
        max_length=20,
        description="Metadata that hits must have.",
        json_schema_extra={"additionalProperties": False},
        examples=[{"source": "notes.md"}],
    )
    pages: tuple[Page, Page] | None = Field(
        None, description="First and last page that hits may stand on.", examples=[[3, 7]]
    )
    between_ms: tuple[Milliseconds, Milliseconds] | None = Field(
        None,
        description="Milliseconds of which hits in recordings and films must have some.",
        examples=[[30_000, 120_000]],
    )
    taken: tuple[Date, Date] | None = Field(
        None,
        description="First and last date of pictures and recordings.",
        examples=[["2024", "2024-05-17"]],
    )
    near: (
        tuple[
            Annotated[float, Field(ge=-90, le=90)],
            Annotated[float, Field(ge=-180, le=180)],
            Annotated[float, Field(gt=0, le=20_040)],
        ]
        | None
    ) = Field(
        None,
        description="Where they were taken: latitude, longitude, within how many kilometres.",
        examples=[[59.33, 18.06, 25]],
    )
    rerank: Literal["on", "off", "auto"] | None = Field(
        None, description="Whether a second model judges the best hits; null is the server's way."
    )

    def asked(self, words: str, image: Path | None, audio: Path | None) -> Question:
        """The question to an index."""
        return Question(
            words=words,
            image=image,
            audio=audio,
            modalities=tuple(self.modality),
            where=self.where,
            pages=self.pages,
            between_ms=self.between_ms,
            taken=self.taken,
            near=self.near,
            rerank=self.rerank,
        )


class SearchRequest(Narrowing):
    """What is searched for."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"query": "who rebuilt the mast", "k": 5},
                {"query": "storm", "modality": ["audio"], "between_ms": [0, 60000]},
            ]
        },
    )

    query: str = Field(
        "",
        max_length=LONGEST_WORDS,
        description="Words; may be empty beside a picture or recording.",
        examples=["who rebuilt the mast"],
    )
    k: int = Field(10, ge=1, le=100, description="How many hits.")


class AskRequest(Narrowing):
    """A question."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"question": "Who rebuilt the mast?"},
                {"question": "What was said of the storm?", "modality": ["audio"], "stream": True},
            ]
        },
    )

    question: str = Field(
        min_length=1, max_length=LONGEST_WORDS, examples=["Who rebuilt the mast?"]
    )
    llm: Literal["extractive", "ollama", "local"] | None = Field(
        None, description="Who words the answer; null is the server's way, extractive is nobody."
    )
    stream: bool = Field(
        False, description="Send server-sent events, as `Accept: text/event-stream` does."
    )
