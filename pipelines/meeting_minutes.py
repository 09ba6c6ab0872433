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
from running import INTERRUPTED, OK, PARTLY, Keys, run
from telling import complain, markdown, place, write

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
    with MMRagIndex(settings=settings) as index:
        report = index.index(list(keys.recordings))
        if report.interrupted:
            return INTERRUPTED
        done = {outcome.source for outcome in report.outcomes}
        heard = [row.source for row in index.documents() if row.source in done]
        spoken = {source: said for source in heard if (said := index.sentences_of(source))}
        if not spoken:
            raise MmragError(f"nothing is said in {', '.join(map(str, keys.recordings))}")
        pages = [text for source in spoken for text in minutes(index, source, keys.sections)]
    write(keys.out, "\n".join(["# Minutes", *pages]) + "\n")
    print(f"{len(spoken)} recordings in {keys.out}")
    complain(report)
    return PARTLY if report.failed else OK


def minutes(index: MMRagIndex, source: str, sections: tuple[Section, ...]) -> Iterator[str]:
    """The minutes of one recording."""
    yield f"\n## {markdown(source)}"
    for section in sections:
        yield f"\n### {section.title}\n"
        yield worded(index, source, section.question) or quoted(index, source, section.cues)


def worded(index: MMRagIndex, source: str, question: str) -> str:
    """What a language model says to a question, and below it the words that it rests on.

    Empty where there is no model, or it says nothing that was said.
    """
    if not index.writer().is_worded:
        return ""
    answer = index.ask(question, where={"source": source})
    if answer.abstained or answer.mode != "llm":
        return ""
    quotes = (f"- \\[{one.n}\\] {line(one)}" for one in answer.citations)
    return "\n".join([f"{markdown(answer.text)}\n", *quotes])


def quoted(index: MMRagIndex, source: str, cues: str) -> str:
    """The sentences in which a cue is heard."""
    told = [one for one in index.sentences_of(source) if re.search(cues, one.quote)]
    return "\n".join(f"- {line(one)}" for one in told) or "Nothing."


def line(said: Citation) -> str:
    """A quote with its place."""
    return f"{markdown(said.quote)} ({markdown(place(said))})"


if __name__ == "__main__":
    run(main, MeetingMinutes, __doc__)
