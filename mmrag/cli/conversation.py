"""A conversation in the terminal: reads lines, answers questions, obeys commands."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from rich.text import Text

from mmrag.cli.show import console, out, place, show_citations, show_commands, show_stream
from mmrag.engine import MMRagIndex
from mmrag.errors import GenerationError, InputError, MmragError
from mmrag.generation.citations import Citation
from mmrag.generation.sessions import Sessions
from mmrag.generation.turns import turns_of

LEAVE = ("/quit", "/exit", "/q")


class Conversation:
    """Questions in lines, and commands that begin with a slash.

    Args:
        name: under which it is kept after each turn; None keeps it nowhere.
        kept: what was said before.
    """

    def __init__(
        self,
        index: MMRagIndex,
        sessions: Sessions,
        *,
        llm: str | None,
        name: str | None,
        kept: Sequence[ChatMessage],
    ) -> None:
        self._index, self._sessions, self._name = index, sessions, name
        self._engine = index.as_chat_engine(llm=llm, chat_history=kept)
        self._commands: dict[str, tuple[str, Callable[[str], None]]] = {
            "/sources": ("the sources of the last answer again", self._sources),
            "/open": ("N: path and place of source N of the last answer", self._open),
            "/save": ("NAME: keep this conversation, from now on after each turn", self._save),
            "/reset": ("forget what was said", self._reset),
            "/help": ("this list", self._help),
        }

    def run(self) -> None:
        """Until /quit, Ctrl-D, or Ctrl-C at an empty line."""
        with suppress(ImportError):  # arrow keys and earlier lines; not everywhere
            importlib.import_module("readline")
        self._prepare()
        self._greet()
        while (line := _read()) is not None and line not in LEAVE:
            if not line:
                continue
            try:
                if line.startswith("/"):
                    self._obey(line)
                else:
                    self._answer(line)
            except MmragError as exc:
                console.print(Text(" ".join(str(exc).split()), style="red"))
            except KeyboardInterrupt:
                console.print("\nstopped; the question was not remembered", style="yellow")

    def _prepare(self) -> None:
        # An import that Ctrl-C breaks off cannot be made good, and torch takes seconds to import;
        # so it happens here, where Ctrl-C ends the command as it ends any other.
        with console.status("loading the models"):
            try:
                self._engine.prepare()
            except GenerationError as exc:  # the server may be started yet
                console.print(Text(" ".join(str(exc).split()), style="red"))

    def _greet(self) -> None:
        documents = len(self._index.documents())
        console.print(f"{documents} documents; /help lists the commands, /quit leaves", style="dim")
        asked = [m.content for m in self._engine.chat_history if m.role == MessageRole.USER]
        if asked:
            last = Text(f"{self._name}: {len(asked)} questions so far, the last: {asked[-1]}")
            console.print(last, style="dim")

    def _answer(self, question: str) -> None:
        show_stream(self._engine.sentences(question))
        turn = turns_of(self._engine.chat_history)[-1]
        if turn.leaned:
            console.print(Text(f"understood as: {turn.meant}"), style="dim")
        out.print("")
        self._keep()

    def _keep(self) -> None:
        if self._name is not None:
            self._sessions.save(self._name, self._engine.chat_history)

    def _obey(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name not in self._commands:
            raise InputError(f"no command {name}; /help lists them")
        self._commands[name][1](rest.strip())

    def _cited(self) -> Sequence[Citation]:
        answer = self._engine.last_answer
        if answer is None or not answer.citations:
            raise InputError("the last answer has no sources" if answer else "no answer yet")
        return answer.citations

    def _sources(self, _: str) -> None:
        show_citations(self._cited(), quotes=True)

    def _open(self, number: str) -> None:
        citations = {str(citation.n): citation for citation in self._cited()}
        citation = citations.get(number.strip("[]"))
        if citation is None:
            raise InputError(
                f"/open wants the number of a source, one of {', '.join(citations)}; "
                f"found {number or 'nothing'}"
            )
        path = self._index.path_of(citation.source)
        if path is None:
            raise InputError(f"no folder of this index holds {citation.source}")
        where = place(
            "",
            page=citation.page,
            start_ms=citation.start_ms,
            end_ms=citation.end_ms,
            section=citation.section,
            bbox=citation.bbox,
        )
        out.print(Text(str(path)))
        if where.strip(", "):
            out.print(Text(f"  {where.strip(', ')}"))
        if not path.exists():
            out.print(Text("  the file is gone since it was indexed", style="red"))
        elif not self._index.is_fresh(citation.source):
            out.print(Text("  the file has changed since it was indexed", style="yellow"))

    def _save(self, name: str) -> None:
        if not name and self._name is None:
            raise InputError("/save wants a name: /save NAME")
        path = self._sessions.save(name or str(self._name), self._engine.chat_history)
        self._name = name or self._name
        console.print(Text(f"kept in {path}"))
        console.print(Text(f"go on with it: mmrag chat --session {self._name}"), style="dim")

    def _reset(self, _: str) -> None:
        self._engine.reset()
        self._keep()
        console.print("forgotten", style="dim")

    def _help(self, _: str) -> None:
        rows = [(name, text) for name, (text, _) in self._commands.items()]
        show_commands([*rows, ("/quit", "leave, as Ctrl-D does; Ctrl-C stops an answer")])


def _read() -> str | None:
    """The next line, None at the end of input or at Ctrl-C."""
    prompt = "> " if sys.stdin.isatty() else ""
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        if prompt:
            out.print("")
        return None
