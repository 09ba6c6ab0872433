"""Files to nodes with provenance. Names are imported on first use, so this loads no library.

The functions `passages`, `sentences` and `sniff` are taken from the modules of the same name.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmrag.loaders.audio import AudioReader, stream_pcm
    from mmrag.loaders.base import FileReader
    from mmrag.loaders.csv import CsvReader
    from mmrag.loaders.docx import DocxReader
    from mmrag.loaders.epub import EpubReader
    from mmrag.loaders.html import HtmlReader
    from mmrag.loaders.image import ImageReader
    from mmrag.loaders.json import JsonReader
    from mmrag.loaders.limits import Limits
    from mmrag.loaders.markdown import MarkdownReader
    from mmrag.loaders.passages import Block, Passage
    from mmrag.loaders.pdf import PdfReader
    from mmrag.loaders.pixels import picture
    from mmrag.loaders.pptx import PptxReader
    from mmrag.loaders.registry import read_file, reader_for
    from mmrag.loaders.text import PlainTextReader
    from mmrag.loaders.video import VideoReader
    from mmrag.loaders.xlsx import XlsxReader

_MODULES = {
    "AudioReader": "audio",
    "Block": "passages",
    "CsvReader": "csv",
    "DocxReader": "docx",
    "EpubReader": "epub",
    "FileReader": "base",
    "HtmlReader": "html",
    "ImageReader": "image",
    "JsonReader": "json",
    "Limits": "limits",
    "MarkdownReader": "markdown",
    "Passage": "passages",
    "PdfReader": "pdf",
    "PlainTextReader": "text",
    "PptxReader": "pptx",
    "VideoReader": "video",
    "XlsxReader": "xlsx",
    "picture": "pixels",
    "read_file": "registry",
    "reader_for": "registry",
    "stream_pcm": "audio",
}

__all__ = [
    "AudioReader",
    "Block",
    "CsvReader",
    "DocxReader",
    "EpubReader",
    "FileReader",
    "HtmlReader",
    "ImageReader",
    "JsonReader",
    "Limits",
    "MarkdownReader",
    "Passage",
    "PdfReader",
    "PlainTextReader",
    "PptxReader",
    "VideoReader",
    "XlsxReader",
    "picture",
    "read_file",
    "reader_for",
    "stream_pcm",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
