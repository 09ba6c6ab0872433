"""`mmrag plan` as a user sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from command import Said

from mmrag.config import load_settings


def _yaml(out: str) -> str:
    return out.partition("for mmrag.yaml\n")[2]


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    asked = ("plan", "--items", "50M", "--spaces", "text,clip=0.2", "--profile", "default")
    said = Said(*asked, "--replicas", "2", "--quantization", "int8")
    assert said.code == 0
    for words in ("50M x 1024 x 4 B", "10M x 516 B (int8)", "vectors x dimensions x 4 B x 1.5"):
        assert words in said.out
    file = tmp_path / "mmrag.yaml"
    file.write_text(_yaml(said.out))
    server = load_settings(file).server
    found = Said(*asked, "--config", file, "--json").json
    assert server.shard_number == found["cluster"]["shards"] == 2 * found["cluster"]["nodes"]
    assert found["settings"] == yaml.safe_load(_yaml(said.out))
    assert found["spaces"]["clip"] == {
        "model": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "size": 512,
        "share": 0.2,
    }
    assert found["memory"] == sum(part["memory"] for part in found["parts"])


def test_one_is_no_plural() -> None:
    assert Said("plan", "--items", "1").out.startswith("1 item, one copy of each:")


def test_smaller_nodes_are_more() -> None:
    few = Said("plan", "--items", "100M", "--json").json["cluster"]
    many = Said("plan", "--items", "100M", "--node-ram", "16GB", "--json").json["cluster"]
    assert many["nodes"] > few["nodes"]
    assert many["reason"].startswith("memory: ")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--items", "5X"), "from 1 to 1e15, such as 50M, 2.5k or 1e6, found '5X'"),
        (("--items", "0"), "--items wants a number from 1 to 1e15"),
        (("--items", "1e300"), "--items wants a number from 1 to 1e15"),
        (("--items", "1M", "--node-disk", "1e9PB"), "--node-disk wants a size such as 64GB"),
        (("--items", "1M", "--node-ram", "1kB"), "--node-ram 1 kB is too little"),
        (("--items", "1M", "--replicas", "9999"), "too little: with --replicas 9999, logs of"),
        (("--items", "1M", "--node-ram", "64"), "--node-ram wants a size such as 64GB"),
        (("--items", "1M", "--spaces", "foo"), "no space 'foo' is known with offline"),
        (("--items", "1M", "--quantization", "int4"), "there are none, int8, binary, turbo"),
        (("--items", "1M", "--profile", "x"), "no profile 'x'"),
    ],
)
def test_bad_input_is_told_in_one_line(options: tuple[str, ...], told: str) -> None:
    assert told in Said("plan", *options).refusal


@pytest.mark.parametrize("size", ["0", "inf", "nan", "1e9"])
def test_a_payload_is_of_a_size_that_can_be_sent(size: str) -> None:
    assert Said("plan", "--items", "1M", "--payload-kb", size).code == 2
