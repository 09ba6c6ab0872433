"""A generated archive for the mixed pool: notes, pictures and sounds of one set of concepts.

Every concept is shown by two items. Of each concept, some kinds are left out, so that not every
question has an answer in every modality. Notes, pictures and sounds about other things are
distractors. The seed gives everything; worlds of different seeds share no file.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mmrag.training.pool import write_items
from mmrag.training.shapes import CONCEPTS, Concept, Item, gallery

KINDS = {"notes": "txt", "pictures": "png", "sounds": "flac"}
LEFT_OUT = 0.2
"""Share of the (concept, kind) pairs that are left out."""
NOTES, PICTURES, SOUNDS = 90, 70, 70
"""Distractors of each kind."""

WHO = ("committee", "ferry company", "miller", "neighbour", "choir", "harbour master", "library")
DID = ("repaired", "closed", "painted", "measured", "sold", "opened", "borrowed")
WHAT = ("northern gate", "weather log", "stone wall", "school garden", "bridge", "clock", "boats")


@dataclass(frozen=True)
class Question:
    """What is asked, and how relevant (1 or 2) which source is.

    Attributes:
        kind: "words", "notes" (words about a distractor note), "picture", "sound" or "combined".
    """

    id: str
    kind: str
    words: str
    picture: Path | None
    sound: Path | None
    relevant: Mapping[str, int]


@dataclass(frozen=True)
class World:
    """An archive on disk with its questions."""

    archive: Path
    items: int
    questions: Sequence[Question]


def build(folder: Path, seed: int) -> World:
    """Write the archive of a seed and the pictures and sounds that are asked with."""
    rng = np.random.default_rng((seed, *b"mixed pool"))
    items = [*gallery(seed), *gallery(seed + 1)]
    archive = folder / "archive"
    write_items(items, archive)
    shown = {concept: _kinds(rng) for concept in CONCEPTS}
    concepts: dict[str, Concept] = {}
    for number, item in enumerate(items, 1):
        for kind, suffix in KINDS.items():
            source = f"{kind}/{number:04d}.{suffix}"
            if kind in shown[item.concept]:
                concepts[source] = item.concept
            else:
                (archive / source).unlink()
    notes = _distractors(archive, rng)
    asked = [*gallery(seed + 2), *gallery(seed + 3)]
    write_items(asked, folder / "asked")
    return World(
        archive,
        len(concepts) + NOTES + PICTURES + SOUNDS,
        [*_about_items(asked, concepts, folder / "asked"), *_about_notes(notes)],
    )


def _kinds(rng: np.random.Generator) -> list[str]:
    kept = [kind for kind in KINDS if rng.random() >= LEFT_OUT]
    return kept or [str(rng.choice(list(KINDS)))]


def _about_items(
    items: Sequence[Item], concepts: Mapping[str, Concept], folder: Path
) -> list[Question]:
    """In words about every item; by picture, sound, and words with picture about every other."""
    out = []
    for number, item in enumerate(items, 1):
        relevant = {
            source: grade for source, found in concepts.items() if (grade := _grade(item, found))
        }
        picture = folder / "pictures" / f"{number:04d}.png"
        sound = folder / "sounds" / f"{number:04d}.flac"
        caption = item.caption()
        asked = [Question(f"words-{number}", "words", caption, None, None, relevant)]
        if number % 2:
            asked += [
                Question(f"picture-{number}", "picture", "", picture, None, relevant),
                Question(f"sound-{number}", "sound", "", None, sound, relevant),
            ]
        else:
            asked.append(
                Question(f"combined-{number}", "combined", caption, picture, None, relevant)
            )
        out += asked
    return out


def _grade(item: Item, found: Concept) -> int:
    if item.concept == found:
        return 2
    return int((item.concept.colour, item.concept.shape) == (found.colour, found.shape))


def _about_notes(notes: Mapping[str, tuple[str, str, str, int]]) -> list[Question]:
    """A question about every third distractor note; the note it is about is what answers it."""
    out = []
    for source, (who, did, what, year) in list(notes.items())[::3]:
        words = f"In {year}, what became of the {what} that the {who} {did}?"
        same = {s: 2 for s, facts in notes.items() if facts == (who, did, what, year)}
        out.append(Question(f"about-{Path(source).stem}", "notes", words, None, None, same))
    return out


def _distractors(archive: Path, rng: np.random.Generator) -> dict[str, tuple[str, str, str, int]]:
    notes = {}
    for number in range(1001, 1001 + NOTES):
        facts = (
            str(rng.choice(WHO)), str(rng.choice(DID)), str(rng.choice(WHAT)),
            int(rng.integers(1900, 2020)),
        )  # fmt: skip
        source = f"notes/{number}.txt"
        text = "The {} {} the {} in {}.\n".format(*facts)
        (archive / source).write_text(text, encoding="utf-8")
        notes[source] = facts
    for number in range(1001, 1001 + PICTURES):
        noise = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((256, 256), Image.Resampling.BICUBIC)
        picture.save(archive / "pictures" / f"{number}.png")
    for number in range(1001, 1001 + SOUNDS):
        fade = np.linspace(1, rng.uniform(0, 1), 16_000)
        samples = (rng.normal(0, 0.2, 16_000) * fade).clip(-1, 1)
        with wave.open(str(archive / "sounds" / f"{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes((samples * 32_767).astype("<i2").tobytes())
    return notes
