"""What has to be known to open vector stores again, as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmrag.errors import IndexMismatch, InputError
from mmrag.store.manifest import SpaceModel
from mmrag.version import __version__

FORMAT = 1
NAME = "stores.json"


@dataclass(frozen=True)
class State:
    """What the file says.

    Attributes:
        spaces: the model of every space.
        names: by space, node ids by the ids of a store that keeps no nodes.
        here: keys that some node cannot be filtered by in a database.
        calibration: what matches score, owned by `mmrag.retrieval.scales`.
    """

    spaces: tuple[SpaceModel, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    here: Sequence[str] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write or replace the file in a folder."""
        content = {"format": FORMAT, "mmrag_version": __version__, **asdict(self)}
        written = folder / f"{NAME}.new"
        written.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        written.replace(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> State:
        """Read the file of a folder.

        Raises:
            InputError: there is none, or it is damaged.
            IndexMismatch: another version of mmrag wrote it.
        """
        path = folder / NAME
        if not path.is_file():
            raise InputError(f"no vector stores were written to {folder}: it has no {NAME}")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise IndexMismatch(
                    f"{path} has format {content['format']!r}, this mmrag reads format {FORMAT}; "
                    f"install mmrag {content.get('mmrag_version', 'of that time')}"
                )
            return cls(
                tuple(SpaceModel(**row) for row in content["spaces"]),
                content["names"],
                content["here"],
                content["calibration"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path} is damaged ({type(error).__name__}: {error})") from error
