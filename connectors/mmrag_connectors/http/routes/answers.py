"""Routes: answers, whole or as they are written."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
