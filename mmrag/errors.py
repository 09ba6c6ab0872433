"""The whole error tree of mmrag.

Each error also derives from the builtin that a caller would expect:

    MmragError
    ├── ConfigError (ValueError)            settings or options that cannot be used together
    ├── InputError (ValueError)             a path or question given by the user cannot be used
    ├── MissingExtra (ImportError)          an optional dependency is not installed
    ├── ModelUnavailable (LookupError)      model weights are neither here nor within reach
    ├── CheckpointMismatch (ValueError)     model weights are here and do not fit the model
    ├── NonFiniteVector (ArithmeticError)   a model answered with NaN, infinity or nothing but zeros
    ├── TrainingDiverged (ArithmeticError)  a loss or gradient is no number; training stopped there
    ├── LoadError (ValueError)              one file cannot be read; costs that file, never the run
    │   ├── UnsupportedFile                 no loader for this kind of content
    │   ├── EmptyFile                       zero bytes, or nothing in it
    │   ├── CorruptFile                     damaged, truncated, or not what its name says
    │   └── LimitExceeded                   larger than the limits that protect the machine
    ├── StoreError (RuntimeError)           the vector store refused or failed
    │   ├── StoreLocked                     another process owns the index directory
    │   ├── IndexMismatch                   the index was made by another version or other models
    │   ├── InvalidPoint                    a point that must not be written; nothing was
    │   └── UnsafeDelete                    a delete without any condition
    └── GenerationError (RuntimeError)      the language model failed
        ├── LLMUnavailable                  no server answers
        ├── LLMModelMissing                 the server does not have the model
        ├── PromptTruncated (ValueError)    the prompt is longer than the context, or was cut to it
        └── AnswerCutOff (EOFError)         the stream of an answer ended before the answer did
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

_REASON_CHARS = 300
_JOINERS = "\u200c\u200d"  # within Persian words and emoji


def printable(text: str) -> str:
    """The text on one line, with what terminals obey or cannot show as escapes such as "\\x1b"."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    obeyed = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    if not obeyed or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode()


class MmragError(Exception):
    """Base of every error that mmrag raises on purpose.

    Attributes:
        hint: a command to type next, where one helps; the message can be understood without it.
    """

    def __init__(self, *args: object, hint: str = "") -> None:
        super().__init__(*args)
        self.hint = hint


class ConfigError(MmragError, ValueError):
    """Settings or options that cannot be used, with the key that is at fault."""


class InputError(MmragError, ValueError):
    """A path, question or other input given by the user that cannot be used."""


class MissingExtra(MmragError, ImportError):
    """An optional dependency is not installed.

    Args:
        package: the import name that is missing.
        extra: the extra of mmrag that brings it.
        purpose: what it is needed for, as the end of "... is needed to ...".
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{package} is needed to {purpose} and is not installed; "
            f"install it with: pip install 'mmrag[{extra}]'",
            hint=f"pip install 'mmrag[{extra}]'",
        )
        self.package = package
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str, str]]:
        return type(self), (self.package, self.extra, self.purpose)


class ModelUnavailable(MmragError, LookupError):
    """Model weights are neither on this machine nor within reach."""


class CheckpointMismatch(MmragError, ValueError):
    """Model weights are here and do not fit: other sizes, missing keys, another architecture."""


class NonFiniteVector(MmragError, ArithmeticError):
    """A model answered with NaN, infinity or nothing but zeros; such a vector is never stored."""


class TrainingDiverged(MmragError, ArithmeticError):
    """A loss or a gradient is NaN or infinite; weights are those of the step before."""


class LoadError(MmragError, ValueError):
    """One file cannot be read.

    Args:
        path: the file.
        reason: what was wrong and what was found. Parsers quote what they found, so it is brought
            to one printable line of bounded length.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        line = printable(" ".join(reason.split()))
        self.reason = line if len(line) <= _REASON_CHARS else f"{line[: _REASON_CHARS - 1]}…"
        self.path = str(path)
        super().__init__(f"{printable(self.path)}: {self.reason}")

    def __reduce__(self) -> tuple[type[LoadError], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class UnsupportedFile(LoadError):
    """No loader for this kind of content."""


class EmptyFile(LoadError):
    """Zero bytes, or nothing in it."""


class CorruptFile(LoadError):
    """Damaged, truncated, or not what its name says."""


class LimitExceeded(LoadError):
    """Larger than the limits that protect the machine."""


class StoreError(MmragError, RuntimeError):
    """The vector store refused or failed."""


class StoreLocked(StoreError):
    """Another process, or another handle in this one, owns the index directory."""


class IndexMismatch(StoreError):
    """The index was made by another version of mmrag or with other models."""


class InvalidPoint(StoreError, ValueError):
    """A point that must not be written; found before anything was written."""


class UnsafeDelete(StoreError, ValueError):
    """A delete without any condition."""


class GenerationError(MmragError, RuntimeError):
    """The language model failed or answered something unusable."""


class LLMUnavailable(GenerationError, ConnectionError):
    """No language model server answers."""


class LLMModelMissing(GenerationError, LookupError):
    """The language model server does not have the model."""


class PromptTruncated(GenerationError, ValueError):
    """A prompt is longer than the model's context, or the server cut it without saying so."""


class AnswerCutOff(GenerationError, EOFError):
    """The stream of an answer ended before the model had finished; what came is no answer."""
