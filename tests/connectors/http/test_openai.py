"""OpenAI's own client asks the endpoint that speaks OpenAI's, over a real index."""

from __future__ import annotations

import asyncio
import base64
import struct
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from starlette.testclient import TestClient

from mmrag import Settings
from mmrag_connectors.hosting.calls import Question, Vectors
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

BASE = "http://127.0.0.1:8642/v1"
LIGHTNING = "When did the lightning strike the mast?"
OPEN_DAY = "posters/open-day-1968.jpg"
BULLETIN = "sound/radio-bulletin-1959.mp3"


def bomb() -> str:
    """A picture of 400 million pixels in few bytes; only its header is true."""
    size = struct.pack(">II", 20_000, 20_000) + b"\x08\x00\x00\x00\x00"
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", size), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunks).decode()


@pytest.fixture(scope="module")
def ai(client: TestClient) -> openai.OpenAI:
    """OpenAI's client over the one that all tests share, so it is not closed here."""
    return openai.OpenAI(api_key="any", base_url=BASE, http_client=client, max_retries=0)


def user(content: Any) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": content}]


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def picture(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def address_of(path: Path) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(path.read_bytes()).decode()


def asked(ai: openai.OpenAI, content: Any, **more: Any) -> ChatCompletion:
    return ai.chat.completions.create(model="mmrag", messages=user(content), **more)


def content_of(completion: ChatCompletion) -> str:
    [choice] = completion.choices
    assert choice.finish_reason == "stop" and choice.message.role == "assistant"
    assert choice.message.content is not None
    return choice.message.content


def refusal(ai: openai.OpenAI, content: Any, **more: Any) -> tuple[int, str, str | None]:
    with pytest.raises(openai.APIStatusError) as refused:
        asked(ai, content, **more)
    return refused.value.status_code, refused.value.message, refused.value.code


@pytest.fixture(scope="module")
def lightning(ai: openai.OpenAI) -> ChatCompletion:
    return asked(ai, LIGHTNING)


def test_keys_are_tokens(hosted: ThreadedIndex, sample_settings: Settings) -> None:
    token = "mmrag_" + "x" * 43
    row = {"name": "ann", "sha256": sha256(token.encode()).hexdigest(), "tenant": "ann"}
    app = create_app(hosted, sample_settings.with_changes({"serve.tokens": [row]}))
    guarded = TestClient(app, base_url=BASE)
    ann = openai.OpenAI(api_key=token, base_url=BASE, http_client=guarded, max_retries=0)
    assert "Not in your files" in content_of(asked(ann, LIGHTNING))
    with pytest.raises(openai.AuthenticationError):
        ann.with_options(api_key="mmrag_wrong").models.list()


def test_models_are_those_that_answer_and_those_that_embed(ai: openai.OpenAI) -> None:
    models = {model.id: model.model_dump()["mmrag"] for model in ai.models.list()}
    assert list(models) == ["mmrag", "mmrag-extractive", "mmrag-embed-text", "mmrag-embed-tiny"]
    assert models["mmrag-embed-tiny"] == {"model": "tiny", "dimensions": 64}
    assert ai.models.retrieve("mmrag-embed-text").id == "mmrag-embed-text"
    for unknown in ("gpt-5", "mmrag-embed-bm25", "mmrag-ollama", "a/../b"):
        with pytest.raises(openai.NotFoundError, match="there is: mmrag, mmrag-extractive") as told:
            ai.models.retrieve(unknown)
        assert told.value.code == "model_not_found"


def test_an_answer_lists_its_sources(lightning: ChatCompletion) -> None:
    content = content_of(lightning)
    text, head, sources = content.partition("\n\nSources:\n")
    assert text.startswith("On 2 July 1934 lightning struck the mast") and text.endswith("[1]")
    assert head and sources == "- [1] reports/station-history.md, Lightning"
    told = lightning.model_dump()["mmrag"]
    assert (told["answer"], told["abstained"], told["mode"]) == (text, False, "extractive")
    assert told["citations"][0]["verified"]


def test_each_mark_is_annotated_with_where_it_leads(
    ai: openai.OpenAI, lightning: ChatCompletion
) -> None:
    gust = asked(ai, "What was the highest gust in the storm of February 1956?")
    bulletin = asked(ai, "What does the radio bulletin say about the avalanche and the skiers?")
    for completion in (lightning, gust, bulletin):
        cited = {row["n"]: row for row in completion.model_dump()["mmrag"]["citations"]}
        marks = []
        for annotation in completion.choices[0].message.annotations or ():
            one = annotation.url_citation
            mark = content_of(completion)[one.start_index : one.end_index]
            row = cited[int(mark.strip("[]"))]
            marks.append(mark)
            assert one.title.startswith(row["source"])
            path = one.url.removeprefix("http://127.0.0.1:8642/media/")
            if row["start_ms"] is not None:
                times = f"{row['start_ms'] / 1000:g},{row['end_ms'] / 1000:g}"
                assert path == f"{row['node_id']}#t={times}"
            elif row["bbox"] is not None:
                assert path == f"{row['node_id']}/preview?quote={row['start']}-{row['end']}"
            else:
                assert path == row["node_id"]
        assert marks == [f"[{n}]" for n in cited]
    kinds = [c.choices[0].message.annotations for c in (lightning, gust, bulletin)]
    urls = [found[0].url_citation.url for found in kinds if found]
    assert ["#t=" in url for url in urls] == [False, False, True]
    assert ["/preview" in url for url in urls] == [False, True, False]


def test_usage_counts_words(lightning: ChatCompletion) -> None:
    assert lightning.usage is not None
    assert lightning.usage.prompt_tokens == len(LIGHTNING.split())
    assert 20 < lightning.usage.completion_tokens < len(content_of(lightning).split()) + 10
    total = lightning.usage.prompt_tokens + lightning.usage.completion_tokens
    assert lightning.usage.total_tokens == total


def test_what_the_files_do_not_say_is_a_normal_answer(ai: openai.OpenAI) -> None:
    completion = asked(ai, "Who is the king of Spain?")
    assert content_of(completion) == "Not in your files: no passage answers this question."
    assert completion.choices[0].message.annotations == []
    assert completion.model_dump()["mmrag"]["abstained"] is True


def test_a_question_leans_on_what_was_said(ai: openai.OpenAI, lightning: ChatCompletion) -> None:
    earlier: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "Answer from your own knowledge, without any sources."},
        *user([words(LIGHTNING), picture("http://elsewhere.example/ignored.png")]),
        {"role": "assistant", "content": content_of(lightning)},
    ]
    follow = user("How high was it?")
    leaning = ai.chat.completions.create(model="mmrag", messages=[*earlier, *follow])
    assert "single larch trunk of nine and a half metres" in content_of(leaning)
    assert "larch" not in content_of(asked(ai, "How high was it?"))


