"""What is posted: one JSON object, alone or as the field `request` of a form with files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from mmrag import Settings
from mmrag_connectors.http.callers import Set
from mmrag_connectors.http.kinds import check_media
from mmrag_connectors.http.leaving import gone
from mmrag_connectors.http.multipart import Room, received_form
from mmrag_connectors.http.problems import Problem

M = TypeVar("M", bound=BaseModel)

REQUEST = "request"
NO_FILES: Mapping[str, int] = {}


@dataclass(frozen=True)
class Posted(Generic[M]):
    """A request to work on.

    Attributes:
        said: the JSON object.
        files: by name of the field, pictures and recordings, which are gone when it is worked off.
    """

    said: M
    files: Mapping[str, list[Path]]

    def one(self, name: str) -> Path | None:
        """The file of a field that has one at most."""
        return next(iter(self.files[name]), None)


def posts(
    model: type[M], files: Mapping[str, int] = NO_FILES
) -> Callable[[Request, Settings], AsyncIterator[Posted[M]]]:
    """A dependency: what a request brings, either way. Its files stay until the response is sent.

    It is declared after the caller, so that nobody sends files who may not.

    Args:
        files: by name of a field of a form, how many files it may have; the name ends with the
            modality that they must be of. Without any, no form is taken.

    It raises Problem for what is neither JSON nor a form, and for files of another kind or too
    many; RequestValidationError for an object that is not what the model says.
    """

    async def read(request: Request, settings: Set) -> AsyncIterator[Posted[M]]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            nothing: dict[str, list[Path]] = {name: [] for name in files}
            try:
                body = await request.body()
            except ClientDisconnect as exc:
                raise gone() from exc
            yield Posted(_parsed(model, body), nothing)
        elif kind == "multipart/form-data" and files:
            room = Room((REQUEST,), files)
            async with received_form(request, room) as form:
                said = _parsed(model, form.texts.get(REQUEST, "{}"))
                await check_media(form.files, settings.ingest.limits)
                yield Posted(said, {name: form.paths(name) for name in files})
        else:
            taken = "application/json or multipart/form-data" if files else "application/json"
            found = kind or "no content type"
            raise Problem(415, f"found {found}; send {taken}", "unsupported_media_type")

    return read


def _parsed(model: type[M], text: bytes | str) -> M:
    try:
        return model.model_validate_json(text)
    except ValidationError as exc:
        faults = exc.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        ) from exc
