"""Routes: whether the server lives, is ready, and how it does."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from mmrag_connectors.http.callers import Reader
from mmrag_connectors.http.metrics import Metrics
from mmrag_connectors.http.opening import Opening

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the index can be asked, and why not."""

    status: Literal["ready", "not ready"]
    reason: str = ""


@router.get("/healthz")
async def healthz() -> Alive:
    """Whether the process lives."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "Not now."}})
async def readyz(request: Request, response: Response) -> Readiness:
    """Whether the index can be asked: 503 with the reason while it cannot."""
    if request.app.state.hosted.ready:
        return Readiness(status="ready")
    opening: Opening = request.app.state.opening
    response.status_code = 503
    return Readiness(status="not ready", reason=opening.reason)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, caller: Reader) -> Response:
    """Numbers for Prometheus; of documents and jobs, those of the caller's tenant."""
    told: Metrics = request.app.state.metrics
    text = await told.text(request.app.state.hosted, caller.tenant)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