def test_a_stream_says_the_same_in_chunks(ai: openai.OpenAI, lightning: ChatCompletion) -> None:
    stream = ai.chat.completions.create(
        model="mmrag-extractive",
        messages=user(LIGHTNING),
        stream=True,
        stream_options={"include_usage": True},
    )
    *chunks, end, count = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert (deltas[0].role, deltas[0].content) == ("assistant", "")
    assert "".join(delta.content or "" for delta in deltas) == content_of(lightning)
    [annotation] = deltas[-1].model_dump()["annotations"]
    [whole] = lightning.choices[0].message.annotations or ()
    assert annotation == whole.model_dump()
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * len(chunks)
    assert end.choices[0].finish_reason == "stop" and end.choices[0].delta.content is None
    assert end.model_dump()["mmrag"]["answer"] == lightning.model_dump()["mmrag"]["answer"]
    assert count.choices == [] and count.usage == lightning.usage
    assert {chunk.usage for chunk in (*chunks, end)} == {None}
    assert {(c.id, c.created, c.model) for c in (*chunks, end, count)} == {
        (end.id, end.created, "mmrag-extractive")
    }


def test_the_clients_own_accumulator_takes_the_stream(ai: openai.OpenAI) -> None:
    with ai.chat.completions.stream(model="mmrag", messages=user("Who is king?")) as stream:
        whole = stream.get_final_completion()
    assert content_of(whole).startswith("Not in your files")
    assert whole.usage is None


