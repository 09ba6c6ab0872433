"""The `mmrag` command."""

from mmrag.cli.app import main

__all__ = ["main"]
