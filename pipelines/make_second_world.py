"""Makes the second archive, on which `fit_answers.py` fits the answers: another invented world.

Run it as `python pipelines/make_second_world.py --to FOLDER`; it needs what `make_samples.py` does.
It writes `archive/` and `questions.jsonl`, in the form of mmrag/samples. It is never packaged: the
figures that count are those of the samples, whose test questions nothing was fitted on.
"""

import argparse
import json
from pathlib import Path

from make_samples import OFFICE, strip_dates
from samples_world.questions import read
from second_world import asked, papers

FOLDERS = ("club", "garden", "pictures", "sound", "yard")


def make(target: Path) -> None:
    """Write the archive and its questions below `target`."""
    archive = target / "archive"
    for folder in FOLDERS:
        (archive / folder).mkdir(parents=True, exist_ok=True)
    places = papers.build(archive)
    for path in sorted(archive.rglob("*")):
        if path.suffix in OFFICE:
            strip_dates(path)
    blocks = asked.BLOCKS.strip().split("\n\n")
    rows = [read(block, f"s{n:03d}", "fit", places) for n, block in enumerate(blocks, start=1)]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (target / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(
        f"{len(places)} places, {sum(bool(row['gold']) for row in rows)} of {len(rows)} answerable"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, required=True, help="folder that receives the archive")
    make(parser.parse_args().to)