def test_the_asynchronous_client_too(hosted: ThreadedIndex, sample_settings: Settings) -> None:
    async def run() -> str:
        transport = httpx2.ASGITransport(create_app(hosted, sample_settings))
        client = httpx2.AsyncClient(transport=transport)
        async with openai.AsyncOpenAI(api_key="any", base_url=BASE, http_client=client) as ai:
            stream = await ai.chat.completions.create(
                model="mmrag", messages=user(LIGHTNING), stream=True
            )
            return "".join([c.choices[0].delta.content or "" async for c in stream])

    assert asyncio.run(run()).startswith("On 2 July 1934 lightning struck the mast")


def test_a_picture_belongs_to_the_question(ai: openai.OpenAI, sample_folder: Path) -> None:
    poster = picture(address_of(sample_folder / OPEN_DAY))
    completion = asked(ai, [words("What is on the open day?"), poster])
    cited = completion.model_dump()["mmrag"]["citations"]
    assert OPEN_DAY in {row["source"] for row in cited}


@pytest.mark.parametrize("what", ["picture", "recording"])
def test_alone_it_asks_for_what_is_like_it(
    ai: openai.OpenAI, hosted: ThreadedIndex, sample_folder: Path, what: str
) -> None:
    path = sample_folder / (OPEN_DAY if what == "picture" else BULLETIN)
    if what == "picture":
        part, question = picture(address_of(path)), Question(image=path)
    else:
        data = base64.b64encode(path.read_bytes()).decode()
        part = {"type": "input_audio", "input_audio": {"data": data, "format": "mp3"}}
        question = Question(audio=path)
    completion = asked(ai, [part])
    text = content_of(completion)
    assert text.startswith(f"Most like your {what}: [1] [2] [3] [4] [5]\n\nSources:\n- [1] ")
    found = asyncio.run(hosted.search(None, question, 5)).hits
    annotations = completion.choices[0].message.annotations or []
    cited = [annotation.url_citation for annotation in annotations]
    assert [text[one.start_index : one.end_index] for one in cited] == [
        "[1]",
        "[2]",
        "[3]",
        "[4]",
        "[5]",
    ]
    for one, hit in zip(cited, found, strict=True):
        assert one.title.startswith(hit.source) and f"/media/{hit.id}" in one.url
    assert all(row["verified"] for row in completion.model_dump()["mmrag"]["citations"])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:9/x.png", "not fetched from addresses"),
        ("file:///etc/passwd", "not fetched from addresses"),
        ("data:image/png,abc", "not fetched from addresses"),
        ("data:image/png;base64,@@@", "not in Base64"),
        ("data:image/png;base64,", "picture: has zero bytes"),
        ("data:image/png;base64,AAAAAAAA", "picture: has content that mmrag does not read"),
        ("data:image/png;base64,JVBERi0xLjcK", "picture: is no picture but application/pdf"),
        (bomb(), "limit pixels=100000000"),
    ],
)
def test_what_is_no_picture_is_refused(ai: openai.OpenAI, address: str, reason: str) -> None:
    status, message, code = refusal(ai, [words("What is it?"), picture(address)])
    assert (status, code) == (400, "invalid_message") and reason in message
    assert "/tmp" not in message


def test_a_damaged_picture_is_told_before_a_stream_begins(
    ai: openai.OpenAI, sample_folder: Path
) -> None:
    address = address_of(sample_folder / OPEN_DAY)
    cut = picture(address[: len(address) // 8 * 4 + len("data:image/jpeg;base64,") % 4 - 1])
    status, message, _ = refusal(ai, [words("What is it?"), cut], stream=True)
    assert status == 400 and "picture" in message and "mmrag-asked" not in message


FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {}}}


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"stop": ["\n"]},
        {"logprobs": True},
        {"tools": [FUNCTION]},
        {"tool_choice": "required"},
        {"functions": [{"name": "f"}]},
        {"function_call": {"name": "f"}},
        {"response_format": {"type": "json_object"}},
        {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}},
        {"web_search_options": {}},
        {"extra_body": {"moderation": {"model": "omni"}}},
    ],
)
def test_what_would_mislead_if_it_were_ignored_is_refused(
    ai: openai.OpenAI, more: dict[str, Any]
) -> None:
    status, message, code = refusal(ai, LIGHTNING, **more)
    assert (status, code) == (400, "unsupported_parameter")
    assert f"{next(iter(more))} is not supported" in message or "extra_body" in more


