"""Vectors, similarities and labels over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from mmrag.samples import ARCHIVE
from mmrag_connectors.hosting.threaded import ThreadedIndex

HUT = ARCHIVE / "pictures/mountain-hut-at-dusk.jpg"
POSTER = ARCHIVE / "posters/open-day-1968.jpg"
BULLETIN = ARCHIVE / "sound/radio-bulletin-1959.mp3"


def posted(client: TestClient, path: str, asked: Any = None, files: Any = ()) -> dict[str, Any]:
    data = None if asked is None else {"request": json.dumps(asked)}
    given = [(field, (file.name, file.read_bytes())) for field, file in files]
    response = client.post(path, data=data, files=given) if given else client.post(path, json=asked)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def test_texts_have_the_vectors_of_the_index(client: TestClient, hosted: ThreadedIndex) -> None:
    told = posted(client, "/v1/embed/text", {"texts": ["a mast", "a storm"]})
    direct = asyncio.run(hosted.embed_texts(["a mast", "a storm"]))
    assert (told["space"], told["model"], told["dimension"]) == ("text", direct.model, 384)
    np.testing.assert_allclose(told["vectors"], direct.rows, atol=1e-6)


@pytest.mark.parametrize(("modality", "file"), [("image", HUT), ("audio", BULLETIN)])
def test_files_have_the_vectors_of_the_index(
    client: TestClient, hosted: ThreadedIndex, modality: Any, file: Any
) -> None:
    told = posted(client, f"/v1/embed/{modality}", files=[(modality, file)] * 2)
    direct = asyncio.run(hosted.embed_files(modality, [file]))
    assert told["space"] == "tiny" and told["dimension"] == len(told["vectors"][0]) == 64
    np.testing.assert_allclose(told["vectors"], direct.rows * 2, atol=1e-6)


def test_similarities_are_cosines(client: TestClient, hosted: ThreadedIndex) -> None:
    asked = {"left": ["a mast", "a hut"], "right": ["a mast", "soup", "a cabin"]}
    told = posted(client, "/v1/similarity", asked)
    left, right = (
        np.array(asyncio.run(hosted.embed_texts(asked[side])).rows) for side in ("left", "right")
    )
    np.testing.assert_allclose(told["similarity"], left @ right.T, atol=1e-6)
    assert told["space"] == "text" and told["similarity"][0][0] == pytest.approx(1)


def test_sides_may_be_mixed(client: TestClient, hosted: ThreadedIndex) -> None:
    files = [("left_audio", BULLETIN), ("left_image", HUT), ("right_image", POSTER)]
    files += [("right_image", HUT)]
    told = posted(client, "/v1/similarity", {"left": ["a hut"]}, files)
    assert [side["modality"] for side in told["left"]] == ["text", "image", "audio"]
    assert told["right"] == [{"modality": "image", "n": 0}, {"modality": "image", "n": 1}]
    assert told["space"] == "tiny" and told["similarity"][1][1] == pytest.approx(1)
    words = np.array(asyncio.run(hosted.embed_texts(["a hut"], "tiny", "query")).rows)
    pictures = np.array(asyncio.run(hosted.embed_files("image", [POSTER, HUT])).rows)
    np.testing.assert_allclose(told["similarity"][0], (words @ pictures.T)[0], atol=1e-6)


def test_labels_are_the_ones_of_the_index(client: TestClient, hosted: ThreadedIndex) -> None:
    text, labels = "The gale took the mast.", ["cooking", "weather"]
    told = posted(client, "/v1/classify", {"text": text, "labels": labels})
    direct = asyncio.run(hosted.classify(labels, text=text))
    assert [row["label"] for row in told["labels"]] == ["weather", "cooking"]
    assert told["labels"][0]["probability"] == pytest.approx(direct[0].probability)
    shown = posted(client, "/v1/classify", {"labels": labels}, [("image", HUT)])
    assert sum(row["probability"] for row in shown["labels"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/v1/embed/text", {"texts": []}, 422),
        ("/v1/embed/text", {"texts": [" "]}, 400),
        ("/v1/embed/text", {"texts": ["x"], "space": "nowhere"}, 400),
        ("/v1/embed/text", {"texts": ["x"] * 129}, 422),
        ("/v1/embed/image", {}, 400),
        ("/v1/similarity", {"left": ["x"]}, 400),
        ("/v1/classify", {"labels": ["a", "b"]}, 400),
        ("/v1/classify", {"labels": ["a"], "text": "x"}, 422),
        ("/v1/classify", {"labels": ["a", "b"], "text": "x", "template": "none"}, 400),
    ],
)
def test_what_cannot_be_done_is_told(
    client: TestClient, path: str, asked: Any, status: int
) -> None:
    response = client.post(path, json=asked)
    assert response.status_code == status and response.json()["error"]["message"]


def test_a_space_that_does_not_take_it(client: TestClient) -> None:
    request = json.dumps({"left": ["a hut"], "space": "text"})
    picture = {"right_image": ("x.jpg", HUT.read_bytes())}
    response = client.post("/v1/similarity", data={"request": request}, files=picture)
    assert response.status_code == 400 and "'text'" in response.json()["error"]["message"]


def test_texts_come_as_json_alone(client: TestClient) -> None:
    response = client.post("/v1/embed/text", files={"request": ("x", b"{}")})
    assert response.status_code == 415
