"""How requests are treated by where they go: a row a path, and whatever has none is the page's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.routing import Mount
from starlette.types import Scope


@dataclass(frozen=True)
class Treatment:
    """How requests to a path, and to all below it, are treated.

    Attributes:
        path: with a slash in front and none behind.
        open: needs no token.
        session: who signed in to the page may ask it; elsewhere only a token in the header counts.
        counted: a caller may make so many a minute.
        gated: only so many are worked on at once.
        body: how large one may be: as `BodySizes`.
        page: belongs to the page.
    """

    path: str
    open: bool = False
    session: bool = False
    counted: bool = False
    gated: bool = False
    body: Literal["small", "query", "upload"] = "small"
    page: bool = False

    def holds_for(self, path: str) -> bool:
        """Whether a path is this one or below it."""
        return path == self.path or path.startswith(f"{self.path}/")


# Uploads are not gated, nor is the progress of a job: they wait most of the time, and indexing has
# its own queue.
ROWS = (
    Treatment("/v1/documents", counted=True, body="upload"),
    Treatment("/v1/jobs", counted=True),
    Treatment("/v1", counted=True, gated=True, body="query"),
    Treatment("/mcp", counted=True, body="query"),
    Treatment("/media", session=True, counted=True),
    Treatment("/healthz", open=True),
    Treatment("/readyz", open=True),
    Treatment("/login", open=True),
    Treatment("/logout", open=True),
    Treatment("/metrics"),
    Treatment("/openapi.json"),
    Treatment("/page/uploads", session=True, counted=True, body="upload", page=True),
    Treatment("/gradio_api/queue/join", session=True, counted=True, body="query", page=True),
)
PAGE = Treatment("", session=True, page=True)


def treatment_of(scope: Scope) -> Treatment:
    """The first row that holds for a request."""
    return next((row for row in ROWS if row.holds_for(scope["path"])), PAGE)


def route_of(scope: Scope) -> str:
    """What was asked, as one of few: the template of the route, never the path itself.

    "-" is a request that reached no route: it was refused, or there is none.
    """
    if "endpoint" not in scope and "route" not in scope:
        return "-"
    treated = treatment_of(scope)
    route = scope.get("route")
    if treated.page:
        return "page"
    if route is None or isinstance(route, Mount) or treated.path == "/mcp":
        return treated.path
    return str(getattr(route, "path", treated.path))
