"""Makes the sample folder, mmrag/samples/, from the invented world in samples_world/.

Run it as `python pipelines/make_samples.py`. It needs the Python packages numpy, pillow, reportlab,
python-docx, python-pptx and openpyxl, the programs espeak-ng and ffmpeg, and the URW base fonts.
The result is committed; it is made anew only when the world changes. A second run on the same
machine writes the same bytes.
"""

import argparse
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from samples_world import (
    anemometer,
    catalogue,
    daybook,
    handbook,
    history,
    lecture,
    letters,
    pictures,
    posters,
    questions,
    recordings,
    rime_study,
    scan,
    storm_report,
    tables,
    winter_store,
)
from samples_world.places import Place

SAMPLES = Path(__file__).resolve().parents[1] / "mmrag" / "samples"
FOLDERS = ("letters", "logbooks", "pictures", "posters", "reports", "sound", "tables", "talks")
OFFICE = (".docx", ".pptx", ".xlsx")
LIMIT = 3_000_000
MODIFIED = b"1974-06-28T00:00:00Z"

BUILDERS: tuple[Callable[[Path], list[Place]], ...] = (
    history.build,
    handbook.build,
    letters.build,
    daybook.build,
    winter_store.build,
    catalogue.build,
    storm_report.build,
    rime_study.build,
    lecture.build,
    tables.build,
    scan.build,
    posters.build,
    pictures.build,
    anemometer.build,
    recordings.build,
)


def make(samples: Path) -> None:
    """Write `archive/` and `questions.jsonl` below `samples`; raises ValueError when too large."""
    archive = samples / "archive"
    for folder in FOLDERS:
        (archive / folder).mkdir(parents=True, exist_ok=True)
    places = [place for build in BUILDERS for place in build(archive)]
    for path in sorted(archive.rglob("*")):
        if path.suffix in OFFICE:
            strip_dates(path)
    lines = list(questions.as_lines(places))
    (samples / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    total = sum(path.stat().st_size for path in archive.rglob("*") if path.is_file())
    if total > LIMIT:
        raise ValueError(f"the archive is {total} bytes, more than {LIMIT}; make a picture smaller")
    print(f"{len(places)} places, {len(lines)} questions, {total / 1e6:.2f} MB")


def strip_dates(path: Path) -> None:
    """Give the members of an office file one date, so that only content can change its bytes."""
    with zipfile.ZipFile(path) as old:
        members = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in members:
            if name == "docProps/core.xml":
                # openpyxl writes the hour of saving here, whatever it is told.
                data = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z(?=</dcterms:modified>)", MODIFIED, data)
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=SAMPLES, help="folder that receives the samples")
    make(parser.parse_args().to)
