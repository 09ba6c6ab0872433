"""Judges a folder by a policy: what is flagged, what is kept in quarantine or refused, and why.

    python pipelines/moderate_folder.py --folder uploads --policy policy.yaml --out moderated

The folder is indexed and judged, and what was indexed before is judged again by the policy as it
is now: what is in quarantine is found by no search of this index, what is refused is not in it. In
`out` come flags.csv (a row a flag), quarantine.txt (sources, a line each) and report.md; no media.
`mmrag moderate starter` prints a policy to begin with. Exit codes: 0, 4 if anything is kept out, 3
if some files could not be read, 1 error, 2 usage.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from llama_index.core.vector_stores.types import FilterOperator, MetadataFilter, MetadataFilters
from pydantic import Field
from running import FOUND, OK, Keys, ended, run
from telling import markdown, write

from mmrag import MMRagIndex, Settings

FLAGS, REASONS = "moderation_flags", "moderation_reasons"
TAGGED = "tagged"

Row = tuple[str, str, str]
"""A file, what was done about it, and a reason, which begins with its category."""


class ModerateFolder(Keys):
    folder: Path = Field(description="what is judged")
    policy: Path = Field(description='a policy file, or "starter"')
    out: Path = Field(description="folder for the lists and the report")


def main(keys: ModerateFolder, settings: Settings) -> int:
    """Judge, and write what was found."""
    settings = settings.with_changes({"moderate.policy": keys.policy})
    MMRagIndex.check_paths(keys.folder, settings)
    with MMRagIndex(settings=settings) as index:
        report = index.index(keys.folder)
        code = ended(report, ["failed"])  # the others are those that are looked for
        index.moderate_again()
        policy = index.moderator(keys.policy).policy
        rows = sorted({*kept_out(index), *tagged(index, list(policy.categories))})
        documents = len(index.documents()) + len(index.kept_out())
    keys.out.mkdir(parents=True, exist_ok=True)
    with (keys.out / "flags.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([("file", "action", "reason"), *rows])
    quarantined = sorted({source for source, action, _ in rows if action == "quarantined"})
    write(keys.out / "quarantine.txt", "".join(f"{source}\n" for source in quarantined))
    counts = Counter(action for _, action in {(source, action) for source, action, _ in rows})
    told = ", ".join(f"{counts[name]} {name}" for name in (TAGGED, "quarantined", "refused"))
    lines = [f"# Moderation by {markdown(policy.version)}", f"{documents} documents: {told}."]
    lines += [f"- **{markdown(file)}** {action}: {markdown(why)}" for file, action, why in rows]
    write(keys.out / "report.md", "\n\n".join(lines) + "\n")
    print(f"{documents} documents judged by {policy.version}: {told}; see {keys.out}")
    if report.failed:
        return code
    return FOUND if counts["quarantined"] or counts["refused"] else OK


def kept_out(index: MMRagIndex) -> Iterator[Row]:
    """What no search finds."""
    for record in index.kept_out():
        for reason in index.why_kept_out(record):
            yield record.source, record.state, reason


def tagged(index: MMRagIndex, categories: list[str]) -> Iterator[Row]:
    """What is found, and marked."""
    flagged = MetadataFilter(key=FLAGS, value=categories, operator=FilterOperator.ANY)
    for node in index.vector_store.get_nodes(filters=MetadataFilters(filters=[flagged])):
        if node.metadata.get("tenant") == index.settings.index.tenant:
            for reason in node.metadata[REASONS]:
                yield node.metadata["source"], TAGGED, reason


if __name__ == "__main__":
    run(main, ModerateFolder, __doc__)
