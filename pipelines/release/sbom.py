"""What is installed, as a CycloneDX bill of materials, and under which licences.

`python -m pipelines.release.sbom` writes .cache/sbom.json. It describes this environment, so it is
an artefact of a build and no part of the wheel. Licences are those that packages declare; what
their wheels bundle (FFmpeg in PyAV's, under the LGPL) is not in their metadata.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
SBOM = REPOSITORY / ".cache" / "sbom.json"
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public|\bMPL|Mozilla|EUPL|CDDL", re.IGNORECASE)


def licence_of(component: Mapping[str, Any]) -> str:
    """What a component declares, "" for nothing; several declarations of it by comma.

    The bill leaves out licences in free words; those are read from the package that is installed.
    """
    rows = component.get("licenses", ())
    named = [
        row.get("expression") or row["license"].get("id") or row["license"].get("name", "")
        for row in rows
    ]
    return ", ".join(dict.fromkeys(named)) or _in_words(component["name"])


def _in_words(package: str) -> str:
    try:
        said = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return ""
    return said["License"].partition("\n")[0] if "License" in said else ""


def told(bill: Mapping[str, Any]) -> Iterator[str]:
    """A line a component whose licence somebody should know of, then how many there are."""
    components = bill["components"]
    for component in components:
        licence = licence_of(component)
        if not licence or COPYLEFT.search(licence):
            yield f"{component['name']} {component['version']}: {licence or 'declares none'}"
    yield f"{len(components)} packages"


def write(to: Path) -> Mapping[str, Any]:
    """Write the bill of the environment that runs this, and return it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--no-validate"]
    command += ["--pyproject", str(REPOSITORY / "pyproject.toml"), "--output-reproducible"]
    subprocess.run([*command, "--output-file", str(to), sys.executable], check=True)
    bill: Mapping[str, Any] = json.loads(to.read_text(encoding="utf-8"))
    return bill


if __name__ == "__main__":
    for line in told(write(SBOM)):
        sys.stdout.write(f"licences: {line}\n")
    sys.stdout.write(f"licences: written to {SBOM.relative_to(REPOSITORY)}\n")
