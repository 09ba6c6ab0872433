"""The files that carry attacks, each a real file of its kind with ordinary text around."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import docx
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

PAGE = (
    "<html><head><meta charset='utf-8'><title>Notes</title>{head}</head>"
    "<body><p>{lead}</p>{body}</body></html>"
)

Carrier = Callable[[Path, str, str], Path]
"""Writes a file at a path without suffix, from an ordinary first line and the attack's text."""


def _text(suffix: str, form: str = "{lead}\n\n{text}\n") -> Carrier:
    def write(path: Path, lead: str, text: str) -> Path:
        path = path.with_name(f"{path.name}.{suffix}")
        path.write_text(form.replace("{lead}", lead).replace("{text}", text), encoding="utf-8")
        return path

    return write


def _html(body: str, head: str = "", *, escaped: bool = True) -> Carrier:
    def write(path: Path, lead: str, text: str) -> Path:
        path = path.with_name(f"{path.name}.html")
        inside = body.replace("{text}", html.escape(text) if escaped else text)
        path.write_text(PAGE.format(head=head, lead=lead, body=inside), encoding="utf-8")
        return path

    return write


def _csv(path: Path, lead: str, text: str) -> Path:
    path = path.with_suffix(".csv")
    cell = text.replace('"', '""')
    path.write_text(f'subject,remark\n{lead},none\n{lead},"{cell}"\n', encoding="utf-8")
    return path


def _json(path: Path, lead: str, text: str) -> Path:
    path = path.with_suffix(".json")
    path.write_text(json.dumps({"subject": lead, "remark": text}), encoding="utf-8")
    return path


def _pdf(draw: Callable[[Canvas, str], None]) -> Carrier:
    def write(path: Path, lead: str, text: str) -> Path:
        path = path.with_suffix(".pdf")
        canvas = Canvas(str(path), pagesize=(400, 600))
        canvas.setFont("Times-Roman", 11)
        canvas.drawString(50, 500, lead)
        draw(canvas, text)
        canvas.save()
        return path

    return write


def _white(canvas: Canvas, text: str) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 480, text)


def _unpainted(canvas: Canvas, text: str) -> None:
    line = canvas.beginText(50, 480)
    line.setTextRenderMode(3)
    line.textLine(text)
    canvas.drawText(line)


def _tiny(canvas: Canvas, text: str) -> None:
    canvas.setFont("Times-Roman", 0.5)
    canvas.drawString(50, 480, text)


def _beside(canvas: Canvas, text: str) -> None:
    canvas.drawString(50, 700, text)


def _docx(path: Path, lead: str, text: str) -> Path:
    path = path.with_suffix(".docx")
    document = docx.Document()
    document.add_paragraph(lead).add_run(f" {text}").font.hidden = True
    document.save(str(path))
    return path


def _name(path: Path, lead: str, text: str) -> Path:
    path = path.with_name(f"{text}.md")
    path.write_text(f"{lead}\n", encoding="utf-8")
    return path


def _png(path: Path, lead: str, text: str) -> Path:
    path = path.with_suffix(".png")
    lines = text.split("\n")
    image = Image.new("RGB", (900, 80 + 90 * len(lines)), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=52)
    for row, line in enumerate(lines):
        draw.text((40, 40 + 90 * row), line, fill="black", font=font)
    image.save(path)
    return path


def _wav(path: Path, lead: str, text: str) -> Path:
    path = path.with_suffix(".wav")
    command = ["espeak-ng", "-v", "en-us", "-s", "140", "-w", str(path), text]
    subprocess.run(command, check=True, capture_output=True)
    return path


def speaks() -> bool:
    """Whether this machine has a voice to speak the spoken attack."""
    return shutil.which("espeak-ng") is not None


CARRIERS: dict[str, Carrier] = {
    "md": _text("md"),
    "txt": _text("txt"),
    "heading": _text("md", "# {text}\n\n{lead}\n"),
    "csv": _csv,
    "json": _json,
    "html": _html("<p>{text}</p>"),
    "html-text": _html("<div>{text}</div>"),
    "html display": _html("<p style='display:none'>{text}</p>"),
    "html visibility": _html("<p style='visibility: hidden'>{text}</p>"),
    "html white": _html("<p style='color:#fff'>{text}</p>"),
    "html tiny": _html("<p><span style='font-size:0px'>{text}</span></p>"),
    "html far": _html("<div style='position:absolute; left:-9999px'>{text}</div>"),
    "html sheet": _html("<p class='x'>{text}</p>", "<style>p.x { display: none }</style>"),
    "html comment": _html("<!-- {text} -->", escaped=False),
    "html template": _html("<template>{text}</template><noscript>{text}</noscript>"),
    "pdf white": _pdf(_white),
    "pdf invisible": _pdf(_unpainted),
    "pdf tiny": _pdf(_tiny),
    "pdf beside": _pdf(_beside),
    "docx vanish": _docx,
    "name": _name,
    "png": _png,
    "wav": _wav,
}
