"""A contact sheet of the pictures that a query finds: by words, by a picture, or by both.

    python pipelines/photo_search.py --folder ~/photos --query "a red boat in fog" --out boats.html
    python pipelines/photo_search.py --folder ~/photos --picture like-this.jpg

The folder is indexed first; pictures that are known already are skipped. The sheet is one HTML
file with small copies of the pictures in it, each a link to its file. How pictures look is told by
a profile with a space for them (default, tiny, imagebind ...); `offline` finds them by the words
in them alone. Exit codes: 0, 3 if some pictures could not be read, 1 error (also when nothing is
found), 2 usage.
"""

from __future__ import annotations

import io
from base64 import b64encode
from html import escape
from pathlib import Path

from PIL import Image, ImageOps
from pydantic import Field
from running import Keys, ended, run
from telling import visible, write

from mmrag import MmragError, MMRagIndex, SearchHit, Settings

SIDE = 240
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #1c1c1c }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, 240px); gap: 24px }}
figure {{ margin: 0 }}
a {{ display: grid; place-items: center; height: 240px; background: #f1f3f5 }}
figcaption {{ color: #707070; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
<main>
{figures}
</main></html>
"""
FIGURE = (
    '<figure><a href="{link}"><img src="data:image/jpeg;base64,{data}" alt="{name}"></a>'
    "<figcaption>{rank}. {name}<br>{score:.2f} by {channels}</figcaption></figure>"
)


class PhotoSearch(Keys):
    folder: Path = Field(description="folder of pictures")
    query: str = Field("", description="what they show, in words")
    picture: Path | None = Field(None, description="a picture that they are to resemble")
    hits: int = Field(24, ge=1, le=500, description="how many pictures")
    out: Path = Field(description="HTML file to write")


def main(keys: PhotoSearch, settings: Settings) -> int:
    """Index, search, and draw the sheet."""
    MMRagIndex.check_paths(keys.folder, settings)
    with MMRagIndex(settings=settings) as index:
        report = index.index(keys.folder)
        code = ended(report)
        found = index.search(keys.query, image=keys.picture, k=keys.hits, modalities=["image"])
        figures = [figure(index, rank, hit) for rank, hit in enumerate(found.hits, 1)]
    shown = [one for one in figures if one]
    if not shown:
        raise MmragError(f"no picture found for {keys.query or keys.picture}; nothing was written")
    parts = [part for part in (keys.query, keys.picture and f"like {keys.picture.name}") if part]
    title = escape(", ".join(parts))
    write(keys.out, PAGE.format(title=title, figures="\n".join(shown)))
    print(f"{len(shown)} pictures in {keys.out}")
    return code


def figure(index: MMRagIndex, rank: int, hit: SearchHit) -> str:
    """A picture with its rank, name and score; nothing for one that is gone."""
    path, small = index.path_of(hit.source), io.BytesIO()
    try:
        with Image.open(path or "") as picture:
            thumbnail = ImageOps.exif_transpose(picture).convert("RGB")
            thumbnail.thumbnail((SIDE, SIDE))
            thumbnail.save(small, "JPEG", quality=85)
    except OSError:  # gone since it was indexed, or a page of a document
        return ""
    return FIGURE.format(
        link=escape(Path(path or "").resolve().as_uri()),
        data=b64encode(small.getvalue()).decode(),
        name=escape(visible(hit.source)),
        rank=rank,
        score=hit.score,
        channels=escape(", ".join(sorted(hit.channels))),
    )


if __name__ == "__main__":
    run(main, PhotoSearch, __doc__)
