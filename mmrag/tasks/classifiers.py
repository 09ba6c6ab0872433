"""Which model labels what: for each modality, a space whose model takes it."""

from __future__ import annotations

from dataclasses import dataclass

from mmrag.config import ClassifySettings
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.profiles import TEXT
from mmrag.spaces import Spaces
from mmrag.spelling import did_you_mean
from mmrag.tasks.calibration import load
from mmrag.tasks.zero_shot import ZeroShotClassifier


@dataclass(frozen=True)
class SpaceClassifier:
    """What labels by the vectors of a space."""

    space: str
    classifier: ZeroShotClassifier


class Classifiers:
    """A classifier for each modality that one of some spaces holds.

    Texts are labelled by `text`, for its model reads best; what is seen and heard by the first
    other space that takes it, since of such things `text` holds their words alone.

    Args:
        spaces: of an index or a profile.
        settings: labels, templates, and maybe one space that alone is to be used.

    Raises:
        InputError: no labels, labels or templates that cannot be used, or no such space.
    """

    def __init__(self, spaces: Spaces, settings: ClassifySettings) -> None:
        dense = [row.space for row in spaces.rows if row.size is not None]
        if settings.space is not None and settings.space not in dense:
            raise InputError(
                f"no space {settings.space!r} to classify by{did_you_mean(settings.space, dense)}; "
                f"there is: {', '.join(dense)}"
            )
        if settings.calibration is not None and not settings.multi_label:
            raise InputError("a calibration is for several labels an item (multi_label)")
        calibration = load(settings.calibration) if settings.calibration else ()
        self._chosen = dense if settings.space is None else [settings.space]
        self._spaces = spaces
        self._made = {
            name: ZeroShotClassifier(
                spaces.embedding(name),
                settings.labels,
                templates=settings.templates,
                multi_label=settings.multi_label,
                calibration=calibration,
            )
            for name in self._chosen
        }

    def of(self, modality: Modality) -> SpaceClassifier | None:
        """What labels a modality; None if no space holds it."""
        words = modality is Modality.TEXT
        names = sorted(self._chosen, key=lambda name: name != TEXT) if words else self._chosen
        for name in names:
            held = words or name != TEXT
            if held and modality in self._spaces.embedding(name).embeds:
                return SpaceClassifier(name, self._made[name])
        return None
