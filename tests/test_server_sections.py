"""The section `server:` of the settings: what it takes, and how it refuses the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from mmrag import sections, server_sections
from mmrag.config import ServerSettings, load_settings
from mmrag.errors import ConfigError
from mmrag.evaluation.embeddings.quality import SAMPLE
from mmrag.store.engine import BATCH
from mmrag.store.quantization import Rescoring


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{shards: 3}", "unknown key server.shards (there are prefer_grpc, grpc_port, "),
        ("", "server: wants keys and values below it, found nothing"),
        ("{shard_number: 0}", "server.shard_number: input should be greater than or equal to 1"),
        (
            "{memory: {vectors: pinned}}",
            "server.memory.vectors: input should be 'cold' or 'cached'",
        ),
        ("{memory: {codes: ram}}", "'cold', 'cached' or 'pinned', found 'ram'"),
        ("{read_consistency: most}", "there are majority, quorum, all, or a number from 1"),
        ("{read_consistency: 0}", "or a number from 1"),
        ("{strict_mode: {unindexed_filtering: false}}", "mmrag itself filters by keys"),
        ("{strict_mode: {upsert_max_batchsize: 100}}", "greater than or equal to 256"),
        (
            "{hnsw: {ef: 128}, strict_mode: {search_max_hnsw_ef: 100}}",
            "hnsw.ef is 128 and strict_mode.search_max_hnsw_ef 100: the server would refuse",
        ),
        ("{indexes: {year: number}}", "'keyword', 'integer', 'float' or 'bool', found 'number'"),
    ],
)
def test_bad_settings_are_refused_in_one_line(given: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "mmrag.yaml"
    file.write_text(f"server: {given}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert told in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("given", ["2", "quorum"])
def test_the_environment_has_its_say(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_SERVER__READ_CONSISTENCY", given)
    monkeypatch.setenv("MMRAG_SERVER__HNSW__M", "32")
    server = load_settings().server
    assert str(server.read_consistency) == given
    assert server.hnsw.m == 32


def test_limits_leave_room_for_what_mmrag_asks() -> None:
    assert server_sections.MOST_POINTS_WRITTEN >= BATCH
    assert server_sections.MOST_POINTS_READ >= SAMPLE
    (largest,) = [
        limit.le
        for limit in sections.IndexSettings.model_fields["oversampling"].metadata
        if hasattr(limit, "le")
    ]
    assert (
        max(largest, Rescoring(1.0).of("int8", 1).oversampling) <= server_sections.MOST_OVERSAMPLING
    )


def test_the_manual_names_every_key_and_all_of_it_is_valid() -> None:
    manual = (Path(__file__).parents[1] / "docs/how-to/server.md").read_text(encoding="utf-8")
    _, _, section = manual.partition("```yaml\nserver:")
    tree = yaml.safe_load("server:" + section.partition("```")[0])["server"]
    ServerSettings.model_validate(tree)

    def keys(kind: type[BaseModel]) -> dict[str, object]:
        inner = {name: field.annotation for name, field in kind.model_fields.items()}
        return {
            name: keys(found) if isinstance(found, type) and issubclass(found, BaseModel) else {}
            for name, found in inner.items()
        }

    named = {k: {i: {} for i in v} if isinstance(v, dict) else {} for k, v in tree.items()}
    assert {**named, "indexes": {}} == keys(ServerSettings)


def test_it_is_all_optional() -> None:
    assert load_settings().server == ServerSettings()
