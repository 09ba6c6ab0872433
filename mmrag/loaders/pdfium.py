"""Opening PDF files. PDFium is not thread-safe, so one lock guards every call into it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2

from mmrag.errors import CorruptFile
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file

LOCK = threading.RLock()

_TAIL = 16 << 10  # bytes in which the end mark is looked for; some writers add a signature after it
_LINEARISED = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d+)")


@contextmanager
def open_pdf(path: Path, limits: Limits = DEFAULT) -> Iterator[pypdfium2.PdfDocument]:
    """An open PDF, with the lock held.

    PDFium mends a truncated file silently and shows what pages it still finds; half a document that
    looks whole is worse than an error, so a file without its end is refused.

    Raises:
        CorruptFile: encrypted, truncated, or no PDF.
        LimitExceeded: too many bytes or pages.
    """
    size = check_file(path, limits)
    _check_end(path, size)
    with LOCK:
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as exc:
            if "password" in str(exc).lower():
                raise CorruptFile(path, "is encrypted; save it without a password") from exc
            raise CorruptFile(path, f"is damaged or no PDF: {exc}") from exc
        try:
            if len(document) == 0:
                raise CorruptFile(path, "is a PDF without pages")
            check_count(path, "pages", len(document), limits.pages)
            yield document
        except pypdfium2.PdfiumError as exc:
            raise CorruptFile(path, f"is a damaged PDF: {exc}") from exc
        finally:
            document.close()


def _check_end(path: Path, size: int) -> None:
    with path.open("rb") as handle:
        head = handle.read(1024)
        handle.seek(max(0, size - _TAIL))
        tail = handle.read()
    if b"%PDF-" not in head:
        raise CorruptFile(path, "is no PDF: it does not begin with %PDF-")
    stated = _LINEARISED.search(head)
    if b"%%EOF" not in tail:
        raise CorruptFile(path, f"is a truncated PDF: no end mark in its {size} bytes")
    if stated and int(stated[1]) > size:
        raise CorruptFile(path, f"is a truncated PDF: {size} of {int(stated[1])} bytes")
