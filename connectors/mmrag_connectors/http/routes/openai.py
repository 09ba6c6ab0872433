"""Routes: the endpoint that speaks OpenAI's: models, chat completions, embeddings."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
