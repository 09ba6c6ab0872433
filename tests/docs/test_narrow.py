"""The manual on a phone, in Chromium: nothing runs out of the page, drawings are legible."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = "--no-sandbox --disable-gpu --disable-background-networking --disable-dev-shm-usage".split()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
WIDTH = 390
MEASURED = """() => ({
  wide: document.documentElement.scrollWidth,
  pictures: [...document.querySelectorAll('.md-content img')].map(i => i.width),
  cells: [...document.querySelectorAll('.md-content td:not([style*=right])')]
    .filter(c => c.textContent.length > 12).map(c => c.offsetWidth),
  options: [...document.querySelectorAll('.md-content .whole')].map(o => o.getClientRects().length),
})"""


@pytest.fixture(scope="module")
def phone() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium.new_page(viewport={"width": WIDTH, "height": 844})
        chromium.close()


def test_pages_fit_a_phone(site: Path, phone: Page) -> None:
    pictures = 0
    for path in sorted(site.rglob("*.html")):
        phone.goto(path.as_uri())
        found = phone.evaluate(MEASURED)
        name = path.relative_to(site).as_posix()
        assert found["wide"] <= WIDTH, name
        assert min(found["pictures"], default=600) >= 600, name
        assert min(found["cells"], default=90) >= 90, name
        assert set(found["options"]) <= {1}, name
        pictures += len(found["pictures"])
    assert pictures >= 9


def test_a_page_as_wide_as_a_desk_has_all_columns_of_the_comparison(
    site: Path, phone: Page
) -> None:
    phone.set_viewport_size({"width": 1300, "height": 900})
    phone.goto((site / "comparison.html").as_uri())
    over = "e => e.scrollWidth - e.clientWidth"
    wraps = phone.locator(".md-typeset__scrollwrap")
    assert [wraps.nth(at).evaluate(over) for at in range(wraps.count())] == [0, 0]
