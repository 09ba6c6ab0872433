"""Moderation policies: what is looked for, from which score on, and what is done about it.

A policy is a YAML file. Unknown and repeated keys are refused with their path, for a misspelt
category that looks for nothing is worse than none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import regex
import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from mmrag.errors import ConfigError
from mmrag.tasks.moderation.personal import KINDS

Action: TypeAlias = Literal["tag", "quarantine", "skip"]
"""What is done about a flag at index time, from the mildest to the strictest."""
Sense: TypeAlias = Literal["image", "audio", "text"]
"""By what an item is judged: its looks, its sound, or its words, transcript and OCR included."""
SENSES: tuple[Sense, ...] = ("image", "audio", "text")

Prompt: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Calibrated(_Strict):
    """On what a threshold was chosen, and what it does there, which flatters.

    Attributes:
        model: whose scores these were; the threshold says nothing of another model's.
        target: what was asked for, such as "precision >= 0.9".
        positives, negatives: how many labelled items there were.
        flagged, right: how many the threshold flags, and how many of these rightly.
        precision, recall, and their 95 % intervals: None where nothing is flagged or labelled.
        few: fewer positives than a threshold should rest on.
    """

    model: str
    target: str
    positives: int
    negatives: int
    flagged: int
    right: int
    precision: float | None
    precision_interval: tuple[float, float] | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    few: bool


class Contrast(_Strict):
    """What speaks for a category and what against it; of an item of one sense.

    Attributes:
        for_: prompts of what is looked for; "for" in the file.
        against: prompts of what is harmless and near it.
        threshold: score in 0..1 from which on an item is flagged.
        pool: whether the nearest prompt counts, or the mean of all, among those for it.
    """

    for_: tuple[Prompt, ...] = Field(alias="for", min_length=1)
    against: tuple[Prompt, ...] = Field(min_length=1)
    threshold: Share
    pool: Literal["max", "mean"] = "max"
    calibrated: Calibrated | None = None


class Category(_Strict):
    """One kind of content.

    Attributes:
        action: what is done about it at index time.
        image, audio, text: how it is told by its looks, its sound, and its words.
        words: whole words and phrases, in any case and with look-alike letters.
        patterns: regular expressions by name.
        personal: kinds of personal data (`mmrag.tasks.moderation.personal`).
    """

    action: Action
    image: Contrast | None = None
    audio: Contrast | None = None
    text: Contrast | None = None
    words: tuple[Prompt, ...] = ()
    patterns: dict[str, str] = Field(default_factory=dict)
    personal: tuple[str, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        for name, pattern in patterns.items():
            try:
                found = regex.compile(pattern).search("")
            except regex.error as exc:
                raise ValueError(f"{name} is no regular expression: {exc}") from exc
            if found is not None:
                raise ValueError(f"{name} matches the empty text, and so every text")
        return patterns

    @field_validator("personal")
    @classmethod
    def _are_known(cls, personal: tuple[str, ...]) -> tuple[str, ...]:
        for kind in personal:
            if kind not in KINDS:
                raise ValueError(f"no kind {kind!r}; there are: {', '.join(KINDS)}")
        return personal

    @model_validator(mode="after")
    def _looks_for_something(self) -> Category:
        if not (self.contrasts or self.words or self.patterns or self.personal):
            raise ValueError(
                "looks for nothing; give image, audio, text, words, patterns, personal"
            )
        return self

    @property
    def contrasts(self) -> dict[Sense, Contrast]:
        """The contrasts that there are, by sense."""
        rows = ((sense, getattr(self, sense)) for sense in SENSES)
        return {sense: row for sense, row in rows if row is not None}

    @property
    def lexical(self) -> bool:
        """Whether it looks for words as they are written."""
        return bool(self.words or self.patterns or self.personal)


class Policy(_Strict):
    """What is moderated.

    Attributes:
        name: for reports.
        scale: what differences of cosines are multiplied by before the sigmoid. It changes what
            scores look like, not their order.
        categories: by name, at least one.
    """

    name: Prompt
    scale: float = Field(default=20.0, gt=0, le=1000)
    categories: dict[Prompt, Category] = Field(min_length=1)

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits of what the policy says."""
        said = self.model_dump(by_alias=True, mode="json")
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """Name and digest, as they are written with every flag."""
        return f"{self.name}@{self.digest}"

    def as_yaml(self) -> str:
        """The policy as a file."""
        said = self.model_dump(by_alias=True, mode="json", exclude_defaults=True)
        return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=100)


STARTER = files("mmrag.tasks.moderation") / "starter.yaml"
"""The policy that is used where none is named; its thresholds are uncalibrated, and it says so."""


def read_policy(path: Path) -> Policy:
    """The policy in a file; that of the name "starter" is mmrag's own where there is no such file.

    Raises:
        ConfigError: no such file, no YAML, an unknown or repeated key, or a value that cannot be.
    """
    if str(path) == "starter" and not path.exists():
        return policy_of(STARTER.read_text(encoding="utf-8"), "starter.yaml")
    try:
        return policy_of(path.read_text(encoding="utf-8"), str(path))
    except OSError as exc:
        raise ConfigError(f"cannot read the policy {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"the policy {path} is not UTF-8: {exc}") from exc


def policy_of(text: str, origin: str) -> Policy:
    """The policy that a YAML text says; `origin` is what errors call it."""
    try:
        tree = yaml.load(text, _Loader)  # a SafeLoader
    except yaml.YAMLError as exc:
        raise ConfigError(f"policy {origin}: {' '.join(str(exc).split())}") from exc
    if not isinstance(tree, dict):
        found = "nothing" if tree is None else type(tree).__name__
        raise ConfigError(f"policy {origin} must hold name and categories, found {found}")
    try:
        return Policy.model_validate(tree)
    except ValidationError as exc:
        faults = "; ".join(_fault(error) for error in exc.errors())
        raise ConfigError(f"policy {origin}: {faults}") from exc


class _Loader(yaml.SafeLoader):
    """YAML's own reader lets the last of equal keys win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise yaml.YAMLError(f"line {line}: {key!r} stands twice beside itself")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _fault(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {where}"
    if error["type"] == "missing":
        return f"{where} is missing"
    said = str(error["msg"]).removeprefix("Value error, ")
    found = "" if error["type"] == "value_error" else f", found {error['input']!r}"
    return f"{where}: {said[0].lower()}{said[1:]}{found}"
