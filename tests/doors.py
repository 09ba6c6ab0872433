"""Doors of an index that is not open: enough for all that stands before it, and quick to make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app
from mmrag_connectors.http.callers import Reader, Writer

ADDRESS = "http://127.0.0.1:8642"


class Doors(TestClient):
    """A client of them, and of routes at /v1/who, /media/-/who and /who that tell who asks.

    Args:
        directory: of the index that nobody opens.
        serve: settings of the section.
    """

    def __init__(self, directory: Path, **serve: Any) -> None:
        changes = {f"serve.{key}": value for key, value in {**CLOSED, **serve}.items()}
        settings = Settings().with_changes({"index.directory": directory, **changes})
        app = create_app(ThreadedIndex(settings), settings)

        async def reader(caller: Reader) -> list[str | None]:
            return [caller.name, caller.tenant]

        async def writer(caller: Writer) -> str:
            return caller.name

        for path in ("/v1/who", "/media/-/who", "/who"):
            app.get(path)(reader)
            app.post(path)(writer)
        self.application = app
        super().__init__(app, base_url=ADDRESS, follow_redirects=False)

    def code(self, method: str, path: str, **given: Any) -> tuple[int, str]:
        """Status and code of a request that is refused, in the one form of problems."""
        response = self.request(method, path, **given)
        (error,) = response.json().values()
        assert set(error) == {"message", "type", "param", "code", "request_id"}
        assert error["request_id"] == response.headers["x-request-id"]
        return response.status_code, error["code"]


CLOSED = {"page": False, "mcp": False}


def bearing(token: str) -> dict[str, str]:
    """The header that a token is sent in."""
    return {"Authorization": f"Bearer {token}"}
