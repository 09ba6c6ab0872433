"""Import of optional and heavy packages in one place, with a message that names the extra."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from mmrag.errors import MissingExtra

SILENT = {"ORT_DISABLE_TELEMETRY": "1"}
"""ONNX Runtime's wheels report each process and session to its makers unless this stands in the
environment before the first import (microsoft/onnxruntime#27379)."""


def require(package: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `package`, or raise MissingExtra with the pip line that mends it.

    A broken install (the package is there and one of its own imports fails) is raised untouched,
    for the advice to install it would be wrong.

    What packages would tell others of their use is switched off, unless the environment says so.
    """
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{package}.".startswith(f"{exc.name}."):
            raise
        raise MissingExtra(package.split(".")[0], extra, purpose) from exc
