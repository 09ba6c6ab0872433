"""Settings: defaults, then a YAML file, then MMRAG_* environment variables, then the command line.

A YAML file and the environment name the same keys: `answer: {llm: ollama}` and
`MMRAG_ANSWER__LLM=ollama`. Unknown keys are refused with their path, for a misspelt key that is
silently ignored is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from mmrag.errors import ConfigError
from mmrag.sections import (
    DEFAULT_WEIGHTS,
    AnswerSettings,
    ClassifySettings,
    ClusterSettings,
    IndexSettings,
    IngestSettings,
    LocalSettings,
    ModerateSettings,
    OllamaSettings,
    Quantization,
    RerankSettings,
    RetrievalSettings,
    Section,
    ServeSettings,
    TokenSettings,
)
from mmrag.server_sections import ServerSettings
from mmrag.spelling import did_you_mean

__all__ = [
    "DEFAULT_FILE",
    "DEFAULT_WEIGHTS",
    "AnswerSettings",
    "ClassifySettings",
    "ClusterSettings",
    "IndexSettings",
    "IngestSettings",
    "LocalSettings",
    "ModerateSettings",
    "OllamaSettings",
    "Quantization",
    "RerankSettings",
    "RetrievalSettings",
    "ServeSettings",
    "ServerSettings",
    "Settings",
    "TokenSettings",
    "load_settings",
]

DEFAULT_FILE = Path("mmrag.yaml")


class Settings(Section):
    """Everything that can be set, validated as a whole. Only `load_settings` looks outside."""

    profile: str | None = None
    models: dict[str, str] = Field(
        default_factory=dict,
        description="By space, a model in place of the profile's: an id or a local folder.",
    )
    index: IndexSettings = IndexSettings()
    server: ServerSettings = ServerSettings()
    ingest: IngestSettings = IngestSettings()
    cluster: ClusterSettings = ClusterSettings()
    classify: ClassifySettings = ClassifySettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    rerank: RerankSettings = RerankSettings()
    answer: AnswerSettings = AnswerSettings()
    ollama: OllamaSettings = OllamaSettings()
    local: LocalSettings = LocalSettings()
    serve: ServeSettings = ServeSettings()
    moderate: ModerateSettings = ModerateSettings()

    def with_changes(self, changes: Mapping[str, Any]) -> Settings:
        """These settings with dotted keys replaced: {"answer.llm": "ollama"}; None changes nothing.

        Raises:
            ConfigError: a key is unknown or a value does not fit.
        """
        tree = self.model_dump()
        for key, value in changes.items():
            if value is None:
                continue
            *parents, leaf = key.split(".")
            branch: Any = tree
            for parent in parents:
                branch = branch.get(parent) if isinstance(branch, dict) else None
            if not isinstance(branch, dict):
                raise ConfigError(f"settings from options: unknown key {key}")
            branch[leaf] = value
        return _validated(Settings.model_validate, tree, origin="options")


class _FileAndEnvironment(BaseSettings, Settings):
    """Made of a file's content, with the environment above it."""

    model_config = SettingsConfigDict(
        env_prefix="MMRAG_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load_settings(
    file: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    *,
    apart: str | None = None,
) -> Settings:
    """Read the settings.

    Args:
        file: a YAML file; None takes ./mmrag.yaml if there is one.
        changes: dotted keys from the command line, which stand above everything.
        apart: a section of the file that is the caller's own, and not looked at here.

    Raises:
        ConfigError: a file that is missing or no YAML, an unknown key, a value that does not fit.
    """
    path = file or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    tree = _read_yaml(path) if path else {}
    if apart is not None:
        tree.pop(apart, None)
    settings = _validated(
        lambda values: _FileAndEnvironment(**values), tree, origin=str(path or "environment")
    )
    return settings.with_changes(changes or {})


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read the settings file {path}: {exc.strerror}") from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not YAML: {' '.join(str(exc).split())}") from exc
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path} must hold keys and values, found {type(tree).__name__}")
    named = {str(key): value for key, value in tree.items()}
    if isinstance(named.get("rerank"), str | bool):  # YAML reads a bare on and off as true, false
        named["rerank"] = {"use": named["rerank"]}
    return named


def _validated(build: Any, tree: dict[str, Any], *, origin: str) -> Settings:  # noqa: ANN401
    try:
        settings: Settings = build(tree)
    except ValidationError as exc:
        faults = "; ".join(_fault(error) for error in exc.errors())
        raise ConfigError(f"settings from {origin}: {faults}") from exc
    except SettingsError as exc:
        raise ConfigError(f"settings from environment: {exc}") from exc
    return settings


def _meant(where: Sequence[str | int]) -> str:
    """The key that was meant by an unknown one, of those that stand where it stands."""
    section: Any = Settings
    for part in where[:-1]:
        known = getattr(section, "model_fields", {})
        section = known[part].annotation if part in known else None
    return did_you_mean(str(where[-1]), getattr(section, "model_fields", ()))


def _fault(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {where}{_meant(error['loc'])}"
    found = "" if where.endswith("api_key") else f", found {error['input']!r}"
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}{found}"
