"""Gradio's theme for the page: the fonts of the system, and our colours behind its toasts."""

from __future__ import annotations

from gradio.themes import Base

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def page_theme() -> Base:
    """No font is fetched, which Gradio's own themes do; the rest stands in `static/page.css`."""
    theme = Base(font=SANS, font_mono=MONO)
    theme.set(
        body_background_fill="#f7f6f3",
        body_background_fill_dark="#15171b",
        body_text_color="#1d1f23",
        body_text_color_dark="#e9e7e2",
    )
    return theme
