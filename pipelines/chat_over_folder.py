"""A conversation in the terminal over a folder, which is indexed first if need be.

    python pipelines/chat_over_folder.py --folder ~/papers
    printf 'Who rebuilt the mast?\nAnd when?\n' | python pipelines/chat_over_folder.py

Later questions may lean on earlier ones. An empty line is passed over; the end of the input, /quit
or Ctrl-C at an empty line leaves. Exit codes: 0, 3 if some files could not be read, 1 error, 2
usage.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import Field
from running import Keys, ended, run
from telling import place, visible

from mmrag import Answer, MmragError, MMRagIndex, Settings


class ChatOverFolder(Keys):
    folder: Path = Field(description="what is talked about")


def main(keys: ChatOverFolder, settings: Settings) -> int:
    """Index, then answer line by line."""
    MMRagIndex.check_paths(keys.folder, settings)
    with MMRagIndex(settings=settings) as index:
        report = index.index(keys.folder)
        code = ended(report)
        print(f"{len(index.documents())} documents; /quit leaves", file=sys.stderr)
        chat = index.as_chat_engine()
        while (line := next_line()) not in (None, "/quit"):
            if not line:
                continue
            try:
                for piece in chat.sentences(line):
                    told = visible(piece) if isinstance(piece, str) else ending(piece)
                    print(told, flush=True)
            except MmragError as exc:  # of this question; the next may be answered
                print(visible(str(exc)), file=sys.stderr)
            except KeyboardInterrupt:
                print("stopped; the question is not remembered", file=sys.stderr)
    return code


def next_line() -> str | None:
    """What is said next; None at the end."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return None


def ending(answer: Answer) -> str:
    """What follows the sentences of an answer: its sources, or that there are none."""
    sources = [f"  [{citation.n}] {place(citation)}" for citation in answer.citations]
    alone = [answer.text] if answer.abstained else []
    return "\n".join([*alone, *([answer.note] if answer.note else []), *sources, ""])


if __name__ == "__main__":
    run(main, ChatOverFolder, __doc__)
