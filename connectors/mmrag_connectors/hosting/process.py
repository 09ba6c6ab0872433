"""A hosted index in a process of its own, so that a server's event loop never waits for it."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from mmrag import Settings
from mmrag.errors import StoreError
from mmrag_connectors.hosting.frames import (
    HEADER,
    Ask,
    Leave,
    Opened,
    Told,
    length_of,
    packed,
    unpacked,
)
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.hosting.memory import ARENAS

CLOSE_S = 60.0
"""What a batch in hand may take to be finished when the index is closed."""
PAUSES_S = (1.0, 5.0, 15.0, 60.0)
"""Before the process is started again after it died: once, twice, ... in a row."""
HEALTHY_S = 300.0
"""A process that lived so long was well; the next pause is the shortest again."""
READ_AHEAD = 1 << 24
"""Bytes of answers that wait to be read."""


class ProcessIndex(HostedIndex):
    """An index in a child process, which is started again when it dies.

    The engine holds the interpreter while it works, and so do models and decoders at times; here
    they hold another one. The child ends by itself when this process does, whatever the reason,
    and flushes first.

    Args:
        settings: name the index and its models.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[None] | None = None
        self._waiting: dict[int, asyncio.Queue[Told]] = {}
        self._number = 0
        self._ready = False

    async def start(self) -> None:
        """Start the process, and wait until its index is open."""
        self._opened = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep(), name="mmrag-index-process")
        try:
            await asyncio.shield(self._opened)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End what is running, flush, and let go of the index."""
        opened, self._ready = self._ready, False
        process, keeper = self._process, self._keeper
        if keeper is None:
            return
        if process is not None and process.stdin is not None:
            process.stdin.close()
            if not opened:  # it has nothing to flush, and listens only when models are loaded
                with suppress(ProcessLookupError):
                    process.kill()
            try:
                await asyncio.wait_for(process.wait(), CLOSE_S)
            except asyncio.TimeoutError:  # which is the builtin from Python 3.11 on
                process.kill()
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        self._keeper = self._process = None
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(StoreError("the index was closed while it was opened"))
            self._opened.exception()  # is nobody's when `start` was cancelled
        self._fail_all()

    @property
    def ready(self) -> bool:
        """Whether the process is there and its index is open."""
        return self._ready

    @property
    def pid(self) -> int | None:
        """Of the process that holds the index; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def call(self, name: str, *args: object) -> Any:  # noqa: ANN401  (each has its own)
        """The result of a method of `Desk`."""
        answers = self._ask(name, args, stream=False)
        try:
            told = await answers[1].get()
        finally:
            self._waiting.pop(answers[0], None)
        if told.error is not None:
            raise told.error
        return told.value

    async def stream(self, name: str, *args: object) -> AsyncIterator[Any]:
        """What a generator method of `Desk` yields."""
        number, answers = self._ask(name, args, stream=True)
        more = True
        try:
            while more:
                told = await answers.get()
                more = told.more
                if told.error is not None:
                    raise told.error
                if more:
                    yield told.value
        finally:
            self._waiting.pop(number, None)
            if more:
                self._send(Leave(number))

    # --- the process -----------------------------------------------------------------------------

    def _ask(
        self, name: str, args: tuple[object, ...], *, stream: bool
    ) -> tuple[int, asyncio.Queue[Told]]:
        if not self._ready:
            raise StoreError("the index is not open (yet); try again in a few seconds")
        self._number += 1
        number = self._number
        answers = self._waiting[number] = asyncio.Queue[Told]()
        self._send(Ask(number, name, args, stream))
        return number, answers

    def _send(self, message: Ask | Leave) -> None:
        # what is asked is small, and a process that does not read it is found dead by its keeper
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(packed(message))

    async def _keep(self) -> None:
        """Start the process, listen to it, and start it again when it died."""
        loop, failures = asyncio.get_running_loop(), 0
        while True:
            begun = loop.time()
            error = await self._run()
            self._ready = False
            self._fail_all()
            assert self._opened is not None
            if not self._opened.done():
                self._opened.set_exception(error)
                return
            failures = 0 if loop.time() - begun > HEALTHY_S else failures
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1

    async def _run(self) -> Exception:
        """One life of the process; says why it ended."""
        try:
            process = self._process = await self._started()
        except OSError as exc:
            return StoreError(f"the process that holds the index cannot be started: {exc}")
        assert process.stdout is not None
        error: Exception | None = None
        try:
            while True:
                header = await process.stdout.readexactly(HEADER)
                told = unpacked(await process.stdout.readexactly(length_of(header)))
                if isinstance(told, Told):
                    if (answers := self._waiting.get(told.id)) is not None:
                        answers.put_nowait(told)
                elif isinstance(told, Opened):
                    error = told.error
                    if error is None:
                        self._ready = True
                        if self._opened is not None and not self._opened.done():
                            self._opened.set_result(None)
        except asyncio.IncompleteReadError:
            code = await process.wait()
        except Exception as exc:  # noqa: BLE001  (with it all who wait for an answer are lost)
            process.kill()
            await process.wait()
            return StoreError(
                f"the process that holds the index was ended, for it said what cannot be read: "
                f"{type(exc).__name__}: {exc}"
            )
        return error or StoreError(f"the process that holds the index ended (exit code {code})")

    async def _started(self) -> Process:
        # the child finds modules where this process does, however its path was made
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from mmrag_connectors.hosting.holder import main; main()"
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code),
            stdin=PIPE,
            stdout=PIPE,
            limit=READ_AHEAD,
            env={**ARENAS, **os.environ},
        )
        assert process.stdin is not None
        process.stdin.write(packed(self._settings))
        return process

    def _fail_all(self) -> None:
        """Whoever waits waits no more."""
        error = StoreError("the process that held the index ended; try again in a few seconds")
        for number, answers in self._waiting.items():
            answers.put_nowait(Told(number, error=error))
