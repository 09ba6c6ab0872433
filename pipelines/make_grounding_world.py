"""Makes the archive of facts that are easily taken for each other, for the benchmark `grounding`.

Run it as `python pipelines/make_grounding_world.py --to FOLDER`. It writes `archive/`,
`questions.jsonl` in the form of mmrag/samples, `claims.jsonl` (labelled replies of a language
model) and `places.jsonl` (each passage with its true words). It needs the Python packages pillow,
reportlab and python-docx; the recordings need the programs espeak-ng and ffmpeg too, and are left
out with the questions on them where these are missing. Nothing is ever fitted on the test split.
"""

import argparse
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from grounding_world import papers, questions, replies
from make_samples import OFFICE, strip_dates


def make(target: Path) -> None:
    """Write the archive, its questions and its claims below `target`."""
    archive = target / "archive"
    archive.mkdir(parents=True, exist_ok=True)
    speaks = all(shutil.which(program) for program in ("espeak-ng", "ffmpeg"))
    places = papers.build(archive, recordings=speaks)
    for path in sorted(archive.rglob("*")):
        if path.suffix in OFFICE:
            strip_dates(path)
    asked, claims = questions.rows(places), replies.rows(places)
    _write(target / "places.jsonl", ({**place.as_gold(), "text": place.text} for place in places))
    _write(target / "claims.jsonl", claims)
    _write(target / "questions.jsonl", asked)  # last: it says that the rest is there
    answerable = sum(bool(row["answerable"]) for row in asked)
    print(
        f"{len({place.source for place in places})} documents, {len(claims)} replies, "
        f"{answerable} of {len(asked)} questions answerable{'' if speaks else ', no recordings'}"
    )


def _write(path: Path, rows: Iterable[dict[str, object]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, required=True, help="folder that receives the archive")
    make(parser.parse_args().to)
