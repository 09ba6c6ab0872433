"""The file behind a source: whether it may be shown, as what, and under which name."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from mmrag.errors import InputError
from mmrag.modalities import FILE_KINDS, Modality
from mmrag_connectors.hosting.calls import FoundSource

_SHOWN = (Modality.IMAGE, Modality.AUDIO, Modality.VIDEO)
KNOWN = frozenset(kind.mimetype for kind in FILE_KINDS.values())
INLINE = frozenset(k.mimetype for k in FILE_KINDS.values() if k.modality in _SHOWN) | {
    "application/pdf"
}
"""What a browser shows without running anything of it; all else is only ever saved."""

_NAME_CHARS = 200


class FileGone(InputError):
    """The file of a source is not there any more."""


class FileChanged(InputError):
    """The file of a source is not what was indexed."""


def file_of(found: FoundSource) -> Path:
    """The file behind a source, if it is still what was indexed.

    A place in it would be another one in a changed file, and whoever may write to an indexed folder
    could put a link there to what only the server may read.

    Raises:
        FileGone, FileChanged: it is not.
    """
    if found.path is None:
        raise FileGone(f"the file of {found.source} is gone; index again to take it out")
    if not found.fresh:
        raise FileChanged(f"{found.source} changed since it was indexed; index it again")
    return found.path


def file_name(source: str) -> str:
    """What a source is called when it is saved: its last part, with nothing in it that misleads."""
    name = re.split(r"[/\\]", source)[-1].encode("utf-8", "replace").decode("utf-8")
    # controls, and marks that turn the direction of writing so that "exe.png" reads "gnp.exe"
    kept = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"})
    return kept[-_NAME_CHARS:].strip(". ") or "file"
