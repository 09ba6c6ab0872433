"""Settings: defaults, then a YAML file, then MMRAG_* environment variables, then the command line.

A YAML file and the environment name the same keys: `answer: {llm: ollama}` and
`MMRAG_ANSWER__LLM=ollama`. Unknown keys are refused with their path, for a misspelt key that is
silently ignored is worse than none; of an unknown variable there is a warning.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from mmrag.environment import NESTED, PREFIX, unheeded
from mmrag.errors import ConfigError
from mmrag.faults import fault, names, of_yaml
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
    "settings_without_file",
]

DEFAULT_FILE = Path("mmrag.yaml")
LOG = logging.getLogger("mmrag")


class Settings(Section):
    """Everything that can be set, validated as a whole. Only the functions below look outside."""

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
        env_prefix=PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
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
    return _above(tree, changes, origin=str(path or "environment"))


def settings_without_file(changes: Mapping[str, Any] | None = None) -> Settings:
    """The settings as they are where no file is read, as for one that is to be written.

    Raises:
        ConfigError: as of `load_settings`.
    """
    return _above({}, changes, origin="environment")


def _above(tree: dict[str, Any], changes: Mapping[str, Any] | None, *, origin: str) -> Settings:
    """A file's content with the environment and the command line above it."""
    for line in unheeded(os.environ, Settings):
        _tell(line)
    settings = _validated(lambda values: _FileAndEnvironment(**values), tree, origin=origin)
    return settings.with_changes(changes or {})


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"cannot read the settings file {path}: {exc.strerror}") from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        line, why = of_yaml(exc)
        raise ConfigError(f"{path}{line} is not YAML: {why}") from exc
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
        faults = "; ".join(fault(error, Settings) for error in exc.errors())
        raise ConfigError(f"settings from {_origin(exc, origin)}: {faults}") from exc
    except SettingsError as exc:
        raise ConfigError(f"settings from environment: {_no_json(exc)}") from exc
    return settings


def _origin(exc: ValidationError, origin: str) -> str:
    """Who gave what is at fault, where the environment stands above a file."""
    if exc.title != _FileAndEnvironment.__name__:
        return origin
    environment = EnvSettingsSource(_FileAndEnvironment)()
    theirs = [names(environment, error["loc"]) for error in exc.errors()]
    if all(theirs):
        return "environment"
    return f"{origin} and environment" if any(theirs) else origin


def _no_json(exc: SettingsError) -> str:
    """What pydantic-settings tells of its own classes, told of the variable."""
    if field := re.search(r'field "(\w+)"', str(exc)):
        return (
            f"{PREFIX}{field[1].upper()} or a variable below it wants JSON, as lists and whole "
            f'sections do (["a", "b"]): {exc.__cause__}'
        )
    return str(exc)


@cache
def _tell(line: str) -> None:
    """Say it once in a process, and break nothing."""
    LOG.warning(line)
