"""Known vulnerabilities of what is installed: `python -m pipelines.release.audit`.

pip-audit asks, and what it answers is judged here. A network or an index without such data fails
nothing, and it is said plainly how much was not audited; a vulnerability that is found does, unless
`known.yaml` has a row for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

KNOWN = Path(__file__).with_name("known.yaml")
MINUTES = 3
OWN = "mmrag"


@dataclass(frozen=True)
class Known:
    """A vulnerability that was looked into: why it does no harm, and until when."""

    id: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True)
class Verdict:
    """What is said of an audit, line by line, and whether it passes."""

    lines: tuple[str, ...]
    passed: bool


def judge(found: Mapping[str, Any], known: Sequence[Known], today: date) -> Verdict:
    """Judge the JSON of pip-audit."""
    rows = [row for row in found["dependencies"] if row["name"] != OWN]
    skipped = [row for row in rows if "skip_reason" in row]
    lines, passed = [], True
    if len(skipped) == len(rows):
        reason = skipped[0]["skip_reason"] if skipped else "there are none"
        return Verdict((f"NOTHING was audited, of {len(rows)} packages: {reason}",), True)
    if skipped:
        names = ", ".join(row["name"] for row in skipped)
        lines.append(f"{len(skipped)} of {len(rows)} packages were NOT audited: {names}")
    excuses = {(row.package, row.id): row for row in known}
    for row in rows:
        for fault in row.get("vulns", ()):
            ids = (fault["id"], *fault.get("aliases", ()))
            held = next((i for i in ids if (row["name"], i) in excuses), None)
            excuse = None if held is None else excuses.pop((row["name"], held))
            where = f"{row['name']} {row['version']}: {fault['id']}"
            if excuse is not None and excuse.until >= today:
                lines.append(f"{where}, known until {excuse.until}: {excuse.reason}")
                continue
            fixed = ", ".join(fault.get("fix_versions", ())) or "no version yet"
            late = f"; its row in {KNOWN.name} ended on {excuse.until}" if excuse else ""
            lines.append(f"{where}, mended in {fixed}{late}")
            passed = False
    lines += [f"{KNOWN.name}: nothing is {row.id} any more" for row in excuses.values()]
    lines.append(f"{len(rows) - len(skipped)} packages audited")
    return Verdict(tuple(lines), passed)


def read_known(path: Path) -> list[Known]:
    """The rows of the file; ValueError for one that lacks a reason or a date."""
    rows = []
    for row in yaml.safe_load(path.read_text(encoding="utf-8")) or ():
        if set(row) != {"id", "package", "reason", "until"} or not isinstance(row["until"], date):
            raise ValueError(f"{path}: a row needs id, package, reason and until, found {row}")
        rows.append(Known(**row))
    return rows


def audit() -> Verdict:
    """Ask pip-audit of this environment, and judge what it says."""
    known = read_known(KNOWN)
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--desc", "off"]
    command += ["--progress-spinner", "off", "--skip-editable", "--aliases", "on"]
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=60 * MINUTES, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict((f"NOTHING was audited: no answer within {MINUTES} minutes",), True)
    if run.returncode == 2:  # its usage: the command above is wrong
        return Verdict((run.stderr.strip(),), False)
    try:
        found = json.loads(run.stdout)
    except ValueError:
        last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Verdict((f"NOTHING was audited: {last}",), True)
    return judge(found, known, date.today())


if __name__ == "__main__":
    verdict = audit()
    sys.stdout.write("".join(f"audit: {line}\n" for line in verdict.lines))
    sys.exit(not verdict.passed)
