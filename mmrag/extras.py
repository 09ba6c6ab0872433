"""Import of optional and heavy packages in one place, with a message that names the extra."""

from __future__ import annotations

import importlib
from types import ModuleType

from mmrag.errors import MissingExtra


def require(package: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `package`, or raise MissingExtra with the pip line that mends it.

    A broken install (the package is there and one of its own imports fails) is raised untouched,
    for the advice to install it would be wrong.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{package}.".startswith(f"{exc.name}."):
            raise
        raise MissingExtra(package.split(".")[0], extra, purpose) from exc
