"""The largest input that a loader takes: what protects the machine from one hostile file.

Sources: the zip figures follow from a measured bomb (291 kB holding 300 MB, ratio 1028); ordinary
Office files stay below 100. An element of HTML costs about 1 kB of memory once it is parsed.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """The settings `ingest.limits`. Sizes are in bytes.

    Attributes:
        document_bytes: a document, table or text file as it lies on disk.
        media_bytes: a picture, recording or film as it lies on disk.
        zip_total_bytes: sum of the members of an Office file, EPUB or archive, unpacked.
        html_bytes: an HTML page.
        zip_markup_bytes: the XML and HTML among them, which a parser holds in memory at once.
        zip_ratio: unpacked over packed size of a member above `zip_ratio_from` bytes.
        zip_entries: members of an Office file, EPUB or archive.
        archive_depth: how deep archives may lie in archives; 1 takes none in another.
        pixels: one picture or page frame; Pillow's own guard only warns up to 179 million.
        document_pixels: all frames of one file, which are decoded one after the other.
        pages: pages of a PDF, frames of a TIFF, slides or sheets.
        page_objects: what one page of a PDF draws: characters, lines, pictures.
        rows: rows of one table file.
        cells: cells of one table, or of all sheets of a workbook; those that span several columns
            or rows count as often as they are repeated.
        elements: elements of markup, lines of Markdown, paragraphs of plain text.
        nesting: levels of JSON, of grouped shapes, of content controls.
        text_chars: characters of text taken from one file.
        sensor_pixels: numbers of one depth map or thermal picture.
        motion_samples: samples of one motion recording; 7 hours at 400 Hz.
        audio_hours: length of one recording.
        video_hours: length of one film.
        video_scenes: scenes of one film, each of which is indexed by a picture.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    document_bytes: int = Field(default=256 << 20, ge=1)
    media_bytes: int = Field(default=32 << 30, ge=1)
    html_bytes: int = Field(default=32 << 20, ge=1)
    zip_total_bytes: int = Field(default=1 << 30, ge=1)
    zip_markup_bytes: int = Field(default=128 << 20, ge=1)
    zip_ratio: float = Field(default=200.0, gt=1)
    zip_ratio_from: int = Field(default=8 << 20, ge=0)
    zip_entries: int = Field(default=20_000, ge=1)
    archive_depth: int = Field(default=2, ge=1, le=8)
    pixels: int = Field(default=100_000_000, ge=1)
    document_pixels: int = Field(default=10_000_000_000, ge=1)
    pages: int = Field(default=5_000, ge=1)
    page_objects: int = Field(default=500_000, ge=1)
    rows: int = Field(default=200_000, ge=1)
    cells: int = Field(default=5_000_000, ge=1)
    elements: int = Field(default=1_000_000, ge=1)
    nesting: int = Field(default=100, ge=1, le=200)
    text_chars: int = Field(default=20_000_000, ge=1)
    sensor_pixels: int = Field(default=1 << 24, ge=1)
    motion_samples: int = Field(default=10_000_000, ge=1)
    audio_hours: float = Field(default=12.0, gt=0)
    video_hours: float = Field(default=12.0, gt=0)
    video_scenes: int = Field(default=20_000, ge=1)


DEFAULT = Limits()
