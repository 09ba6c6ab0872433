"""What is wrong with settings, in words of somebody who writes a file and no Python."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import BaseModel

from mmrag.spelling import did_you_mean

_WANTED = {
    "dict_type": "wants keys and values below it",
    "model_type": "wants keys and values below it",
    "model_attributes_type": "wants keys and values below it",
    "path_type": "wants a path",
    "tuple_type": "wants a list",
}
"""By pydantic's type of error, in place of its words, which name classes of Python."""

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 100


def fault(error: Mapping[str, Any], settings: type[BaseModel]) -> str:
    """One of pydantic's errors as "answer.llm: ..., found ...", or as an unknown key."""
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {where}{_meant(error['loc'], settings)}"
    message = error["msg"].removeprefix("Value error, ")
    wanted = _WANTED.get(error["type"], f"{message[0].lower()}{message[1:]}")
    return f"{where}: {wanted}{_found(where, error['input'])}"


def of_yaml(exc: yaml.YAMLError | UnicodeDecodeError) -> tuple[str, str]:
    """Where a text is no YAML (", line 3" or nothing), and why."""
    mark, problem = getattr(exc, "problem_mark", None), getattr(exc, "problem", None)
    line = f", line {mark.line + 1}" if mark else ""
    return line, problem or " ".join(str(exc).split())


def names(tree: Mapping[str, Any], where: Sequence[str | int]) -> bool:
    """Whether a tree of settings gives what a fault's place names, or what it is a part of."""
    branch: object = tree
    for part in where:
        if not isinstance(branch, Mapping):
            break
        if part not in branch:
            return False
        branch = branch[part]
    return True


def _found(where: str, given: object) -> str:
    """What was given; not of a section, in which a key of a server may stand, nor such a key."""
    if where.endswith("api_key") or isinstance(given, Mapping | BaseModel):
        return ""
    return f", found {'nothing' if given is None else _short.repr(given)}"


def _meant(where: Sequence[str | int], settings: type[BaseModel]) -> str:
    """The key that was meant by an unknown one, of those that may stand there, or else all."""
    section: Any = settings
    for part in where[:-1]:
        known = getattr(section, "model_fields", {})
        section = known[part].annotation if part in known else None
    fields = getattr(section, "model_fields", ())
    meant = did_you_mean(str(where[-1]), fields)
    return meant if meant or not fields else f" (there are {', '.join(fields)})"
