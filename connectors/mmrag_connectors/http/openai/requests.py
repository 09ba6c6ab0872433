"""What clients of OpenAI's API send. Fields that change nothing here are not even read.

Source of the forms: the types of the package `openai` 3.57 (`openai.types.chat`, `.embedding`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from mmrag_connectors.http.problems import Problem

MOST_TEXTS = 2048
"""Of one request for embeddings, as with OpenAI."""


def _encodable(text: str) -> str:
    """JSON can hold halves of surrogate pairs, which no text can be."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise ValueError("half of a surrogate pair is no character") from exc
    return text


Text = Annotated[str, AfterValidator(_encodable)]


class TextPart(BaseModel):
    """Words."""

    type: Literal["text"]
    text: Text


class ImageUrl(BaseModel):
    """A picture as a data: address."""

    url: str


class ImagePart(BaseModel):
    """A picture that belongs to the question."""

    type: Literal["image_url"]
    image_url: ImageUrl


class InputAudio(BaseModel):
    """A recording in Base64."""

    data: str
    format: Literal["wav", "mp3"]


class AudioPart(BaseModel):
    """A recording that belongs to the question."""

    type: Literal["input_audio"]
    input_audio: InputAudio


class RefusalPart(BaseModel):
    """Words of an assistant that refused."""

    type: Literal["refusal"]
    refusal: str


class FilePart(BaseModel):
    """A file, which is refused: files are asked about once they are indexed."""

    type: Literal["file"]


Part = Annotated[
    TextPart | ImagePart | AudioPart | RefusalPart | FilePart, Field(discriminator="type")
]


class Message(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Part] | None = None


class StreamOptions(BaseModel):
    """How a stream is told."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """A conversation, of which the last message is the question.

    Sampling (`temperature`, `top_p`, `seed`, `max_tokens` and the like) is the server's matter and
    ignored. What would change the form of the answer, or have tools called, is refused.
    """

    model: str = Field(examples=["mmrag"])
    messages: list[Message] = Field(
        min_length=1,
        max_length=1000,
        examples=[[{"role": "user", "content": "When was the barometer bought?"}]],
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    moderation: dict[str, Any] | None = None

    def refuse_unsupported(self) -> None:
        """Raise for what cannot be done and would mislead if it were ignored.

        Raises:
            Problem: status 400, naming the field and what to do.
        """
        tools = "mmrag searches by itself and calls no tools"
        text = "answers are text with citations, which `mmrag` in the response holds as JSON"
        unsupported = {
            "n": (self.n not in (None, 1), "there is one answer to a question; leave it at 1"),
            "stop": (bool(self.stop), "verified sentences are not cut; leave it out"),
            "logprobs": (bool(self.logprobs or self.top_logprobs), "there are none; leave it out"),
            "tools": (bool(self.tools), tools),
            "functions": (bool(self.functions), tools),
            "tool_choice": (self.tool_choice not in (None, "none", "auto"), tools),
            "function_call": (self.function_call not in (None, "none", "auto"), tools),
            "response_format": ((self.response_format or {}).get("type", "text") != "text", text),
            "modalities": (bool({*(self.modalities or ())} - {"text"} or self.audio), text),
            "web_search_options": (
                self.web_search_options is not None,
                "the web is not searched; index pages with POST /v1/documents/fetch",
            ),
            "moderation": (self.moderation is not None, "nothing is moderated; leave it out"),
        }
        for name, (asked, reason) in unsupported.items():
            if asked:
                raise Problem(
                    400,
                    f"{name} is not supported: {reason}",
                    "unsupported_parameter",
                    param=name,
                )


class EmbeddingsRequest(BaseModel):
    """Texts to embed.

    Attributes:
        input_type: "query" for what is searched with, which some models embed otherwise than what
            is searched for; a field of NVIDIA's and others' servers.
    """

    model: str = Field(examples=["mmrag-embed-text"])
    input: (
        Text
        | Annotated[list[Text], Field(min_length=1, max_length=MOST_TEXTS)]
        | Annotated[list[int | list[int]], Field(min_length=1, max_length=MOST_TEXTS)]
    ) = Field(examples=[["The hut stands at 1204 m."]])
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    input_type: Literal["query", "passage", "document"] = "document"

    @property
    def texts(self) -> list[str]:
        """The texts. Raises Problem for tokens, which only the model that made them understands."""
        given = [self.input] if isinstance(self.input, str) else self.input
        texts = [text for text in given if isinstance(text, str)]
        if len(texts) < len(given):
            raise Problem(
                400,
                "input holds tokens; send the text itself, as strings",
                "unsupported_input",
                param="input",
            )
        return texts
