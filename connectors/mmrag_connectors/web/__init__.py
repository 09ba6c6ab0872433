"""The chat page, mounted in the HTTP application."""
