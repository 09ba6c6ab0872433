"""Routes: documents, and what indexes them."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
