"""Being connected to a Ray cluster: one that runs, or one of this machine's own for a while."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from mmrag.errors import InputError
from mmrag.extras import require
from mmrag_connectors.ray.sharing import Cluster

SHARED = Path("/dev/shm")
LEAST, MOST = 96 << 20, 4 << 30
"""Bytes of memory for what waits between stages. Ray refuses less than 75 MiB."""
HERE = "local"
STARTS = 3
SILENT = logging.CRITICAL + 1
VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray tells nobody of this run
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # nor us of changes to come
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}


@contextmanager
def session(address: str | None) -> Iterator[Cluster]:
    """A connection to the cluster at an address; None is one on this machine that ends with it.

    A connection that this process has already is used, and stays.

    Raises:
        MissingExtra: Ray is not installed.
        InputError: no cluster answers, or this machine has no room for one.
    """
    ray = ray_itself()
    if ray.is_initialized():
        yield _cluster(ray)
        return
    with _environment(VARIABLES), _folder() as folder, _nothing_printed():
        try:
            with _signals_kept(), _nothing_said(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _start(ray, _joined(address) if address is not None else _local(folder))
            yield _cluster(ray)
        finally:
            ray.shutdown()


def _start(ray: Any, options: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Connect; a cluster that is started on a busy machine is tried again.

    Ray's own helpers have 15 s to come up, which cannot be changed (ray-project/ray#65983).
    """
    address = options["address"]
    for left in reversed(range(STARTS if address == HERE else 1)):
        try:
            ray.init(**options)
            return
        except Exception as exc:  # Ray raises a bare one when it was too slow
            if left == 0:
                said = " ".join(str(exc).split())[:300]
                where = "on this machine" if address == HERE else f"at {address}"
                raise InputError(
                    f"no Ray cluster {where}: {said}; start one by itself with: ray start --head, "
                    f"and give --address auto"
                ) from exc
            ray.shutdown()


def ray_itself() -> Any:  # noqa: ANN401  (the module, which is optional)
    """Ray, with Ray Data, and silent.

    Raises:
        MissingExtra: it is not installed.
    """
    purpose = "index on several processes and machines"
    ray = require("ray", extra="ray", purpose=purpose)
    require("ray.data", extra="ray", purpose=purpose)
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(SILENT)  # its log file stays
    return ray


def _cluster(ray: Any) -> Cluster:  # noqa: ANN401
    there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    each = tuple(max(1.0, has["CPU"]) for has in there if has.get("CPU"))
    # a cluster that grows when it is asked may have none as yet
    return Cluster(each or (1.0,), sum(has.get("GPU", 0.0) for has in there))


def _joined(address: str) -> dict[str, Any]:
    return {"address": address, "log_to_driver": False, "logging_level": SILENT}


def _local(folder: Path) -> dict[str, Any]:
    return {
        **_joined(HERE),
        "include_dashboard": False,
        "object_store_memory": store_bytes(SHARED),
        "_temp_dir": str(folder),
        # workers find modules where this process does, however its path was made
        "runtime_env": {"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}},
    }


def store_bytes(shared: Path) -> int:
    """Memory for what waits between stages: what fits.

    Raises:
        InputError: there is too little.
    """
    least, most = LEAST, min(MOST, int(psutil.virtual_memory().total * 0.3))
    if not shared.is_dir():  # not Linux: Ray takes a folder for temporary files
        return max(least, most)
    free = shutil.disk_usage(shared).free
    if free < least:
        raise InputError(
            f"Ray needs {least >> 20} MB of shared memory in {shared}, and {free >> 20} MB are "
            f"free; a container has more of it with: docker run --shm-size=1g"
        )
    return max(least, min(most, int(free * 0.8)))


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _nothing_said() -> Iterator[None]:
    """Ray's core says, past Python, that it has been told to say nothing."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Whatever it is told, Ray prints what its daemons report, among it that a machine is lost.

    It goes to standard output, which is ours. Ray's debugger stops it in this way, and there is no
    other.
    """
    from ray._private import worker

    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        worker._worker_logs_enabled = True


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for Ray's sockets and logs; its name is short, for those of sockets are bounded."""
    folder = Path(tempfile.mkdtemp(prefix="mmrag-ray-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself; whoever had it gets it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
