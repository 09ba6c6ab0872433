"""Variables that look like settings: which are told of, and which are somebody else's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmrag.config import Settings
from mmrag.doctor import Finding, examine_environment
from mmrag.environment import unheeded

ROOT = Path(__file__).parents[1]


def told(name: str, value: str = "x") -> str:
    return "; ".join(unheeded({name: value}, Settings))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MMRAG_PROFIL", "MMRAG_PROFILE"),
        ("MMRAG_ANSWER_LLM", "MMRAG_ANSWER__LLM"),  # one underscore, as in most other programs
        ("MMRAG_ANSWR__LLM", "MMRAG_ANSWER__LLM"),
        ("MMRAG_QDRANT_URL", "MMRAG_INDEX__QDRANT_URL"),
        ("MMRAG_SERVE_PORT", "MMRAG_SERVE__PORT"),
        ("MMRAG_PROFILE__NAME", "MMRAG_PROFILE"),  # nothing stands below a name
    ],
)
def test_a_misspelt_one_is_told_with_the_one_that_was_meant(name: str, meant: str) -> None:
    assert f"variable {name} is no setting" in told(name)
    assert told(name).endswith(f"(did you mean {meant}?)")


def test_what_is_like_nothing_is_told_without_advice() -> None:
    assert told("MMRAG_XYZZY").endswith("changes nothing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MMRAG_PROFILE", "offline"),
        ("MMRAG_ANSWER", "{}"),
        ("MMRAG_MODELS__CLIP", "/models/clip"),
        ("MMRAG_ANSWER__LM", "x"),  # refused with the settings
        ("MMRAG_PORT", "tcp://10.0.0.7:8642"),  # of a service in Kubernetes
        ("MMRAG_WEB_SERVICE_HOST", "10.0.0.7"),
        ("MMRAG_PORT_8642_TCP_ADDR", "10.0.0.7"),
        ("MMRAGE", "x"),
        ("mmrag_dir", "x"),
    ],
)
def test_what_is_heard_or_somebody_elses_is_not_told(name: str, value: str) -> None:
    assert told(name, value) == ""


def test_those_of_the_repository_are_known() -> None:
    """What its benchmarks, containers, services and pages read or set."""
    files = [ROOT / "compose.yaml", ROOT / "Dockerfile", ROOT / "tests" / "conftest.py"]
    for folder, kind in (("deploy", "*.*"), ("pipelines", "*.py"), ("docs", "*.md")):
        files += [path for path in (ROOT / folder).rglob(kind) if path.is_file()]
    found = {
        name
        for path in files
        for name in re.findall(r"\bMMRAG_[A-Z0-9_]*[A-Z0-9]\b", path.read_text("utf-8"))
    }
    assert len(found) > 10
    # compose.yaml's own, which reads it from its .env and hands it on by the right name; whoever
    # exports it for mmrag meant MMRAG_OLLAMA__MODEL
    assert [name for name in sorted(found) if told(name)] == ["MMRAG_OLLAMA_MODEL"]


def test_the_doctor_notes_it() -> None:
    (found,) = examine_environment({"MMRAG_PROFIL": "x", "HOME": "/root"})
    assert found == Finding("note", "environment", told("MMRAG_PROFIL"))
