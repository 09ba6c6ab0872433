"""How OpenAPI describes what the routes of posted JSON and forms take, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from mmrag_connectors.http.posted import REQUEST


class Fault(BaseModel):
    """What was wrong with a request."""

    message: str = Field(description="What was wrong, what was found, what to do; one line.")
    type: str = Field(examples=["invalid_request_error"])
    param: str | None = Field(None, description="The field that is at fault.")
    code: str | None = Field(None, examples=["not_found"])
    request_id: str | None = Field(None, description="By which the server's log tells more.")


class Refusal(BaseModel):
    """Every error of the API, as OpenAI's API tells its own."""

    error: Fault


_REASONS = {
    400: "What was asked cannot be answered: an empty question, a broken file, a page 0.",
    401: "A token is needed.",
    403: "This token may only read, or the request came from another site.",
    404: "There is nothing of that id among the caller's documents.",
    413: "Larger, or more, than is taken.",
    415: "Of a kind that is not read.",
    422: "Fields are missing, unknown or out of bounds.",
    429: "Too many requests; `Retry-After` says when to come again.",
    501: "What that needs is not installed on the server.",
    503: "Too busy, or what answers is not there; `Retry-After` says when to come again.",
}
_ALWAYS = (400, 401, 403, 422, 429, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: those that any route may give, and `statuses`."""
    return {
        status: {"model": Refusal, "description": _REASONS[status]}
        for status in sorted({*_ALWAYS, *statuses})
    }


def event_stream(told: str, *names: str) -> dict[str, Any]:
    """`responses[200]` of a route that sends events of these names, with JSON as their data."""
    event = {
        "type": "object",
        "properties": {"event": {"enum": list(names)}, "data": {"type": "string"}},
        "description": told,
    }
    content = {"text/event-stream": {"itemSchema": event}}  # as of OpenAPI 3.2, and FastAPI
    return {"description": "Whole, or as events.", "content": content}


def request_body(
    model: type[BaseModel], files: Mapping[str, str], several: bool = False
) -> dict[str, Any]:
    """`openapi_extra` of a route that reads with `posts`: JSON, or a form with files.

    Args:
        files: by name of a field, what its file is for.
        several: whether a field may have several files.
    """
    content: dict[str, Any] = {"application/json": {"schema": model.model_json_schema()}}
    if files:
        content |= _form(model, files, several, needs=[])
    return {"requestBody": {"required": True, "content": content}}


def request_form(model: type[BaseModel] | None, files: Mapping[str, str]) -> dict[str, Any]:
    """The same of a route that takes a form alone, whose first field must have a file."""
    content = _form(model, files, several=True, needs=[next(iter(files))])
    return {"requestBody": {"required": True, "content": content}}


def _form(
    model: type[BaseModel] | None, files: Mapping[str, str], several: bool, needs: list[str]
) -> dict[str, Any]:
    texts = {} if model is None else {REQUEST: model.model_json_schema()}
    schema = {
        "type": "object",
        "properties": {**texts, **{name: _file(told, several) for name, told in files.items()}},
        "required": needs,
        "additionalProperties": False,
    }
    encoding = {name: {"contentType": "application/json"} for name in texts}
    return {"multipart/form-data": {"schema": schema, "encoding": encoding}}


def _file(told: str, several: bool) -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    if several:
        return {"type": "array", "items": file, "minItems": 1, "description": told}
    return {**file, "description": told}
