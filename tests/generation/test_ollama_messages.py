"""Messages for Ollama: media tied to their places by number, and what a model cannot take."""

from __future__ import annotations

import base64
import logging
from io import BytesIO

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from ollama import Message
from PIL import Image
from standins.ollama_standin import ollama_standin

from mmrag.generation.ollama.llm import OllamaLLM
from mmrag.generation.ollama.messages import is_sound, to_ollama

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20)


def picture(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (2, 2), colour).save(buffer, format="PNG")
    return buffer.getvalue()


RED, BLUE = picture("red"), picture("blue")


def test_media_stand_where_they_stood_and_are_counted_through_the_chat() -> None:
    first = ChatMessage(
        blocks=[
            TextBlock(text="Source 1"),
            ImageBlock(image=RED),
            AudioBlock(audio=WAV),
            TextBlock(text="Source 2"),
        ]
    )
    second = ChatMessage(blocks=[ImageBlock(image=BLUE), TextBlock(text="What is this?")])
    one, two = to_ollama([first, second], sees=True, hears=True)
    assert one["content"] == "Source 1\n\n[image 1]\n\n[sound 1]\n\nSource 2"
    assert one["images"] == [RED, WAV]
    assert two["content"] == "[image 2]\n\nWhat is this?"
    assert two["images"] == [BLUE]


def test_the_client_sends_them_as_base64() -> None:
    blocks = [TextBlock(text="Look:"), ImageBlock(image=RED), AudioBlock(audio=WAV)]
    with ollama_standin(lambda body: "A red dot.") as server:
        llm = OllamaLLM("tiny", base_url=server.url, sees=True, hears=True)
        assert llm.chat([ChatMessage(blocks=blocks)]).message.content == "A red dot."
        (body,) = server.bodies("/api/chat")
    (message,) = body["messages"]
    assert message["content"] == "Look:\n\n[image 1]\n\n[sound 1]"
    assert [base64.b64decode(data) for data in message["images"]] == [RED, WAV]


def test_what_the_model_cannot_take_is_named_and_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    blocks = [
        ImageBlock(image=RED),
        AudioBlock(audio=WAV),
        VideoBlock(video=b"film"),
        TextBlock(text="The transcript."),
    ]
    with caplog.at_level(logging.WARNING, logger="mmrag"):
        (message,) = to_ollama([ChatMessage(blocks=blocks)])
    assert message["content"] == (
        "[image 1, not shown]\n\n[sound 1, not shown]\n\n[film 1, not shown]\n\nThe transcript."
    )
    assert "images" not in message
    assert "1 film, 1 image, 1 sound" in caplog.text


def test_recording_in_another_format_is_left_out_too() -> None:
    ogg = AudioBlock(audio=b"OggS" + bytes(20))
    (message,) = to_ollama([ChatMessage(blocks=[ogg])], hears=True)
    assert message["content"] == "[sound 1, not shown]"


@pytest.mark.parametrize(
    ("data", "sound"),
    [(WAV, True), (b"ID3\x04", True), (b"\xff\xfb\x90", True), (b"\xff\xd8\xff\xe0", False)],
)
def test_sounds_are_told_from_pictures(data: bytes, sound: bool) -> None:
    assert is_sound(data) is sound
    assert not is_sound(RED)


@pytest.mark.parametrize(
    ("role", "sent"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "system"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
        (MessageRole.TOOL, "tool"),
        (MessageRole.FUNCTION, "tool"),
    ],
)
def test_roles_are_those_that_templates_know(role: MessageRole, sent: str) -> None:
    (message,) = to_ollama([ChatMessage(role=role, content="x")])
    assert message == {"role": sent, "content": "x"}


def test_thoughts_calls_and_results_keep_their_fields() -> None:
    call = ToolCallBlock(tool_name="add", tool_kwargs={"a": 1})
    asked = ChatMessage(
        role=MessageRole.ASSISTANT, blocks=[ThinkingBlock(content="So."), call, call]
    )
    result = ChatMessage(
        role=MessageRole.TOOL, content="2", additional_kwargs={"tool_call_id": "add"}
    )
    one, two = to_ollama([asked, result])
    function = {"function": {"name": "add", "arguments": {"a": 1}}}
    assert one == {
        "role": "assistant",
        "content": "",
        "thinking": "So.",
        "tool_calls": [function, function],
    }
    assert two == {"role": "tool", "content": "2", "tool_name": "add"}
    assert Message(**one).tool_calls
    assert Message(**two).tool_name == "add"


def test_blocks_within_blocks_are_opened() -> None:
    blocks = [
        CitableBlock(title="Log", source="log.md", content=[TextBlock(text="It rained.")]),
        CitationBlock(
            cited_content=TextBlock(text="It snowed."),
            source="b",
            title="B",
            additional_location_info={},
        ),
        CachePoint(cache_control=CacheControl(type="ephemeral")),
    ]
    (message,) = to_ollama([ChatMessage(blocks=blocks)])
    assert message["content"] == "Log\n\nIt rained.\n\nIt snowed."
