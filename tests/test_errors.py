"""The error tree: what each error also is, and that it crosses processes."""

from __future__ import annotations

import pickle

import pytest

from mmrag import errors
from mmrag.errors import LoadError, MissingExtra, MmragError, printable

BUILTIN = {
    "ConfigError": ValueError,
    "InputError": ValueError,
    "MissingExtra": ImportError,
    "ModelUnavailable": LookupError,
    "CheckpointMismatch": ValueError,
    "NonFiniteVector": ArithmeticError,
    "TrainingDiverged": ArithmeticError,
    "LoadError": ValueError,
    "StoreError": RuntimeError,
    "InvalidPoint": ValueError,
    "UnsafeDelete": ValueError,
    "GenerationError": RuntimeError,
    "LLMUnavailable": ConnectionError,
    "LLMModelMissing": LookupError,
}
ALL = [value for value in vars(errors).values() if isinstance(value, type)]
TREE = [kind for kind in ALL if issubclass(kind, MmragError)]


def _made(kind: type[MmragError]) -> MmragError:
    if issubclass(kind, LoadError):
        return kind("a.pdf", "is cut off")
    if issubclass(kind, MissingExtra):
        return kind("rapidocr", "ocr", "read text in pictures")
    return kind("what was wrong")


@pytest.mark.parametrize(("name", "builtin"), BUILTIN.items())
def test_each_error_is_also_the_builtin_that_callers_expect(
    name: str, builtin: type[Exception]
) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, MmragError)
    assert issubclass(kind, builtin)
    assert not issubclass(kind, KeyError)  # it prints its message in quotes


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = [line for line in (errors.__doc__ or "").splitlines() if "──" in line]
    names = [line.split("── ")[1].split()[0] for line in drawn]
    assert sorted([*names, "MmragError"]) == sorted(kind.__name__ for kind in TREE)


@pytest.mark.parametrize("kind", TREE)
def test_errors_cross_a_process_border(kind: type[MmragError]) -> None:
    error = _made(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_load_error_names_file_and_reason() -> None:
    error = LoadError("a/b.pdf", "is cut off")
    assert (str(error), error.path, error.reason) == (
        "a/b.pdf: is cut off",
        "a/b.pdf",
        "is cut off",
    )


def test_a_missing_extra_names_the_pip_line() -> None:
    error = MissingExtra("rapidocr", "ocr", "read text in pictures")
    assert str(error) == (
        "rapidocr is needed to read text in pictures and is not installed; "
        "install it with: pip install 'mmrag[ocr]'"
    )


def test_a_reason_is_one_printable_line_of_bounded_length() -> None:
    error = LoadError("a\x1b[2J.pdf", "first\n second \x07\ud800\u202e " + "long " * 100)
    assert error.reason.startswith(r"first second \x07\ud800\u202e long")
    assert len(error.reason) == 300
    assert str(error).startswith(r"a\x1b[2J.pdf: first")
    assert error.path == "a\x1b[2J.pdf"
    assert pickle.loads(pickle.dumps(error)).reason == error.reason


@pytest.mark.parametrize(
    "text", ["Fjällstuga 7", "family 👨\u200d👩\u200d👧", "می\u200cخواهم", "a\u00a0b"]
)
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text
