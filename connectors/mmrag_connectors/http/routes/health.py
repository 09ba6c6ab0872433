"""Routes: whether the server lives, is ready, and how it does."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
