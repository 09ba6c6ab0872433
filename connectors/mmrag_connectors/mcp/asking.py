"""What `search` and `ask` have in common: what narrows them, and a picture to ask by."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mmrag.errors import InputError
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.mcp.tool import Arguments, AsJson, Pair

LONGEST_IMAGE = 3_000_000
"""Characters of a picture in base64: the SDK takes HTTP bodies of at most 4 MiB."""
LONGEST_QUESTION = 4000

Kind = Literal["text", "image", "audio", "video", "depth", "thermal", "imu"]


class Asking(Arguments):
    """Arguments that narrow a question, and a picture that belongs to it."""

    modality: Kind | None = Field(
        default=None,
        description="Only what is of this kind; video is what films show and what is said in "
        "them. Leave it out to search all.",
    )
    where: Annotated[dict[str, str | int | float], AsJson] = Field(
        default_factory=dict,
        description='Metadata that results must have, such as {"source": "a.pdf"}.',
    )
    pages: Pair | None = Field(
        default=None, min_length=1, max_length=2, description="First and last page, or one page."
    )
    image: str | None = Field(
        default=None,
        max_length=LONGEST_IMAGE,
        description="A picture to ask by: its bytes in base64.",
    )

    def asked_as(
        self, words: str, image: Path | None = None, audio: Path | None = None
    ) -> Question:
        """The question that these arguments narrow."""
        pages = self.pages
        return Question(
            words,
            image=image,
            audio=audio,
            modalities=(self.modality,) if self.modality else (),
            where=self.where,
            pages=(pages[0], pages[-1]) if pages else None,
        )

    @contextmanager
    def picture(self) -> Iterator[Path | None]:
        """The picture as a file, for as long as it is asked by. InputError if it is not base64."""
        if self.image is None:
            yield None
            return
        encoded = self.image.partition(",")[2] if self.image[:5] == "data:" else self.image
        try:
            content = base64.b64decode("".join(encoded.split()), validate=True)
        except binascii.Error as exc:
            raise InputError(f"image: this is not base64: {exc}") from exc
        with tempfile.TemporaryDirectory(prefix="mmrag-") as folder:
            path = Path(folder, "picture")
            path.write_bytes(content)
            yield path
