"""The HTTP doors: the API, the endpoint that speaks OpenAI's, media; a FastAPI application."""
