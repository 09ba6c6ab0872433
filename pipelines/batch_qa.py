"""Answers a file of questions: JSON lines in, answers with checked citations out as JSON lines.

    python pipelines/batch_qa.py --questions questions.jsonl --out answers.jsonl

A line is {"question": "Who rebuilt it?"}, with "id" and "image" (a file, relative to the
questions) if you like; other keys are left alone. Killed and run again it goes on where it was: no
question is answered twice. A line that cannot be asked costs that line; it is named, and tried
again next time. Exit codes: 0, 3 if some lines could not be asked, 1 error (such as a language
model that is down).
"""

from __future__ import annotations

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import Field
from running import OK, PARTLY, Keys, run
from telling import visible

from mmrag import MmragError, MMRagIndex, Settings

FORMAT = "batch_qa"
HEAD = b'{"batch_qa": 1, "id": '
"""How each answer begins: what begins otherwise is not ours to go on with."""


class BatchQa(Keys):
    questions: Path = Field(description="JSON lines")
    out: Path = Field(description="JSON lines; what is there is kept")


def main(keys: BatchQa, settings: Settings) -> int:
    """Ask what has no answer yet, one line after the other."""
    lines = keys.questions.read_bytes().split(b"\n")
    done, faults = answered(keys.out), 0
    before = len(done)
    keys.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        MMRagIndex(settings=settings, create=False) as index,
        keys.out.open("a", encoding="utf-8") as out,
    ):
        for number, line in enumerate(lines, 1):
            try:
                if (row := question_of(line, done)) is None:
                    continue
                image = keys.questions.parent / str(row["image"]) if row.get("image") else None
                answer = index.ask(row["question"], image=image)
            except (MmragError, ValueError) as exc:
                if isinstance(exc, RuntimeError):  # of the language model, not of this line
                    raise
                print(f"{keys.questions}, line {number}: {visible(str(exc))}", file=sys.stderr)
                faults += 1
                continue
            told = {"id": row["id"], "question": row["question"], **answer.as_dict()}
            out.write(json.dumps({FORMAT: 1, **told}, ensure_ascii=False) + "\n")
            out.flush()  # what is on its line is answered, whatever happens now
            done[row["id"]] = row["question"]
    print(f"{len(done) - before} answered now, {len(done)} in {keys.out}, {faults} not asked")
    return PARTLY if faults else OK


def question_of(line: bytes, done: dict[str, str]) -> dict[str, Any] | None:
    """The question of a line, with an id; None for an empty line, or one that is answered."""
    if not line.strip():
        return None
    row = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise ValueError('it wants {"question": "…"}')
    json.dumps(row, ensure_ascii=False).encode()  # ValueError for half a character, as "\\ud800"
    asked = f"{row['question']}\0{row.get('image') or ''}"
    row["id"] = str(row.get("id") or sha256(asked.encode()).hexdigest()[:12])
    if row["id"] not in done:
        return row
    if done[row["id"]] != row["question"]:
        raise ValueError(f"id {row['id']!r} was answered for another question; give it its own")
    return None


def answered(out: Path) -> dict[str, str]:
    """Questions by id that the file answers; a last line that was cut off is taken away."""
    kept = out.read_bytes() if out.exists() else b""
    *lines, cut = kept.split(b"\n")
    if not all(line.startswith(HEAD) for line in lines) or cut[: len(HEAD)] != HEAD[: len(cut)]:
        raise MmragError(f"{out} holds something else than answers; give another --out")
    if cut:
        os.truncate(out, len(kept) - len(cut))
    try:
        rows = [json.loads(line) for line in lines]
    except ValueError as exc:
        raise MmragError(f"{out} is damaged, give another --out: {exc}") from exc
    return {row["id"]: row["question"] for row in rows}


if __name__ == "__main__":
    run(main, BatchQa, __doc__)
