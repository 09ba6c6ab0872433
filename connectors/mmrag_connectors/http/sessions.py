"""Sessions: that a browser has shown a token once; kept in memory, so they end with the server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

LASTS_S = 7 * 24 * 3600
MOST = 1000
"""Sessions at once; the oldest one ends when there are more."""


class Sessions:
    """Random ids, each of which stands for the token that it was opened with.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[str, float]] = {}

    def open(self, digest: str) -> str:
        """The id of a new session for a token, by its digest."""
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        id = secrets.token_urlsafe(32)
        self._open[id] = (digest, self._clock() + LASTS_S)
        return id

    def digest(self, id: str) -> str | None:
        """The digest of the token behind a session that has not ended."""
        digest, ends = self._open.get(id, ("", 0.0))
        if digest and ends > self._clock():
            return digest
        self.close(id)
        return None

    def close(self, id: str) -> None:
        """End a session, if there is such a one."""
        self._open.pop(id, None)
