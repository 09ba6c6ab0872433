"""The version of mmrag, in the one place that pyproject.toml reads too."""

__version__ = "0.1.0"
