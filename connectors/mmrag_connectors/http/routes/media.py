"""Routes: the files behind citations, and pictures of the cited places."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