def test_sampling_and_fields_of_others_are_ignored(
    ai: openai.OpenAI, lightning: ChatCompletion
) -> None:
    completion = asked(
        ai,
        LIGHTNING,
        temperature=0.2,
        top_p=0.5,
        seed=7,
        max_tokens=5,
        max_completion_tokens=5,
        frequency_penalty=1.0,
        user="ann",
        n=1,
        tools=[],
        tool_choice="auto",
        response_format={"type": "text"},
        reasoning_effort="low",
        extra_body={"chat_id": "1", "keep_alive": -1, "messages_count": {"a": [1]}},
    )
    assert content_of(completion) == content_of(lightning)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "system", "content": "x"}], "last message must be the user's"),
        ([*user("x"), {"role": "assistant", "content": "y"}], "last message must be the user's"),
        ([*user("x"), {"role": "tool", "tool_call_id": "1", "content": "y"}], "none is called"),
        (user([picture("data:,"), picture("data:,")]), "2 pictures"),
        (user([{"type": "file", "file": {"file_id": "1"}}]), "POST /v1/documents"),
        (user(""), "the question is empty"),
        (user("x" * 5000), "put long texts into a file"),
    ],
)
def test_conversations_without_a_question(
    ai: openai.OpenAI, messages: list[ChatCompletionMessageParam], reason: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=reason):
        ai.chat.completions.create(model="mmrag", messages=messages)


def test_a_model_that_is_none_or_does_something_else(ai: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-5'"):
        ai.chat.completions.create(model="gpt-5", messages=user(LIGHTNING))
    with pytest.raises(openai.BadRequestError, match="only embeds"):
        ai.chat.completions.create(model="mmrag-embed-text", messages=user(LIGHTNING))
    with pytest.raises(openai.NotFoundError, match="no model 'text-embedding-3-small'"):
        ai.embeddings.create(model="text-embedding-3-small", input="goats")
    with pytest.raises(openai.BadRequestError, match="does not embed"):
        ai.embeddings.create(model="mmrag", input="goats")


def test_embeddings_are_those_of_the_index(ai: openai.OpenAI, hosted: ThreadedIndex) -> None:
    texts = ["The hut stands at 1204 m.", "goats"]
    packed = ai.embeddings.create(model="mmrag-embed-text", input=texts)
    plain = ai.embeddings.create(
        model="mmrag-embed-text", input=texts[0], encoding_format="float", dimensions=384
    )
    own: Vectors = asyncio.run(hosted.embed_texts(texts))
    assert [row.index for row in packed.data] == [0, 1]
    for row, vector in zip(packed.data, own.rows, strict=True):
        assert row.embedding == pytest.approx(vector, abs=1e-6)
    assert plain.data[0].embedding == pytest.approx(own.rows[0], abs=1e-6)
    assert (packed.usage.prompt_tokens, packed.usage.total_tokens) == (7, 7)
    assert ai.embeddings.create(model="mmrag-embed-tiny", input="a red star").model.endswith("tiny")


def test_base64_is_little_endian_float32(client: TestClient) -> None:
    body = {"model": "mmrag-embed-tiny", "input": "a red star", "encoding_format": "base64"}
    [row] = client.post("/v1/embeddings", json=body).json()["data"]
    numbers = struct.unpack("<64f", base64.b64decode(row["embedding"]))
    assert sum(number * number for number in numbers) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"input": [1, 2, 3]}, "holds tokens"),
        ({"input": [[1, 2], [3]]}, "holds tokens"),
        ({"input": ["goats", " "]}, "a text is empty"),
        ({"input": "goats", "dimensions": 256}, "has 384 dimensions, not 256"),
    ],
)
def test_what_cannot_be_embedded(ai: openai.OpenAI, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(openai.BadRequestError, match=reason):
        ai.embeddings.create(model="mmrag-embed-text", **more)
