"""questions.jsonl: the blocks of the two splits, with each quoted passage turned into its place."""

import json
from collections.abc import Iterable

from samples_world import asked_dev, asked_test
from samples_world.places import Place, find

SPLITS = (("dev", "d", asked_dev.BLOCKS), ("test", "t", asked_test.BLOCKS))


def as_lines(places: list[Place]) -> Iterable[str]:
    """One JSON object per question; raises LookupError when a quotation finds no single place."""
    for split, letter, blocks in SPLITS:
        for number, block in enumerate(blocks.strip().split("\n\n"), start=1):
            yield json.dumps(
                read(block, f"{letter}{number:02d}", split, places), ensure_ascii=False
            )


def read(block: str, name: str, split: str, places: list[Place]) -> dict[str, object]:
    """One block as one object."""
    head, *rest = block.replace("\n  ", " ").splitlines()
    kind, language = head.split()
    marked = {mark: [line[2:] for line in rest if line.startswith(mark + " ")] for mark in "?=@"}
    (question,) = marked["?"]
    answers = [answer.strip() for line in marked["="] for answer in line.split(";")]
    quoted = [line.split(" | ") for line in marked["@"]]
    return {
        "id": name,
        "split": split,
        "question": question,
        "lang": language,
        "answerable": bool(quoted),
        "answer": answers,
        "gold": [find(places, source, quote).as_gold() for source, quote in quoted],
        "kind": kind,
    }
