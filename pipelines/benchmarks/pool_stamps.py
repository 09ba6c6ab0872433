"""Real media for the mixed pool: the stamps of the drawing program Tux Paint.

A stamp has a caption, a picture, sometimes a sound effect and its name spoken in English. Each of
these is a file of its own in the pool, called by a number, so that no name gives it away. The
package is fetched from Debian (GPL-2), never vendored.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from pipelines.benchmarks.debian import unpacked
from pipelines.benchmarks.world import Question, World

PACKAGE = "tuxpaint-stamps-default"
INSIDE = "usr/share/tuxpaint/stamps"
STAMPS = 150
"""How many stamps are in the pool."""
LARGEST = 320
"""Pixels of a picture's longer side in the pool; the sources have up to 1,000."""
PHONE_RATE = 8_000
"""Samples a second of a spoken question, as over a telephone line."""

_CAPTION = re.compile(r"An? ((?:[\w'’-]+ ){0,2}[\w'’-]+)\.")
"""An article and one to three words: what the stamp shows, and nothing else."""
_SIGNS = "symbols"
"""The category of letters, digits and signs, whose pictures are the caption."""


@dataclass(frozen=True)
class Stamp:
    """One thing and the files that show it.

    Attributes:
        id: path below the folder of stamps, without suffix.
        name: the caption without its article and full stop.
        effect, spoken: None where there is none.
    """

    id: str
    name: str
    picture: Path
    effect: Path | None
    spoken: Path | None

    @property
    def head(self) -> str:
        """The noun that the name ends with: stamps that share it show the same sort of thing."""
        return self.name.casefold().split()[-1]

    @property
    def sounds(self) -> int:
        """How many sounds it has."""
        return (self.effect is not None) + (self.spoken is not None)

    @property
    def split(self) -> str:
        """ "dev" or "test", by the id."""
        return "test" if int(_hash(self), 16) % 2 else "dev"


def fetched() -> Path:
    """The folder of stamps.

    Raises:
        Unreachable: the package cannot be fetched here.
    """
    return unpacked(PACKAGE) / INSIDE


def read_stamps(folder: Path) -> list[Stamp]:
    """Stamps with a picture in pixels and a short English caption, by their ids.

    Of stamps with one name the one with most files is kept; a sound that two stamps share is the
    first one's.
    """
    named: dict[str, Stamp] = {}
    sounds: set[str] = set()
    for text in sorted(folder.rglob("*.txt")):
        base = text.with_suffix("")
        caption = text.read_text(encoding="utf-8").partition("\n")[0].strip()
        picture = text.with_suffix(".png")  # a stamp with an SVG file too is still one stamp
        found = _CAPTION.fullmatch(caption)
        category = text.relative_to(folder).parts[0]
        if not found or not picture.is_file() or category == _SIGNS:
            continue
        effect = _first(text.with_suffix(".ogg"), text.with_suffix(".wav"))
        if effect is not None:
            content = hashlib.sha256(effect.read_bytes()).hexdigest()
            effect = None if content in sounds else effect
            sounds.add(content)
        spoken = _first(Path(f"{base}_desc.ogg"))
        stamp = Stamp(base.relative_to(folder).as_posix(), found[1], picture, effect, spoken)
        before = named.setdefault(stamp.name.casefold(), stamp)
        if stamp.sounds > before.sounds:
            named[stamp.name.casefold()] = stamp
    return sorted(named.values(), key=lambda stamp: stamp.id)


def sampled(stamps: Sequence[Stamp], count: int = STAMPS) -> list[Stamp]:
    """`count` stamps: those with most files, then those of a sort of which there are several.

    Else, and in the pool, they stand in the order of a hash of their ids.
    """
    sorts = Counter(stamp.head for stamp in stamps)
    order = sorted(stamps, key=lambda s: (-s.sounds, sorts[s.head] == 1, _hash(s)))
    return sorted(order[:count], key=_hash)


