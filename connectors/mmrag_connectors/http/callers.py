"""Who makes a request, and what it may do; the dependencies of every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from mmrag import Settings
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.problems import Problem

SCOPE_KEY = "mmrag.caller"
"""Where the doorkeeper leaves the caller for all that is behind it, mounted applications too."""
# The doorkeeper has looked at the header already; this one tells readers of the OpenAPI of it.
_Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(HTTPBearer(scheme_name="token", description="`mmrag token add`", auto_error=False)),
]


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    Attributes:
        name: of the token, for logs and limits.
        tenant: whose documents it sees, and no others.
        write: whether it may add and delete documents.
    """

    name: str
    tenant: str | None
    write: bool


def caller_of(request: HTTPConnection) -> Caller | None:
    """The caller of a request, wherever it is asked; None is somebody who is not signed in."""
    return cast("Caller | None", request.scope.get(SCOPE_KEY))


def reading(request: Request, _: _Bearer = None) -> Caller:
    """The caller of a request that reads."""
    caller = caller_of(request)
    if caller is None:
        raise Problem(401, "a token is needed", "no_token")
    return caller


def writing(caller: Annotated[Caller, Depends(reading)]) -> Caller:
    """The caller of a request that changes documents."""
    if not caller.write:
        message = (
            f"the token {caller.name!r} may only read; `mmrag token add` makes one that writes"
        )
        raise Problem(403, message, "read_only")
    return caller


def hosted(request: Request) -> HostedIndex:
    """The index, once it is open."""
    index = cast(HostedIndex, request.app.state.hosted)
    if not index.ready:
        message = "the index is not open; /readyz tells when it is"
        raise Problem(503, message, "not_ready", {"Retry-After": "2"})
    return index


def settings(request: Request) -> Settings:
    """The settings."""
    return cast(Settings, request.app.state.settings)


Reader = Annotated[Caller, Depends(reading)]
Writer = Annotated[Caller, Depends(writing)]
Hosted = Annotated[HostedIndex, Depends(hosted)]
Set = Annotated[Settings, Depends(settings)]
