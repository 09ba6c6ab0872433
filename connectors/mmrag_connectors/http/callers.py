"""Who makes a request, and what it may do; the dependencies of every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from mmrag import Settings
from mmrag_connectors.hosting.hosted import HostedIndex


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


def reading(request: Request) -> Caller:
    """The caller of a request that reads."""
    return Caller("anybody", None, True)


def writing(request: Request) -> Caller:
    """The caller of a request that changes documents."""
    return reading(request)


def hosted(request: Request) -> HostedIndex:
    """The index."""
    return cast(HostedIndex, request.app.state.hosted)


def settings(request: Request) -> Settings:
    """The settings."""
    return cast(Settings, request.app.state.settings)


Reader = Annotated[Caller, Depends(reading)]
Writer = Annotated[Caller, Depends(writing)]
Hosted = Annotated[HostedIndex, Depends(hosted)]
Set = Annotated[Settings, Depends(settings)]
