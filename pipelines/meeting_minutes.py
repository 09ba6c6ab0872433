"""Minutes of recordings in Markdown: decisions, actions and numbers, each with file and time.

    python pipelines/meeting_minutes.py --recordings board-*.mp3 --out minutes.md

Words come from speech recognition, or from subtitles beside a recording. With a language model
(`answer: {llm: ollama}`) each section is its answer to the section's question, checked against
what was said. Without one, or where that says nothing, it is the sentences that one of its cues
(regular expressions) is heard in. Exit codes: 0, 3 if some recordings could not be read, 1 error,
2 usage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, field_validator
from running import Keys, ended, run
from telling import markdown, place, write

from mmrag import Citation, MmragError, MMRagIndex, Settings


class Section(Keys):
    title: str
    question: str
    cues: str

    @field_validator("cues")
    @classmethod
    def _usable(cls, cues: str) -> str:
        try:
            re.compile(cues)
        except re.error as exc:
            raise ValueError(f"no regular expression, {exc}") from exc
        return cues


class MeetingMinutes(Keys):
    recordings: tuple[Path, ...] = Field(description="files and folders")
    out: Path = Field(description="Markdown file to write")
    sections: tuple[Section, ...] = Field(description="title, question and cues of each")


def main(keys: MeetingMinutes, settings: Settings) -> int:
    """Index the recordings, and write their minutes."""
    MMRagIndex.check_paths(keys.recordings, settings)
    with MMRagIndex(settings=settings) as index:
        report = index.index(list(keys.recordings))
        code = ended(report)
        sources = sorted({outcome.source for outcome in report.outcomes})
        spoken = [source for source in sources if heard(index, source)]
        if not spoken:
            raise MmragError(f"nothing is said in {', '.join(map(str, keys.recordings))}")
        pages = [text for source in spoken for text in minutes(index, source, keys.sections)]
    write(keys.out, "\n".join(["# Minutes", *pages]) + "\n")
    print(f"{len(spoken)} recordings in {keys.out}")
    return code


def heard(index: MMRagIndex, source: str) -> list[Citation]:
    """What is said in it, sentence by sentence; what is written has no times."""
    return [said for said in index.sentences_of(source) if said.start_ms is not None]


def minutes(index: MMRagIndex, source: str, sections: tuple[Section, ...]) -> Iterator[str]:
    """The minutes of one recording."""
    yield f"\n## {markdown(source)}"
    for section in sections:
        yield f"\n### {section.title}\n"
        yield worded(index, source, section.question) or quoted(index, source, section.cues)


def worded(index: MMRagIndex, source: str, question: str) -> str:
    """What a language model says to a question, and what that rests on; empty without either."""
    if not index.writer().is_worded:
        return ""
    answer = index.ask(question, where={"source": source})
    if answer.abstained or answer.mode != "llm":
        return ""
    quotes = (f"- \\[{one.n}\\] {line(one)}" for one in answer.citations)
    return "\n".join([f"{markdown(answer.text)}\n", *quotes])


def quoted(index: MMRagIndex, source: str, cues: str) -> str:
    """The sentences in which a cue is heard."""
    told = [f"- {line(one)}" for one in heard(index, source) if re.search(cues, one.quote)]
    return "\n".join(told) or "Nothing."


def line(said: Citation) -> str:
    """A quote with its place."""
    return f"{markdown(said.quote)} ({markdown(place(said))})"


if __name__ == "__main__":
    run(main, MeetingMinutes, __doc__)