def build(stamps: Sequence[Stamp], folder: Path) -> Mapping[str, World]:
    """Write the pool and the questions; by split, the same pool with its own questions."""
    archive, asked = folder / "archive", folder / "asked"
    for kind in ("captions", "pictures", "spoken", "effects"):
        (archive / kind).mkdir(parents=True)
    asked.mkdir()
    shown: dict[str, Stamp] = {}
    for number, stamp in enumerate(stamps, 1):
        name = f"{number:04d}"
        note = archive / "captions" / f"{name}.txt"
        note.write_text(article(stamp.name) + ".\n", encoding="utf-8")
        picture = on_white(stamp.picture)
        picture.save(archive / "pictures" / f"{name}.png")
        changed(picture).save(asked / f"{name}.jpg", quality=40)
        files = [f"captions/{name}.txt", f"pictures/{name}.png"]
        if stamp.spoken is not None:
            files.append(f"spoken/{name}{stamp.spoken.suffix}")
            (archive / files[-1]).write_bytes(stamp.spoken.read_bytes())
            over_the_phone(stamp.spoken, asked / f"{name}.wav")
        if stamp.effect is not None:
            files.append(f"effects/{name}{stamp.effect.suffix}")
            (archive / files[-1]).write_bytes(stamp.effect.read_bytes())
        shown |= dict.fromkeys(files, stamp)
    return {
        split: World(
            archive,
            len(shown),
            [
                question
                for number, stamp in enumerate(stamps, 1)
                if stamp.split == split
                for question in _questions(stamp, asked / f"{number:04d}", shown)
            ],
        )
        for split in ("dev", "test")
    }


def on_white(path: Path) -> Image.Image:
    """A cut-out on white paper, not larger than `LARGEST` pixels."""
    with Image.open(path) as opened:
        cut = opened.convert("RGBA")
    white = Image.new("RGBA", cut.size, "white")
    picture = Image.alpha_composite(white, cut).convert("RGB")
    picture.thumbnail((LARGEST, LARGEST))
    return picture


def changed(picture: Image.Image) -> Image.Image:
    """The same thing as another file: mirrored and four fifths as large."""
    return ImageOps.mirror(ImageOps.scale(picture, 0.8))


def over_the_phone(sound: Path, target: Path) -> None:
    """The same words as another file: 8,000 samples a second, a little noise, a WAV file."""
    with av.open(str(sound)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=PHONE_RATE, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=PHONE_RATE)
        rng = np.random.default_rng(0)
        for frame in [*source.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()
                noisy = samples + rng.normal(0, 100, samples.shape)
                fresh = av.AudioFrame.from_ndarray(
                    noisy.clip(-32_768, 32_767).astype(np.int16), format="s16", layout="mono"
                )
                fresh.sample_rate = PHONE_RATE
                out.mux(stream.encode(fresh))
        out.mux(stream.encode(None))


def _questions(stamp: Stamp, asked: Path, shown: Mapping[str, Stamp]) -> list[Question]:
    """By the caption's words, by a changed picture, by the spoken name over a telephone."""
    relevant = {source: grade for source, other in shown.items() if (grade := _grade(stamp, other))}
    picture, sound = asked.with_suffix(".jpg"), asked.with_suffix(".wav")
    number = asked.name
    questions = [
        Question(f"words-{number}", "words", stamp.name, None, None, relevant),
        Question(f"picture-{number}", "picture", "", picture, None, relevant),
    ]
    if stamp.spoken is not None:
        questions.append(Question(f"spoken-{number}", "spoken", "", None, sound, relevant))
    return questions


def _grade(asked: Stamp, found: Stamp) -> int:
    """2 for the stamp's own files, 1 for those of one whose name has the same head noun."""
    return 2 if asked.id == found.id else int(asked.head == found.head)


def _hash(stamp: Stamp) -> str:
    return hashlib.sha256(stamp.id.encode()).hexdigest()


def article(name: str) -> str:
    """A name with "a" or "an" before it."""
    return f"{'An' if name[0].casefold() in 'aeiou' else 'A'} {name}"


def _first(*paths: Path) -> Path | None:
    return next((path for path in paths if path.is_file()), None)
