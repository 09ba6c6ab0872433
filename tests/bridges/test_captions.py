"""Captions, by a stand-in for an Ollama server: no vision model can run here."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import MediaResource, Node
from PIL import Image
from standins.ollama_standin import StandIn, ollama_standin

import mmrag.ollama
from mmrag.bridges.caption_cache import CaptionCache
from mmrag.bridges.captions import CaptionBridge
from mmrag.bridges.chain import Bridges
from mmrag.config import OllamaSettings, Settings
from mmrag.engine import MMRagIndex
from mmrag.errors import GenerationError, LLMModelMissing, LLMUnavailable
from mmrag.loaders.registry import read_file
from mmrag.loaders.sidecars import find_sidecars
from mmrag.schema import CAPTION_BY, NOTE, PART, SURROGATE, VIA, text_of

SEES = ("completion", "vision")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmrag.ollama, "BACKOFF_S", 0.001)


def sent_picture(body: dict[str, Any]) -> Image.Image:
    (data,) = body["messages"][0]["images"]
    return Image.open(BytesIO(base64.b64decode(data)))


def colour(body: dict[str, Any]) -> str:
    """What the stand-in sees: whether a picture is more red or more blue."""
    red, _, blue = np.asarray(sent_picture(body).convert("RGB")).mean((0, 1))
    return "A red field." if red > blue else "A  blue\nfield."


def saved(path: Path, name: str, size: tuple[int, int] = (80, 60)) -> Path:
    file = path / f"{name}.png"
    Image.new("RGB", size, name).save(file)
    return file


def bridge(server: StandIn, folder: Path, model: str = "tiny") -> CaptionBridge:
    cache = folder / "captions.jsonl"
    return CaptionBridge(model=model, ollama=OllamaSettings(url=server.url), cache=cache)


def captioned(made: CaptionBridge, file: Path, text: str = "") -> list[Node]:
    nodes = read_file(file, source=file.name)
    if text:
        nodes[0].text_resource = MediaResource(text=text)
    return [node for node in made(nodes) if isinstance(node, Node)]


def chats(server: StandIn) -> list[dict[str, Any]]:
    return server.bodies("/api/chat")


def test_a_picture_without_words_gets_its_caption_as_text(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=SEES) as server:
        (node,) = captioned(bridge(server, tmp_path), saved(tmp_path, "blue"))
    assert text_of(node) == "A blue field."
    assert (node.metadata[VIA], node.metadata[CAPTION_BY]) == ("caption", "tiny")
    (body,) = chats(server)
    assert body["options"] == {"temperature": 0, "num_predict": 160, "num_ctx": 4096}
    assert body.get("think") is None


def test_beside_what_was_read_it_is_a_node_of_its_own(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=SEES) as server:
        picture, beside = captioned(bridge(server, tmp_path), saved(tmp_path, "red"), "EXIT")
    assert text_of(picture) == "EXIT"
    assert CAPTION_BY not in picture.metadata
    assert text_of(beside) == "A red field."
    assert beside.metadata[PART]
    assert (beside.metadata[VIA], beside.metadata[CAPTION_BY]) == ("caption", "tiny")


def test_pages_full_of_words_and_tiny_pictures_get_none(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=SEES) as server:
        made = bridge(server, tmp_path)
        assert len(captioned(made, saved(tmp_path, "red"), "word " * 40)) == 1
        (tiny,) = captioned(made, saved(tmp_path, "blue", (31, 200)))
        page = read_file(saved(tmp_path, "green"), source="page.png")
        part = read_file(saved(tmp_path, "green"), source="page.png")[0]
        part.text_resource, part.metadata[PART] = MediaResource(text="word " * 40), True
        assert len(made([*page, part])) == 2
    assert text_of(tiny) == ""
    assert chats(server) == []


def test_a_long_description_beside_it_makes_no_page(tmp_path: Path) -> None:
    file = saved(tmp_path, "red")
    note = tmp_path / f"{file.name}.txt"
    note.write_text("word " * 80)
    nodes = read_file(file, source=file.name, sidecars=find_sidecars(file, [note.name]))
    with ollama_standin(colour, capabilities=SEES) as server:
        made = bridge(server, tmp_path)(nodes)
    assert text_of(made[0]) == "A red field."
    assert [node.metadata[VIA] for node in made] == ["caption", *["sidecar"] * (len(nodes) - 1)]


def test_large_pictures_are_sent_small(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=SEES) as server:
        captioned(bridge(server, tmp_path), saved(tmp_path, "red", (3000, 1500)))
    assert sent_picture(chats(server)[0]).size == (1024, 512)


def test_a_model_that_thinks_is_told_not_to(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=(*SEES, "thinking")) as server:
        captioned(bridge(server, tmp_path), saved(tmp_path, "red"))
    assert chats(server)[0]["think"] is False


def test_the_same_picture_is_asked_about_once_by_each_model(tmp_path: Path) -> None:
    red = saved(tmp_path, "red")
    copy = tmp_path / "copy.png"
    Image.open(red).save(copy, compress_level=1)
    with ollama_standin(colour, capabilities=SEES, models=("tiny", "other")) as server:
        for file in (red, copy):
            assert text_of(captioned(bridge(server, tmp_path), file)[0]) == "A red field."
        assert len(chats(server)) == 1
        captioned(bridge(server, tmp_path, model="other"), red)
        assert [body["model"] for body in chats(server)] == ["tiny", "other"]


@pytest.mark.parametrize(
    ("status", "reply", "note"),
    [(500, "", "no caption: .* out of memory"), (200, " \n", "no caption: tiny said nothing")],
)
def test_a_caption_that_fails_is_a_note(tmp_path: Path, status: int, reply: str, note: str) -> None:
    with ollama_standin(lambda body: reply, capabilities=SEES, status=status) as server:
        (node,) = captioned(bridge(server, tmp_path), saved(tmp_path, "red"))
    assert re.search(note, node.metadata[NOTE])
    assert text_of(node) == ""
    assert not (tmp_path / "captions.jsonl").exists()


def test_what_concerns_every_picture_is_an_error(tmp_path: Path) -> None:
    red = saved(tmp_path, "red")
    with ollama_standin(colour) as server, pytest.raises(GenerationError, match="'vision'"):
        captioned(bridge(server, tmp_path), red)
    with (
        ollama_standin(colour, models=()) as server,
        pytest.raises(LLMModelMissing, match="ollama pull tiny"),
    ):
        captioned(bridge(server, tmp_path), red)
    with pytest.raises(LLMUnavailable, match="index without captions"):
        captioned(bridge(server, tmp_path), red)


def test_cache_survives_a_torn_line(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "captions.jsonl"
    CaptionCache(file).put("a", "m", "Åsa\nby the lake")
    with file.open("ab") as lines:
        lines.write(b'{"picture": "b", "by": "m", "cap')
    again = CaptionCache(file)
    assert (again.get("a", "m"), again.get("b", "m"), again.get("a", "n")) == (
        "Åsa\nby the lake",
        None,
        None,
    )
    again.put("c", "m", "C.")
    assert again.get("c", "m") == CaptionCache(file).get("c", "m") == "C."
    assert CaptionCache(file).get("a", "m") == "Åsa\nby the lake"


def test_bridges_caption_after_reading_and_before_naming(tmp_path: Path) -> None:
    with ollama_standin(colour, capabilities=SEES) as server:
        chain = Bridges(asr_model="x", captions=bridge(server, tmp_path)).after_reading()
        nodes: Sequence[Any] = read_file(saved(tmp_path, "red"), source="red.png")
        for step in chain:
            nodes = step(nodes)
    assert text_of(nodes[0]) == "A red field."
    assert SURROGATE not in nodes[0].metadata


# --- in an index ---------------------------------------------------------------------------------


def index_of(folder: Path, server: StandIn, captions: str | None) -> MMRagIndex:
    settings = Settings.model_validate(
        {
            "profile": "ollama",  # which needs no torch, so this is quick
            "models": {"text": "ollama:embed"},
            "index": {"directory": folder / "index"},
            "ingest": {"ocr": False, "captions": captions},
            "ollama": {"url": server.url},
        }
    )
    return MMRagIndex(settings=settings)


def test_index_captions_what_lacks_them_and_resumes(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    saved(docs, "red")
    saved(docs, "blue")
    (docs / "note.md").write_text("A note.", encoding="utf-8")
    failing = [True]

    def reply(body: dict[str, Any]) -> str:
        if failing and "blue" in colour(body):
            raise ValueError("model runner crashed")
        return colour(body)

    with ollama_standin(
        reply,
        capabilities=(*SEES, "embedding"),
        models=("tiny", "embed"),
        vector=lambda text: [1.0, len(text) % 7],
    ) as server:
        with index_of(tmp_path, server, "off") as index:
            assert index.index(docs).counts == {"indexed": 3}
            assert chats(server) == []
        with index_of(tmp_path, server, "tiny") as index:
            report = index.index(docs)
            assert report.counts == {"indexed": 2, "unchanged": 1}
            (note,) = report.as_dict()["notes"]
            assert note["source"] == "blue.png"
            assert "model runner crashed" in note["note"]
            (hit,) = [h for h in index.search("red field").hits if h.source == "red.png"]
            assert hit.text == "A red field."
            failing.clear()
            assert index.index(docs).counts == {"indexed": 1, "unchanged": 2}
            assert index.index(docs).counts == {"unchanged": 3}
            asked = len(chats(server))
        assert len((tmp_path / "index" / "captions.jsonl").read_text().splitlines()) == 2
        with index_of(tmp_path, server, None) as index:
            assert index.index(docs).counts == {"unchanged": 3}
    assert asked == len(chats(server)) == 3
    stored = [json.loads(line) for line in (tmp_path / "index" / "captions.jsonl").open()]
    assert {row["by"].partition("@")[0] for row in stored} == {"tiny"}
