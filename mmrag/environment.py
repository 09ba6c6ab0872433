"""Environment variables that look like settings and are none: misspelt ones, in most cases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mmrag.spelling import closest

PREFIX, NESTED = "MMRAG_", "__"

OTHERS = frozenset(
    {"MMRAG_BENCH_PROFILE", "MMRAG_FILES", "MMRAG_SCALE_CACHE", "MMRAG_TEST_QDRANT_URL"}
)
"""Read by the benchmarks, by compose.yaml and by the tests."""

_OF_A_SERVICE = re.compile(r"_SERVICE_(HOST|PORT\w*)$|_PORT_\d+_(TCP|UDP|SCTP)\w*$")
_ADDRESS = re.compile(r"(tcp|udp|sctp)://")
"""Kubernetes tells every container of a service that is called mmrag or mmrag-web."""


def unheeded(environment: Mapping[str, str], settings: type[BaseModel]) -> Iterator[str]:
    """A sentence for each variable that begins with MMRAG_ and sets nothing.

    What is wrong below a section that there is (`MMRAG_ANSWER__LM`) is refused with the settings.
    """
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHERS:
            continue
        if _OF_A_SERVICE.search(name) or _ADDRESS.match(environment[name]):
            continue
        key = name.removeprefix(PREFIX)
        if not _heeded(key.lower(), settings):
            meant = closest(key, _keys(settings))
            hint = f" (did you mean {PREFIX}{meant}?)" if meant else ""
            yield f"the environment variable {name} is no setting and changes nothing{hint}"


def _heeded(key: str, settings: type[BaseModel]) -> bool:
    first, inner, _ = key.partition(NESTED)
    field = settings.model_fields.get(first)
    return field is not None and (not inner or _has_keys(field))


def _has_keys(field: FieldInfo) -> bool:
    return _section(field) is not None or get_origin(field.annotation) is dict


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _keys(settings: type[BaseModel], above: str = "") -> Iterator[str]:
    """ "PROFILE", "ANSWER", "ANSWER__LLM" and so on."""
    for name, field in settings.model_fields.items():
        key = f"{above}{name.upper()}"
        yield key
        if section := _section(field):
            yield from _keys(section, f"{key}{NESTED}")
