"""From what a user gives to a query: words, files to search by, and what narrows the search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters

from mmrag.errors import InputError
from mmrag.loaders.sniff import sniff
from mmrag.modalities import SENSORS, Modality
from mmrag.retrieval.query import MultiModalQuery
from mmrag.schema import TENANT


def asked_by(
    words: str,
    files: Mapping[Modality, str | Path | None],
    *,
    takes: Callable[[Modality], bool],
    words_of: Callable[[Path, Modality], str],
) -> MultiModalQuery:
    """The query; a picture or recording that no space takes as such is asked by its words.

    Args:
        files: by modality, files to ask with.
        takes: whether a space of the index takes that modality.
        words_of: the words in a file of that modality.

    Raises:
        InputError: a file does not exist, or is to be asked by its words and has none.
    """
    parts = [words]
    by: dict[Modality, str] = {}
    for modality, given in files.items():
        if given is None:
            continue
        path = Path(given).expanduser()
        if not path.is_file():
            raise InputError(f"no such file: {given}")
        if takes(modality):
            by[modality] = str(path)
        else:
            parts.append(words_of(path, modality))
    return MultiModalQuery(
        " ".join(filter(None, parts)),
        image_path=by.get(Modality.IMAGE),
        audio_path=by.get(Modality.AUDIO),
        sensed={sensor: by[sensor] for sensor in SENSORS if sensor in by},
    )


def example_of(like: str | Path) -> dict[Modality, Path]:
    """A file to search by, under what it is by its content and name.

    Raises:
        InputError: no such file, or one of a kind that nothing is searched by.
        LoadError: it is damaged, or of no known kind.
    """
    path = Path(like).expanduser()
    if not path.is_file():
        raise InputError(f"no such file: {like}")
    modality = sniff(path).modality
    if modality in (Modality.TEXT, Modality.VIDEO):
        instead = "some words" if modality is Modality.TEXT else "a picture or the sound"
        raise InputError(f"{like} is a file of {modality.value}; search by {instead} of it")
    return {modality: path}


def filters_of(where: Mapping[str, str | int | float] | None) -> MetadataFilters | None:
    """Metadata that hits must have, as LlamaIndex's filters."""
    if not where:
        return None
    return MetadataFilters(filters=[MetadataFilter(key=k, value=v) for k, v in where.items()])


def of_nobody(filters: MetadataFilters | None) -> MetadataFilters:
    """These filters, and that a node belongs to no tenant."""
    untenanted = MetadataFilter(key=TENANT, value=None)
    return MetadataFilters(filters=[untenanted, *([filters] if filters else [])])
