"""Conversations kept in files, to be gone on with.

They are a user's, not an index's: an index may be shared, be made anew, or live on a server. So
they lie in the user's state folder, one folder an index and tenant, one JSON file a conversation.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import BaseModel, ConfigDict, ValidationError

from mmrag.config import IndexSettings
from mmrag.errors import InputError, LoadError
from mmrag.generation.turns import last_answer
from mmrag.systems import state_folder

_NAME = re.compile(r"\w[\w.-]{0,63}")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: int = 1
    index: str
    saved: datetime
    messages: list[ChatMessage]


@dataclass(frozen=True)
class Kept:
    """A conversation that is kept; `questions` is None for one whose file is damaged."""

    name: str
    saved: datetime
    questions: int | None


class Sessions:
    """The conversations of one index and tenant.

    Args:
        folder: where the folders of all indexes lie; None is `chats` in the user's state folder.
    """

    def __init__(self, index: IndexSettings, folder: Path | None = None) -> None:
        if index.qdrant_url:
            self.index = f"{index.qdrant_url} {index.collection}"
            label = index.collection
        else:
            path = index.directory.expanduser().resolve()
            self.index, label = str(path), path.parent.name
        key = hashlib.sha256(f"{self.index}\0{index.tenant or ''}".encode()).hexdigest()[:12]
        spelt = re.sub(r"[^\w.-]+", "-", label).strip("-.") or "index"
        self.folder = (folder or state_folder() / "chats") / f"{spelt}-{key}"

    def path(self, name: str) -> Path:
        """The file of a conversation, there or not.

        Raises:
            InputError: no such name can be.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} cannot be the name of a conversation: letters, figures, and - _ . "
                f"inside, 64 at most"
            )
        return self.folder / f"{name}.json"

    def load(self, name: str) -> list[ChatMessage]:
        """What was said; nothing if there is no such conversation.

        Raises:
            InputError: no such name can be.
            LoadError: the file is damaged, or not one of these; it stays as it is.
        """
        path = self.path(name)
        try:
            messages = _File.model_validate_json(path.read_bytes()).messages
            last_answer(messages)
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as exc:
            reason = (
                _first(exc) if isinstance(exc, ValidationError) else f"{type(exc).__name__}: {exc}"
            )
            raise LoadError(
                path,
                f"this conversation cannot be read ({reason}); the file was left as it is: "
                f"mend it, move it away, or take another name",
            ) from exc
        return messages

    def save(self, name: str, messages: Sequence[ChatMessage]) -> Path:
        """Keep what was said. The file is replaced as a whole or not at all.

        Raises:
            InputError: no such name can be, or the folder cannot be written to.
        """
        path = self.path(name)
        now = datetime.now(timezone.utc)
        kept = _File(index=self.index, saved=now, messages=list(messages))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # mkstemp's files are for the user's eyes alone, and so are conversations
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept.model_dump(mode="json"), file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as exc:
            raise InputError(f"cannot keep the conversation in {path}: {exc.strerror}") from exc
        return path

    def all(self) -> list[Kept]:
        """The conversations that are kept, the latest first."""
        return sorted(
            (self._kept(path) for path in self.folder.glob("*.json")),
            key=lambda kept: kept.saved,
            reverse=True,
        )

    def _kept(self, path: Path) -> Kept:
        try:
            found = _File.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return Kept(path.stem, datetime.fromtimestamp(path.stat().st_mtime, timezone.utc), None)
        asked = sum(message.role == MessageRole.USER for message in found.messages)
        return Kept(path.stem, found.saved, asked)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
