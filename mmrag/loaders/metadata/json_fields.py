"""Fields from a JSON file beside another one: flat, nested, or as Google Takeout writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmrag.errors import CorruptFile
from mmrag.loaders.metadata.findings import Pair
from mmrag.loaders.text import decode
from mmrag.moments import moment_of_timestamp

DEPTH = 4
"""Levels of nesting whose values are taken, joined by dots: {"a": {"b": 1}} is "a.b"."""
VALUES = 500
"""Values that are looked at; a file with more is a table and tells of no single file."""
_LATEST_DAY = 99_991_231
"""A number up to here is a date, such as 20240517; as seconds it would be in spring 1973."""
_TAKEOUT = "phototakentime.timestamp"
_POSITIONS = ("geo", "gps", "position", "location", "geodata", "geodataexif")
"""What a latitude and a longitude may stand under, or be written as one: "59.33, 18.06"."""


def _within(*names: str) -> tuple[str, ...]:
    return (*names, *(f"{position}.{name}" for position in _POSITIONS for name in names))


# Field, and the keys that say it, lower case; the better one first.
_NAMES: dict[str, tuple[str, ...]] = {
    "document_title": ("document_title", "title", "headline", "objectname"),
    "description": ("description", "caption", "alt", "alt_text", "summary", "imagedescription"),
    "author": ("author", "authors", "artist", "creator", "photographer", "by-line"),
    "people": ("people", "persons", "personinimage"),
    "keywords": ("keywords", "tags", "labels", "subject"),
    "album": ("album",),
    "genre": ("genre",),
    "place": ("place", "location", "location.name", "address"),
    "latitude": _within("latitude", "lat", "gpslatitude"),
    "longitude": _within("longitude", "lon", "lng", "gpslongitude"),
    "taken": (
        *("taken", "date_taken", "datetaken", "datetimeoriginal", _TAKEOUT),
        *("datetime", "date", "timestamp", "time"),
    ),
    "camera": ("camera", "model"),
    "created": ("created", "created_at"),
    "modified": ("modified", "modified_at", "updated_at"),
}
_KNOWN = frozenset(name for names in _NAMES.values() for name in names).union(_POSITIONS)


def json_pairs(path: Path, data: bytes, *, of: str) -> Iterator[Pair]:
    """The fields in a JSON sidecar; keys that say none of the known fields stay as they are.

    Of a Takeout file only the known ones are taken, for the rest tells of the service.

    Args:
        of: name of the file that it lies beside; a title that only repeats it is none.

    Raises:
        CorruptFile: no JSON object, or far too many values.
    """
    text = decode(path, data)
    try:
        tree = json.loads(text)
    except ValueError as exc:
        raise CorruptFile(path, f"is no JSON: {exc}") from exc
    if not isinstance(tree, dict):
        raise CorruptFile(path, f"must hold a JSON object, found {type(tree).__name__}")
    values: dict[str, object] = {}
    for key, value in _flat(tree, "", DEPTH):
        values.setdefault(key, value)
        if len(values) > VALUES:
            raise CorruptFile(path, f"has more than {VALUES} values, which no sidecar needs")
    said = {key.lower(): value for key, value in values.items()}
    for field, names in _NAMES.items():
        for name in names:
            value = said.get(name)
            nothing = value == 0 if name.startswith("geodata") else value == of
            if value is not None and not nothing:
                yield field, _moment(value) if field in ("taken", "created", "modified") else value
    for name in _POSITIONS:
        yield from _position(said.get(name))
    if _TAKEOUT not in said:
        yield from ((key, value) for key, value in values.items() if key.lower() not in _KNOWN)


def _flat(tree: Mapping[str, object], above: str, depth: int) -> Iterator[Pair]:
    """Leaves by their dotted keys; of a list of named things, such as people, the names."""
    for key, value in tree.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            if depth > 1:
                yield from _flat(value, f"{name}.", depth - 1)
        elif isinstance(value, list):
            named = [item.get("name") if isinstance(item, Mapping) else item for item in value]
            yield name, [item for item in named if isinstance(item, str | int | float)]
        elif value is not None:
            yield name, value


def _moment(value: object) -> object:
    """Seconds since 1970 as a moment; other values as they are, for a year is a number too."""
    try:
        seconds = float(value)  # type: ignore[arg-type]  # what is no number says so itself
    except (TypeError, ValueError):
        return value
    return moment_of_timestamp(seconds) if abs(seconds) > _LATEST_DAY else value


def _position(value: object) -> Iterator[Pair]:
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list) and len(parts) == 2:
        yield "latitude", parts[0]
        yield "longitude", parts[1]
