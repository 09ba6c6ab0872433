"""Embeddings: nodes and questions to vectors."""
