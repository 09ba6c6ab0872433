"""What a shell is offered for the values of options; nothing heavy is loaded for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

_FIRST_TAB = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  %(complete_func)s "$@"
fi
"""


def heed_the_first_tab() -> None:
    """Let zsh answer the first tab of a session, on which it loads Typer's script and no more.

    As Click's own script does it; what is only sourced is not called.
    """
    from typer import _completion_shared

    scripts: dict[str, str] = getattr(_completion_shared, "_completion_scripts", {})
    if "zsh" in scripts and "loadautofunc" not in scripts["zsh"]:
        scripts["zsh"] += _FIRST_TAB


def one_of(words: Iterable[str]) -> Callable[[str], list[str]]:
    """A completion of an option that takes one of some words."""
    known = tuple(words)

    def complete(incomplete: str) -> list[str]:
        return [word for word in known if word.startswith(incomplete)]

    return complete


def profiles(incomplete: str) -> Iterator[tuple[str, str]]:
    """Profiles, each with what it needs."""
    from rich.markup import escape  # Typer takes texts for markup: mmrag[offline] would be mmrag

    from mmrag.profiles import PROFILES

    for name, row in PROFILES.items():
        if name.startswith(incomplete):
            yield name, escape(row.needs)


def modality_list(incomplete: str) -> list[str]:
    """Modalities by comma: what is typed so far stays, and none is offered twice."""
    from mmrag.modalities import Modality

    typed, comma, last = incomplete.rpartition(",")
    there = typed.split(",")
    return [
        f"{typed}{comma}{modality.value}"
        for modality in Modality
        if modality.value.startswith(last) and modality.value not in there
    ]


llms = one_of(("extractive", "ollama", "local"))
uses = one_of(("on", "off", "auto"))
fusions = one_of(("auto", "calibrated", "dbsf", "rrf", "weighted_sum"))
kinds = one_of(("image", "audio"))
engines = one_of(("local", "ray"))
quantizations = one_of(("none", "int8", "binary", "turbo"))
