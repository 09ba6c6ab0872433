"""Points in named vector spaces, behind Qdrant's embedded engine or a server."""
