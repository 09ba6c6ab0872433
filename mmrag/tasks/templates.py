"""Sentences that labels are put into, for a model knows captions better than bare words.

Several of them make an ensemble: the mean of their unit vectors, scaled to length 1 again, stands
for the label (Radford et al. 2021, "Learning Transferable Visual Models From Natural Language
Supervision", section 3.1.4).
"""

from __future__ import annotations

from collections.abc import Sequence

from mmrag.errors import InputError
from mmrag.modalities import Modality

PLACE = "{}"
"""Where the label goes."""

PICTURES = (
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
)
"""Seven of CLIP's 80 templates for ImageNet, which together did as well as all of them ("itap" is
"I took a picture"); github.com/openai/CLIP, notebooks/Prompt_Engineering_for_ImageNet.ipynb."""
SOUNDS = ("This is a sound of {}.", "a recording of {}.", "the sound of {} can be heard.")
"""The first is LAION-CLAP's own for ESC-50 (Wu et al. 2023); the others say it as captions of
AudioCaps and Clotho do."""
MOTIONS = ("{}", "a person is {}.")
TEXTS = ("This text is about {}.", "{}")

TEMPLATES: dict[str, tuple[str, ...]] = {
    "pictures": PICTURES,
    "sounds": SOUNDS,
    "texts": TEXTS,
    "bare": (PLACE,),
}
"""By the name under which they can be asked for."""

_OF_MODALITY = {
    Modality.IMAGE: PICTURES,
    Modality.VIDEO: PICTURES,
    Modality.AUDIO: SOUNDS,
    Modality.TEXT: TEXTS,
    # as ImageBind is asked for depth and heat (Girdhar et al. 2023, section 4.1): like a picture
    Modality.DEPTH: PICTURES,
    Modality.THERMAL: PICTURES,
    Modality.IMU: MOTIONS,
}
_NEUTRAL = {
    Modality.IMAGE: ("a photo.", "a picture."),
    Modality.VIDEO: ("a photo.", "a picture."),
    Modality.AUDIO: ("a sound.", "a recording."),
    Modality.TEXT: ("a text.", "This text is about something."),
    Modality.DEPTH: ("a photo.", "a picture."),
    Modality.THERMAL: ("a photo.", "a picture."),
    Modality.IMU: ("a person is doing something.",),
}


def templates_of(given: Sequence[str] = ()) -> tuple[str, ...]:
    """Templates out of names of TEMPLATES and sentences of one's own; none leaves the choice.

    Raises:
        InputError: a sentence without a place for the label, or with several.
    """
    if isinstance(given, str):
        given = (given,)
    found: dict[str, None] = {}
    for one in given:
        if one not in TEMPLATES and one.count(PLACE) != 1:
            known = ", ".join(TEMPLATES)
            raise InputError(
                f"the template {one!r} must have {PLACE} once, where the label goes, or be one of "
                f"{known}"
            )
        found.update(dict.fromkeys(TEMPLATES.get(one, (one,))))
    return tuple(found)


def templates_for(modality: Modality) -> tuple[str, ...]:
    """What is taken for a modality where nobody says otherwise."""
    return _OF_MODALITY[modality]


def neutral_prompts(modality: Modality) -> tuple[str, ...]:
    """What can be said of anything of a modality, against which a label is held."""
    return _NEUTRAL[modality]


def filled(template: str, description: str) -> str:
    """A template with a label's description in its place."""
    return template.replace(PLACE, description)
