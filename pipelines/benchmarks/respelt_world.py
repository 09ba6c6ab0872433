"""Two invented archives in which names are spoken and printed, so that they come back respelt.

Recordings (espeak-ng) and small, blurred posters tell of people and places; Markdown notes tell of
other people by the same deeds, so that only a name tells one answer from another. Questions spell
every name as it is written. The two archives share neither names nor voices nor fonts: one is to
tune on, the other to report.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pipelines.benchmarks.debian import Unreachable

SPOKEN, PRINTED, WRITTEN, PLAIN = "spoken", "printed", "written", "plain"


@dataclass(frozen=True)
class Make:
    """How one archive is made.

    Attributes:
        first, last, places: names; as many last names and places as there are people to tell of.
        voices: of espeak-ng, each with its words a minute.
        fonts: files among those of matplotlib.
        blur: radius in pixels, on letters of about 15 pixels.
    """

    seed: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    places: tuple[str, ...]
    voices: tuple[tuple[str, int], ...]
    fonts: tuple[str, ...]
    blur: float
    noise: float


@dataclass(frozen=True)
class Asked:
    """A question and the file that answers it.

    Attributes:
        kind: "spoken" or "printed" where the name comes back respelt, "written" where it stands as
            it is asked, "plain" where no name is asked for.
    """

    id: str
    words: str
    source: str
    kind: str


@dataclass(frozen=True)
class _Person:
    first: str
    last: str
    place: str
    deed: tuple[str, str]
    year: int
    aside: str


TUNING = Make(
    seed=1,
    first=tuple("Torvald Marit Agnieszka Pieter Yvaine Casimir Ingeborg Matteus".split()),
    last=tuple(
        """Brzezina Haugseth Kowalewski Trevanion Lindqvist Vandermeer Szymborski Polkinghorne
        Aagaard Dziedzic Oosterhuis Penhaligon Skjelbred Wojtowicz Nankervis Hallgrimsen Zelazny
        Kuijpers Bjerknes Chudzik Trelawny Fagerstrom Grabowska Hoekstra Rasmuskog Spargo Tynda
        Wierzba Yttervik Zuidema Ekelund Jachym Carvossa Mroczek Nygaard Quiller Rokossa Sandvoll
        Tideman Uglow Vestergren Zawadzka Bolitho Dahlqvist Eskildsen Fjellanger Goscinny
        Hjelmstad""".split()
    ),
    places=tuple(
        """Trzebinia Porthleven Kvaløya Gouwzee Skarnsund Mevagissey Zakrzewo Hindeloopen Ålesvik
        Lostwithiel Bystrzyca Workumwaard Tjeldsund Perranuthnoe Chojnice Enkhuizen Rauland
        Tywardreath Leszno Oudeschild Gjesvær Zennor Wrzosowo Makkum""".split()
    ),
    voices=(("en-gb", 130), ("en-gb-scotland", 130)),
    fonts=("DejaVuSans.ttf", "DejaVuSerif-Bold.ttf"),
    blur=1.35,
    noise=22.0,
)
HELD_OUT = Make(
    seed=2,
    first=tuple("Ainhoa Bálint Ciarán Defne Ettore Fionnuala Gergely Iñaki".split()),
    last=tuple(
        """Etxeberria Szentgyorgyi Caoimhin Yildirim Bevilacqua Goikoetxea Kisfaludy Mulvihill
        Karadag Tagliaferri Zubizarreta Vorosmarty Geoghegan Ozturk Quattrocchi Arrizabalaga
        Csokonai Prendergast Demirci Scognamiglio Urrutia Batthyany Heffernan Gulsoy Cacciatore
        Mendizabal Esterhazy Loughnane Toprak Figliuolo Iturbide Kazinczy Shaughnessy Akyuz
        Pellegrino Olabarria Munkacsy Tiernan Bozkurt Gugliotta Lasagabaster Radnoti Concannon
        Yavuz Mastroianni Aristegui Palffy Killoran""".split()
    ),
    places=tuple(
        """Hondarribia Kiskunhalas Ballaghaderreen Safranbolu Caltagirone Lekeitio Nyírbátor
        Clonakilty Çeşme Pontremoli Zumarraga Mezőkövesd Dungarvan Ayvalik Civitavecchia Getaria
        Hódmezővásárhely Inishmurray Bozcaada Acquapendente Orduña Szigetvár Drogheda
        Sirmione""".split()
    ),
    voices=(("en-us", 135), ("en-gb-x-rp", 135)),
    fonts=("STIXGeneralItalic.ttf", "cmr10.ttf"),
    blur=0.9,
    noise=24.0,
)

_DEEDS = (
    ("repaired the harbour crane", "repair the harbour crane"),
    ("painted the great lighthouse", "paint the great lighthouse"),
    ("won the rowing race", "win the rowing race"),
    ("opened the first bakery", "open the first bakery"),
    ("kept bees on the church roof", "keep bees on the church roof"),
    ("wrote a history of the ferry", "write a history of the ferry"),
    ("gave a concert in the town hall", "give a concert in the town hall"),
    ("taught the children to sail", "teach the children to sail"),
)
_ASIDES = (
    "The weather was poor and few people came.",
    "The work took eleven weeks and cost more than planned.",
    "A photograph of the day hangs in the library.",
    "The newspaper praised it in a long article.",
    "The mayor thanked everyone with coffee and cake.",
    "It was the first time that anybody had tried.",
)
_PLAIN = (
    ("The old mill was driven by a wheel of oak and iron.", "What was the mill wheel made of?"),
    (
        "Tickets for the ferry were blue on weekdays and red on Sundays.",
        "What colour was a ticket?",
    ),
    ("The bell of the fire station cracked in the hard frost.", "Why did the fire bell break?"),
    ("Herring was salted in barrels of beech wood.", "Which wood held the herring?"),
    ("The school closed for two weeks when the stove exploded.", "Why was there no school?"),
    ("Cats were kept in the granary against mice.", "Which animals guarded the grain?"),
    ("The pier is four hundred metres long and stands on pine piles.", "How long is the pier?"),
    ("Street lamps burned oil until the power station was built.", "What did street lamps burn?"),
    ("The swimming hall is heated by water from the brewery.", "How is the swimming hall heated?"),
    ("A tunnel leads from the cellar of the inn to the beach.", "Where does the tunnel end?"),
    ("The clock on the tower runs seven minutes fast.", "How wrong is the tower clock?"),
    (
        "The dyke broke twice in one winter and was raised by a metre.",
        "How much higher is the dyke?",
    ),
)


def build(make: Make, folder: Path) -> list[Asked]:
    """Write the archive below `folder`; returns its questions.

    Raises:
        Unreachable: espeak-ng is not installed.
    """
    if shutil.which("espeak-ng") is None:
        raise Unreachable("espeak-ng is needed to speak the recordings: apt-get install espeak-ng")
    rng = random.Random(make.seed)
    people = list(_people(make, rng))
    third = len(people) // 3
    asked: list[Asked] = []
    for number, person in enumerate(people):
        kind = (SPOKEN, PRINTED, WRITTEN)[number // third]
        suffix = {SPOKEN: "wav", PRINTED: "jpg", WRITTEN: "md"}[kind]
        target = folder / kind / f"{number:02d}.{suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        if kind == SPOKEN:
            _speak(_told(person), target, *make.voices[number % len(make.voices)])
        elif kind == PRINTED:
            _print(_told(person), target, make, number)
        else:
            target.write_text("# Note\n\n" + " ".join(_told(person)) + "\n", encoding="utf-8")
        source = target.relative_to(folder).as_posix()
        rows = enumerate(_questions(person))
        asked += [Asked(f"{number:02d}.{n}", words, source, kind) for n, words in rows]
    for number, (said, words) in enumerate(_PLAIN):
        target = folder / PLAIN / f"{number:02d}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"# Note\n\n{said} {rng.choice(_ASIDES)}\n", encoding="utf-8")
        asked.append(Asked(f"p{number:02d}", words, f"{PLAIN}/{number:02d}.md", PLAIN))
    return asked


def _people(make: Make, rng: random.Random) -> Iterator[_Person]:
    last, places = list(make.last), list(make.places) * 2
    rng.shuffle(last)
    for number, name in enumerate(last):
        yield _Person(
            rng.choice(make.first),
            name,
            places[number],
            _DEEDS[number % len(_DEEDS)],
            rng.randrange(1901, 1979),
            _ASIDES[number % len(_ASIDES)],
        )


def _told(person: _Person) -> tuple[str, ...]:
    return (
        f"{person.first} {person.last} from {person.place} {person.deed[0]} in {person.year}.",
        person.aside,
        f"Everyone in {person.place} still remembers {person.last}.",
    )


def _questions(person: _Person) -> tuple[str, ...]:
    return (
        f"When did {person.first} {person.last} {person.deed[1]}?",
        f"What is known about {person.last}?",
        f"What did {person.last} do?",
        f"Who from {person.place} {person.deed[0]}?",
        person.last.lower(),
    )


def _speak(sentences: tuple[str, ...], target: Path, voice: str, speed: int) -> None:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(target), " ".join(sentences)]
    subprocess.run(command, check=True, capture_output=True)


def _print(sentences: tuple[str, ...], target: Path, make: Make, number: int) -> None:
    """A poster of low quality: small letters, slightly turned, blurred, noisy, hard JPEG."""
    font = Path(matplotlib.get_data_path(), "fonts/ttf", make.fonts[number % len(make.fonts)])
    letters = ImageFont.truetype(str(font), 17)
    page = Image.new("L", (560, 300), 235)
    draw, y = ImageDraw.Draw(page), 40
    for sentence in sentences:
        for line in _lines(sentence, 44):
            draw.text((36, y), line, font=letters, fill=40)
            y += 30
    rng = np.random.default_rng(make.seed * 1000 + number)
    page = page.rotate(float(rng.uniform(-1.5, 1.5)), fillcolor=235)
    page = page.filter(ImageFilter.GaussianBlur(make.blur))
    pixels = np.asarray(page, np.float32) + rng.normal(0, make.noise, (300, 560))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(target, quality=35)


def _lines(sentence: str, width: int) -> Iterator[str]:
    line = ""
    for word in sentence.split():
        if line and len(line) + len(word) >= width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
