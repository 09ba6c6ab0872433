"""Settings: what stands above what, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from mmrag.config import Settings, load_settings
from mmrag.errors import ConfigError
from mmrag.limits import Limits


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("MMRAG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(text: str, name: str = "settings.yaml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def test_options_stand_above_environment_above_file_above_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings().answer.sources == 8
    file = written("answer: {sources: 9, abstain_below: 0.25}")
    assert load_settings(file).answer.sources == 9
    monkeypatch.setenv("MMRAG_ANSWER__SOURCES", "10")
    assert load_settings(file).answer.sources == 10
    settings = load_settings(file, {"answer.sources": 11})
    assert settings.answer.sources == 11
    # a higher layer that names one key leaves its neighbours to the layers below
    assert settings.answer.abstain_below == 0.25
    assert settings.with_changes({"answer.sources": 12}).answer.sources == 12


def test_mmrag_yaml_of_the_working_directory_is_read_unless_another_is_named() -> None:
    written("profile: here", "mmrag.yaml")
    other = written("ollama: {model: llama3.2}")
    assert load_settings().profile == "here"
    assert (load_settings(other).profile, load_settings(other).ollama.model) == (None, "llama3.2")


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_changes_nothing(text: str) -> None:
    assert load_settings(written(text)) == load_settings()


def test_a_section_of_the_callers_own_is_not_looked_at() -> None:
    Path("app.yaml").write_text("profile: offline\napp: {colour: red}\n")
    assert load_settings(Path("app.yaml"), apart="app").profile == "offline"
    with pytest.raises(ConfigError, match="unknown key app"):
        load_settings(Path("app.yaml"), apart="other")


def test_none_changes_nothing_and_false_does() -> None:
    settings = load_settings(None, {"answer.llm": None, "profile": None, "ingest.ocr": False})
    assert settings.answer == load_settings().answer
    assert settings.ingest.ocr is False


def test_a_change_gives_new_settings_and_leaves_the_old() -> None:
    before = load_settings()
    after = before.with_changes({"retrieval.weights.bm25": 0.5})
    assert after.retrieval.weights == {"text": 1.0, "bm25": 0.5}
    assert before.retrieval.weights == {"text": 1.0, "bm25": 1.0}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("answer: {lmm: ollama}", ["unknown key answer.lmm"]),
        ("anser: {llm: ollama}", ["unknown key anser"]),
        ("answer: {sources: many}", ["answer.sources", "'many'"]),
        ("answer: {abstain_below: 2}", ["answer.abstain_below", "less than or equal to 1"]),
        ("answer: {llm: gpt}", ["answer.llm", "'extractive', 'ollama' or 'local'", "'gpt'"]),
        ("answer: 3\nprofil: x", ["answer", "unknown key profil"]),  # all faults at once
        ("index:", ["index: wants keys and values below it"]),
        ("index: {collection: a/b}", ["index.collection: a collection has a name, without"]),
        ("index: {collection: ''}", ["index.collection: a collection has a name, without"]),
        ("answer: ollama", ["answer: wants keys and values below it, found 'ollama'"]),
        ("ingest: {paths: docs}", ["ingest.paths: wants a list, found 'docs'"]),
        ("index: {directory: [a]}", ["index.directory: wants a path, found ['a']"]),
        ("- a\n- b", ["must hold keys and values", "list"]),
        ("1: 2", ["unknown key 1"]),
        ("answer: {llm: [", ["is not YAML"]),
        ("answer:\n  llm: ollama\n b: x", [", line 3 is not YAML: expected <block end>"]),
    ],
)
def test_a_bad_file_is_refused_with_the_key_at_fault(text: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(text))
    message = str(caught.value)
    assert [part for part in ["settings.yaml", *parts] if part not in message] == []
    assert "\n" not in message


def test_bytes_that_are_no_text_are_not_yaml() -> None:
    Path("settings.yaml").write_bytes(b"\xff\xfe\x00answer")
    with pytest.raises(ConfigError, match="not YAML"):
        load_settings(Path("settings.yaml"))


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("rerank: auto", "auto"),
        ("rerank: on", "on"),  # to YAML that is true
        ("rerank: off", "off"),
        ("rerank: 'on'", "on"),
        ("rerank: {use: off, candidates: 20}", "off"),
    ],
)
def test_reranking_may_be_one_word(text: str, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(written(text)).rerank.use == use
    monkeypatch.setenv("MMRAG_RERANK__MODEL", "a/b")
    both = load_settings(written(text)).rerank
    assert (both.use, both.model) == (use, "a/b")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("rerank: maybe", "rerank.use: input should be 'off', 'auto' or 'on', found 'maybe'"),
        ("rerank: 3", "rerank"),
        ("rerank: {candidates: 0}", "rerank.candidates"),
        ("rerank: {backend: cohere}", "rerank.backend"),
        ("rerank: {model: ''}", "rerank.model"),
    ],
)
def test_reranking_by_a_wrong_word_is_refused(text: str, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(text))
    assert part in str(caught.value)


@pytest.mark.parametrize("path", ["absent.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(path: str) -> None:
    with pytest.raises(ConfigError, match="cannot read the settings file"):
        load_settings(Path(path))


def test_a_misspelt_variable_within_a_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_ANSWER__LMM", "ollama")
    with pytest.raises(ConfigError, match=r"unknown key answer\.lmm"):
        load_settings()


def test_a_variable_that_is_no_json_where_a_section_is_wanted_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MMRAG_ANSWER", "ollama")
    with pytest.raises(ConfigError, match="environment: MMRAG_ANSWER or a variable below"):
        load_settings()


@pytest.mark.parametrize(
    "key", ["answer.lmm", "anser.llm", "nosuch", "profile.name", "answer.llm.x"]
)
def test_an_option_with_an_unknown_key_is_refused_with_its_path(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"options: unknown key {key}"):
        load_settings(None, {key: "x"})


def test_settings_cannot_be_changed_in_place() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.profile = "other"
    with pytest.raises(ValidationError):
        settings.answer.llm = "ollama"
    assert settings == Settings()


def test_the_api_key_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INDEX__QDRANT_API_KEY", "hunter2")
    settings = load_settings(None, {"answer.sources": 3})
    key = settings.index.qdrant_api_key
    assert key is not None
    assert key.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_mistyped_api_key_is_not_printed_by_the_complaint() -> None:
    with pytest.raises(ConfigError, match=r"index\.qdrant_api_key: .*string") as caught:
        load_settings(written("index: {qdrant_api_key: 123456789}"))
    assert "123456789" not in str(caught.value)


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INGEST__LIMITS__ROWS", "7")
    limits = load_settings(written("ingest: {limits: {pages: 3}}")).ingest.limits
    assert (limits.pages, limits.rows) == (3, 7)
    assert limits.pixels == Limits().pixels
    with pytest.raises(ConfigError, match=r"unknown key ingest\.limits\.page"):
        load_settings(written("ingest: {limits: {page: 3}}"))
    with pytest.raises(ConfigError, match=r"ingest\.limits\.pixels: .*found 0"):
        load_settings(written("ingest: {limits: {pixels: 0}}"))


def test_every_limit_is_documented() -> None:
    text = " ".join((Limits.__doc__ or "").split())
    assert [
        name for name in Limits.model_fields if f"{name}: " not in text and f"`{name}`" not in text
    ] == []


def test_a_servers_key_is_not_told_with_a_fault_of_its_section() -> None:
    file = written("index: {quantization: binary, rescore: false, qdrant_api_key: hunter2}")
    with pytest.raises(ConfigError, match="rescore: false does not go with") as caught:
        load_settings(file)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "variables", "origin"),
    [
        ("answer: {llm: ollama}", {"MMRAG_ANSWER__LLM": "olama"}, "environment"),
        ("answer: {llm: olama}", {"MMRAG_ANSWER__SOURCES": "9"}, "settings.yaml"),
        ("answer: {llm: olama}", {"MMRAG_ANSWER__LM": "x"}, "settings.yaml and environment"),
        ("profile: offline", {"MMRAG_ANSWER": "3"}, "environment"),
    ],
)
def test_a_fault_is_told_of_whoever_made_it(
    text: str, variables: dict[str, str], origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"^settings from {origin}: "):
        load_settings(written(text))


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRAG_INGEST__PATHS", "docs")
    with pytest.raises(ConfigError, match="environment: MMRAG_INGEST or a variable below it wants"):
        load_settings()


def test_a_misspelt_variable_is_told_once_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MMRAG_ANSWR__LLM", "ollama")
    assert load_settings() == load_settings() == Settings()
    assert caplog.messages == [
        "the environment variable MMRAG_ANSWR__LLM is no setting and changes nothing "
        "(did you mean MMRAG_ANSWER__LLM?)"
    ]
