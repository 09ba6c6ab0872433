"""Routes: vectors, similarities and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from mmrag.errors import InputError
from mmrag_connectors.hosting.calls import Vectors
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Hosted, Reader
from mmrag_connectors.http.posted import Posted, posts
from mmrag_connectors.http.schemas.documented import refusals, request_body, request_form
from mmrag_connectors.http.schemas.vectors import (
    MOST,
    Classified,
    Classify,
    Compare,
    Embedded,
    EmbedFiles,
    EmbedTexts,
    Media,
    Similarities,
)

router = APIRouter(tags=["vectors"])

PICTURES = {"image": "Pictures to embed, one or several."}
RECORDINGS = {"audio": "Recordings to embed, one or several."}
COMPARED = {
    "left_image": "Pictures of the left side.",
    "left_audio": "Recordings of the left side.",
    "right_image": "Pictures of the right side.",
    "right_audio": "Recordings of the right side.",
}
CLASSIFIED = {"image": "A picture to classify.", "audio": "A recording to classify."}

Texts = Annotated[Posted[EmbedTexts], Depends(posts(EmbedTexts))]
Pictures = Annotated[Posted[EmbedFiles], Depends(posts(EmbedFiles, dict.fromkeys(PICTURES, MOST)))]
Recordings = Annotated[
    Posted[EmbedFiles], Depends(posts(EmbedFiles, dict.fromkeys(RECORDINGS, MOST)))
]
Sides = Annotated[Posted[Compare], Depends(posts(Compare, dict.fromkeys(COMPARED, MOST)))]
One = Annotated[Posted[Classify], Depends(posts(Classify, dict.fromkeys(CLASSIFIED, 1)))]


@router.post(
    "/v1/embed/text",
    response_model=Embedded,
    responses=refusals(413, 415),
    openapi_extra=request_body(EmbedTexts, {}),
)
async def embed_text(caller: Reader, hosted: Hosted, given: Texts) -> JSONResponse:
    """Vectors of texts, in a space that takes text."""
    said = given.said
    return _embedded(await hosted.embed_texts(said.texts, said.space, said.kind))


@router.post(
    "/v1/embed/image",
    response_model=Embedded,
    responses=refusals(413, 415),
    openapi_extra=request_form(EmbedFiles, PICTURES),
)
async def embed_image(caller: Reader, hosted: Hosted, given: Pictures) -> JSONResponse:
    """Vectors of pictures, in a space that takes them."""
    files, space = given.files["image"], given.said.space
    return _embedded(await hosted.embed_files("image", files, space))


@router.post(
    "/v1/embed/audio",
    response_model=Embedded,
    responses=refusals(413, 415),
    openapi_extra=request_form(EmbedFiles, RECORDINGS),
)
async def embed_audio(caller: Reader, hosted: Hosted, given: Recordings) -> JSONResponse:
    """Vectors of recordings, in a space that takes them."""
    files, space = given.files["audio"], given.said.space
    return _embedded(await hosted.embed_files("audio", files, space))


@router.post(
    "/v1/similarity",
    response_model=Similarities,
    responses=refusals(413, 415),
    openapi_extra=request_body(Compare, COMPARED, several=True),
)
async def similarity(caller: Reader, hosted: Hosted, given: Sides) -> JSONResponse:
    """Cosines between texts, pictures and recordings in a space that takes them all.

    Texts beside pictures or recordings are embedded as queries, among themselves as documents.
    """
    left, right = _Side.of(given, "left"), _Side.of(given, "right")
    if not (left.items and right.items):
        raise InputError("nothing to compare: each side wants a text, a picture or a recording")
    space = given.said.space or await _shared(hosted, caller.tenant, {*left.kinds, *right.kinds})
    as_query = {*left.kinds, *right.kinds} != {"text"}
    rows = await left.vectors(hosted, space, as_query)
    columns = await right.vectors(hosted, space, as_query)
    cosines = np.clip(np.array(rows.rows) @ np.array(columns.rows).T, -1.0, 1.0)
    return JSONResponse(
        {
            "space": rows.space,
            "model": rows.model,
            "left": left.items,
            "right": right.items,
            "similarity": cosines.tolist(),
        }
    )


@router.post(
    "/v1/classify",
    response_model=Classified,
    responses=refusals(413, 415),
    openapi_extra=request_body(Classify, CLASSIFIED),
)
async def classify(caller: Reader, hosted: Hosted, given: One) -> JSONResponse:
    """Which label fits a text, a picture or a recording best; the model was trained for none."""
    said = given.said
    labels = await hosted.classify(
        said.labels,
        text=said.text,
        image=given.one("image"),
        audio=given.one("audio"),
        template=said.template,
        space=said.space,
    )
    return JSONResponse({"labels": [asdict(label) for label in labels]})


@dataclass(frozen=True)
class _Side:
    """One side of a comparison: texts, pictures, recordings."""

    texts: Sequence[str]
    pictures: Sequence[Path]
    recordings: Sequence[Path]

    @classmethod
    def of(cls, given: Posted[Compare], side: Literal["left", "right"]) -> _Side:
        texts = given.said.left if side == "left" else given.said.right
        return cls(texts, given.files[f"{side}_image"], given.files[f"{side}_audio"])

    @property
    def kinds(self) -> dict[Media, Sequence[str] | Sequence[Path]]:
        """What there is, by modality, in the order of rows."""
        every: dict[Media, Sequence[str] | Sequence[Path]] = {
            "text": self.texts,
            "image": self.pictures,
            "audio": self.recordings,
        }
        return {kind: given for kind, given in every.items() if given}

    @property
    def items(self) -> list[dict[str, str | int]]:
        """Each of them as `Item`."""
        return [
            {"modality": kind, "n": n}
            for kind, given in self.kinds.items()
            for n in range(len(given))
        ]

    async def vectors(self, hosted: HostedIndex, space: str, as_query: bool) -> Vectors:
        """All of them in one space."""
        parts: list[Vectors] = []
        if self.texts:
            kind: Literal["query", "document"] = "query" if as_query else "document"
            parts.append(await hosted.embed_texts(self.texts, space, kind))
        if self.pictures:
            parts.append(await hosted.embed_files("image", self.pictures, space))
        if self.recordings:
            parts.append(await hosted.embed_files("audio", self.recordings, space))
        return replace(parts[0], rows=[row for part in parts for row in part.rows])


async def _shared(hosted: HostedIndex, tenant: str | None, kinds: set[Media]) -> str:
    """The first space that takes all of these."""
    for space in (await hosted.info(tenant)).spaces:
        if space.dimension is not None and kinds <= set(space.takes):
            return space.name
    raise InputError(
        f"no space of this index takes {' and '.join(sorted(kinds))} together; one can be added: "
        f"mmrag index --add-space"
    )


def _embedded(made: Vectors) -> JSONResponse:
    return JSONResponse(
        {
            "space": made.space,
            "model": made.model,
            "dimension": made.dimension,
            "vectors": made.rows,
        }
    )
