"""The labels of a classification, each with what it looks or sounds like in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from mmrag.errors import InputError, printable

GivenLabels: TypeAlias = "Sequence[str | Label] | Mapping[str, str | Sequence[str]]"
"""Names, or for each name one description or several."""

YAML_SUFFIXES, JSON_SUFFIXES = (".yaml", ".yml"), (".json",)


@dataclass(frozen=True)
class Label:
    """A class that something may be of.

    Attributes:
        descriptions: what stands in templates for it; the name itself where nobody says more.
    """

    name: str
    descriptions: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """A label as it was given; `where` is how a message says so."""

    where: str
    name: object
    descriptions: object


def labels_of(given: GivenLabels) -> tuple[Label, ...]:
    """Labels as they are given, in their order.

    Raises:
        InputError: none, an empty one, two of one name (capitals apart), or what is no text.
    """
    if isinstance(given, str):
        raise InputError(f"labels are a list or a mapping, found the text {given!r}")
    if isinstance(given, Mapping):
        return _checked(_Found("", name, said) for name, said in given.items())
    rows = ((one.name, one.descriptions) if isinstance(one, Label) else (one, ()) for one in given)
    return _checked(_Found("", name, said) for name, said in rows)


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels of a file.

    In YAML or JSON they are a list of names, or a mapping from names to a description or a list of
    them. In any other file each line is a name; what follows a # at its beginning is passed over.

    Raises:
        InputError: the file is not there or cannot be used; the message has the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"cannot read the labels in {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8: {exc.reason} at byte {exc.start}") from exc
    suffix = path.suffix.lower()
    if suffix in JSON_SUFFIXES:
        return _checked(_in_json(path, text))
    if suffix in YAML_SUFFIXES:
        return _checked(_in_yaml(path, text))
    lines = enumerate(text.splitlines(), 1)
    return _checked(
        _Found(f"{path}, line {n}: ", line.strip(), ())
        for n, line in lines
        if line.strip() and not line.lstrip().startswith("#")
    )


def _checked(given: Iterable[_Found]) -> tuple[Label, ...]:
    labels: dict[str, Label] = {}
    for found in given:
        name = found.name.strip() if isinstance(found.name, str) else found.name
        if not isinstance(name, str) or not name:
            what = "a label is empty" if name in ("", None) else "a label must be a text"
            raise InputError(f"{found.where}{what}, found {found.name!r}")
        if (same := labels.get(name.casefold())) is not None:
            raise InputError(
                f"{found.where}the label {name!r} is there twice, as {same.name!r} too"
            )
        said = [found.descriptions] if isinstance(found.descriptions, str) else found.descriptions
        texts = list(said) if isinstance(said, list | tuple) else [said]
        stripped = [text.strip() for text in texts if isinstance(text, str)]
        if len(stripped) < len(texts) or not all(stripped):
            raise InputError(
                f"{found.where}descriptions of {printable(name)!r} must be texts, found "
                f"{found.descriptions!r}"
            )
        labels[name.casefold()] = Label(name, tuple(stripped) or (name,))
    if not labels:
        raise InputError("no labels to choose from; name at least two")
    return tuple(labels.values())


def _in_json(path: Path, text: str) -> list[_Found]:
    try:
        # as pairs, for of two equal keys a dictionary keeps the last one and says nothing
        tree: Any = json.loads(text, object_pairs_hook=lambda pairs: ("pairs", pairs))
    except ValueError as exc:
        line = f", line {exc.lineno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise InputError(f"{path}{line} is not JSON: {getattr(exc, 'msg', exc)}") from exc
    where = f"{path}: "
    if isinstance(tree, tuple):
        return [_Found(where, name, said) for name, said in tree[1]]
    if isinstance(tree, list):
        return [_Found(where, name, ()) for name in tree]
    raise InputError(f"{path}: labels are a list or an object, found {text.strip()[:40]!r}")


def _in_yaml(path: Path, text: str) -> list[_Found]:
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line} is not YAML: {getattr(exc, 'problem', exc)}") from exc

    def found(name: yaml.Node, said: object = ()) -> _Found:
        line = f"{path}, line {name.start_mark.line + 1}: "
        return _Found(line, _plain(name), said)

    # of nodes, which know their lines, and where a bare yes or 1962 is still the text it looks like
    if isinstance(tree, yaml.SequenceNode):
        return [found(node) for node in tree.value]
    if isinstance(tree, yaml.MappingNode):
        return [found(name, _plain(said)) for name, said in tree.value]
    shown = "nothing" if tree is None else f"{text.strip()[:40]!r}"
    raise InputError(f"{path}, line 1: labels are a list or a mapping, found {shown}")


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return node.value if node.value or node.style else ()
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    return {str(name.value): "" for name, _ in node.value}  # no text, and told as such
