"""Routes: signing in to the page with a token, and out again."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from mmrag_connectors.http.doorkeeper import Doors
from mmrag_connectors.http.guard import COOKIE, session_in
from mmrag_connectors.http.sessions import LASTS_S

router = APIRouter(include_in_schema=False)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - mmrag</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 24rem; margin: 15vh auto; padding: 0 1rem; }}
label, input, button {{ display: block; width: 100%; box-sizing: border-box; font: inherit; }}
input, button {{ margin-top: .5rem; padding: .5rem; }}
[role=alert] {{ color: light-dark(#b00020, #ff8a80); }}
</style>
</head>
<body>
<main>
<h1>mmrag</h1>
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
{wrong}<button>Sign in</button>
</form>
<p><small><code>mmrag token add NAME</code> makes a token.</small></p>
</main>
</body>
</html>
"""
WRONG = '<p role="alert">This token is not known.</p>\n'


@router.get("/login")
async def form(request: Request) -> Response:
    """The form; without tokens nobody needs it."""
    if not _doors(request).closed:
        return RedirectResponse("/", 303)
    return HTMLResponse(PAGE.format(wrong=""))


@router.post("/login")
async def sign_in(request: Request, token: Annotated[str, Form(max_length=1000)]) -> Response:
    """Open a session for the page."""
    id = _doors(request).sign_in(token.strip())
    if id is None:
        return HTMLResponse(PAGE.format(wrong=WRONG), 401)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        id,
        max_age=LASTS_S,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.post("/logout")
async def sign_out(request: Request) -> Response:
    """End the session."""
    if id := session_in(request.headers):
        _doors(request).sessions.close(id)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _doors(request: Request) -> Doors:
    return cast(Doors, request.app.state.doors)
