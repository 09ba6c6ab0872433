"""Links of the README and of the manual lead somewhere, anchors too."""

from __future__ import annotations

from pathlib import Path

import pytest
from manual import GENERATED, PAGES, anchors, called, links


@pytest.mark.parametrize("page", [*PAGES, *GENERATED], ids=called)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    lost = []
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() and target not in GENERATED:
            lost.append(path)
        elif anchor and anchor not in anchors(target):
            lost.append(f"{path}#{anchor}")
    assert lost == []


def test_a_lost_anchor_would_be_noticed() -> None:
    toolbox = next(page for page in PAGES if page.name == "toolbox.md")
    assert "depth-heat-and-motion" in anchors(toolbox)
    assert "depth-heat-and-moton" not in anchors(toolbox)
