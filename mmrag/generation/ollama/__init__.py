"""Answers by a model on an Ollama server."""
