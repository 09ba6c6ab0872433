"""EPUB books: the pages of the spine in order, through the HTML reader."""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from llama_index.core.schema import Node

from mmrag.errors import CorruptFile
from mmrag.loaders.base import FileReader
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.html import add_html
from mmrag.loaders.limits import check_zip
from mmrag.loaders.outline import Outline
from mmrag.modalities import FILE_KINDS

_PAGES = {"application/xhtml+xml", "text/html"}


class EpubReader(FileReader):
    """Passages under (title of the book, heading path of the chapter).

    EPUB pages have no numbers of their own, so `page` is None. Members are read in memory by the
    names in the archive; nothing is written to disk.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        check_zip(path, self.limits, allow_dtd=True)
        outline = Outline(path, self.limits)
        with damage_reported(path, "EPUB"), zipfile.ZipFile(path) as archive:
            package = _package_name(path, archive)
            root = _xml(path, archive, package)
            outline.enter(-1, root.findtext(".//{*}metadata/{*}title") or "")
            encrypted = _encrypted(path, archive)
            for name in _spine(root, posixpath.dirname(package)):
                if name in encrypted:
                    raise CorruptFile(path, "is protected by DRM; mmrag cannot read it")
                add_html(archive.read(name), outline)
                beat()
        mimetype = FILE_KINDS["epub"].mimetype
        return self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype)


def package_of(path: Path, archive: zipfile.ZipFile) -> Element:
    """The package document of an open EPUB: its metadata, its files and their order.

    Raises:
        CorruptFile: there is none, or it is damaged or unsafe XML.
    """
    return _xml(path, archive, _package_name(path, archive))


def _package_name(path: Path, archive: zipfile.ZipFile) -> str:
    rootfile = _xml(path, archive, "META-INF/container.xml").find(".//{*}rootfile")
    if rootfile is None:
        raise CorruptFile(path, "is an EPUB whose container.xml names no package")
    return rootfile.get("full-path", "")


def _spine(root: Element, folder: str) -> list[str]:
    """Archive names of the pages in reading order, each once."""
    items = {item.get("id"): item for item in root.iterfind(".//{*}manifest/{*}item")}
    found = []
    for reference in root.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" in (item.get("properties") or "").split():
            continue  # the table of contents repeats the headings
        href = unquote(item.get("href", "")).partition("#")[0]
        found.append(posixpath.normpath(posixpath.join(folder, href)))
    return list(dict.fromkeys(found))


def _encrypted(path: Path, archive: zipfile.ZipFile) -> set[str]:
    """Names of encrypted members; fonts are often among them and do no harm."""
    name = "META-INF/encryption.xml"
    if name not in archive.namelist():
        return set()
    references = _xml(path, archive, name).iterfind(".//{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _xml(path: Path, archive: zipfile.ZipFile, name: str) -> Element:
    try:
        root: Element = fromstring(archive.read(name))
    except (ParseError, DefusedXmlException) as exc:
        raise CorruptFile(path, f"its part {name} is damaged or unsafe XML: {exc}") from exc
    return root
