"""What clients of OpenAI's API get; `mmrag` is what they get besides."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel


class Model(BaseModel):
    """Something to ask or to embed with; `mmrag` says of which space."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "mmrag"
    mmrag: dict[str, Any] = {}


class ModelList(BaseModel):
    """Every model."""

    object: Literal["list"] = "list"
    data: list[Model]


class UrlCitation(BaseModel):
    """Where a mark `[n]` of an answer leads.

    Attributes:
        url: the cited place, as a picture where it can be shown, else its file.
        start_index, end_index: characters of the mark in the message, the last one exclusive.
    """

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(BaseModel):
    """One mark of an answer."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AssistantMessage(BaseModel):
    """An answer: the text, with its sources listed below it."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The only answer there is to a question."""

    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Words, not tokens: of the conversation, and of the answer. What was read for it is not in."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """An answer; `mmrag` is the object of `mmrag ask --json`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    system_fingerprint: str
    mmrag: dict[str, Any]


class Embedding(BaseModel):
    """A unit vector: numbers, or little-endian float32 in Base64."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Words, not tokens."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(BaseModel):
    """A vector for each text, in their order."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage
