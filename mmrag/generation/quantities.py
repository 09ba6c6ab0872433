"""Numbers with their units, in one spelling: "£6,200" and "6200 pounds", "64" and "sixty-four".

Own code: `quantulum3` and `text2num` know English or a few languages each, not Swedish.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from mmrag.words import STOPWORDS

_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
noll en två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton
nitton
""".split()
_TENS = """
twenty thirty forty fifty sixty seventy eighty ninety
tjugo trettio fyrtio femtio sextio sjuttio åttio nittio
""".split()
_SMALL = {word: n % 20 for n, word in enumerate(_ONES)}
_SMALL |= {word: 20 + 10 * (n % 8) for n, word in enumerate(_TENS)}
_LARGE = {"hundred": 100, "thousand": 1000, "hundra": 100, "tusen": 1000}
_ORDINALS = {
    word: n % 10 + 1
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth "
        "första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde".split()
    )
}
# "one", "en", "ett" and "andra" are far more often no numbers; "sex" is none in English.
_UNSAFE = frozenset({"one", "en", "ett", "andra", "zero", "noll"})

_UNITS = """
gbp: £ pound pounds gbp pund
shilling: shilling shillings
penny: penny pence
usd: $ dollar dollars
eur: € euro euros
crown: kr krona kronor kronorna crown crowns
percent: % percent procent
degree: ° °c degree degrees grad grader
mm: mm millimetre millimetres millimeter millimeters
cm: cm centimetre centimetres centimeter centimeters
m: m metre metres meter meters
km: km kilometre kilometres kilometer kilometers
inch: inch inches tum
foot: ft foot feet fot
yard: yard yards
mile: mile miles
mil: mil
g: g gram grams
kg: kg kilo kilos kilogram kilograms
ton: ton tons tonne tonnes
stone: hundredweight
l: l litre litres liter liters
gallon: gallon gallons
acre: acre acres
hectare: hectare hectares
second: s sec second seconds sekund sekunder
minute: min minute minutes minut minuter
hour: h hour hours timme timmar
day: day days dag dagar dygn
night: night nights natt nätter
week: week weeks vecka veckor
month: month months månad månader
year: year years år
knot: knot knots knop
horsepower: hp horsepower hästkrafter
"""
UNITS = {
    word: unit
    for line in _UNITS.strip().splitlines()
    for unit, _, words in (line.partition(":"),)
    for word in words.split()
}
MONEY = frozenset({"gbp", "shilling", "penny", "usd", "eur", "crown"})
_WORDS = sorted({*_SMALL, *_LARGE, *_ORDINALS} - _UNSAFE, key=len, reverse=True)
_WORD = "|".join(_WORDS)
_TOKEN = re.compile(
    rf"""
      (?P<clock>\b(?:[01]?\d|2[0-3])[:.][0-5]\d\b(?![.,:]?\d)(?:\s*(?P<half>[ap]\.?m\b))?)
    | (?P<ordinal>\b\d+(?:st|nd|rd|th|:[ae])\b)
    | (?P<digits>(?<![\w.,])[^\W\d_]*(?<![^\W\d_])\d{{1,3}}(?:[   ]\d{{3}})+(?!\d)
        |\d+(?:[.,]\d+)*)
    | (?P<times>\b(?:once|twice)\b)
    | (?P<words>\b(?:(?:a|one|ett|en)\s+)?(?:{_WORD})
        (?:(?:[\s-]|\sand\s|\soch\s)?(?:{_WORD}|one|en|ett))*(?P<pence>pence)?\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PIECE = re.compile(rf"{_WORD}|one|ett|en", re.IGNORECASE)
_BEFORE = re.compile(r"([£$€])\s?$")
_AFTER = re.compile(r"\s?([%°]\s?[cC]?\b|[^\W\d_]+|%|°)")
_MINUS = re.compile(r"(?:(?<![\w)])[-−]|\bminus\s+)$", re.IGNORECASE)
_FROST = re.compile(
    r"\s*(?:°\s?C?|degrees?|grader)?\s*(?:below|of frost|minusgrader)\b", re.IGNORECASE
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")


@dataclass(frozen=True)
class Quantity:
    """A number of a text.

    Attributes:
        readings: its possible values in one spelling; "11.45" is a number or a time of day, and an
            ordinal is "#3", and "twice" "x2".
        unit: what it counts, if it is one of the units known here; None if it is not said, or is
            anything else.
        start, end: its characters, with the unit.
        noun: the word behind it, where that is no unit: 31 "persons" are no 31 years.
        column: whether the unit is that of a table's column, which a noun need not repeat.
    """

    readings: frozenset[str]
    unit: str | None
    start: int
    end: int
    noun: str | None = None
    column: bool = False

    @property
    def ordinal(self) -> bool:
        """Whether it is "third", not "three"."""
        return any(reading.startswith("#") for reading in self.readings)

    def agrees(self, other: Quantity) -> bool:
        """Whether both may say the same: a reading is shared, and no unit differs."""
        if self.unit and other.unit:
            same = self.unit == other.unit
        else:
            same = not ((self.unit and other.noun) or (self.noun and other.unit))
            same = same or self.column or other.column
        return same and not self.readings.isdisjoint(other.readings)


def quantities(text: str) -> list[Quantity]:
    """The numbers of a text in order, in digits or words, with their units.

    "one" and "en" alone are left out, being pronouns and articles more often than numbers.
    """
    plain = "".join(_narrow(character) for character in text)
    found = []
    for match in _TOKEN.finditer(plain):
        readings = _readings(match)
        if readings:
            if _MINUS.search(plain, max(0, match.start() - 8), match.start()) or _FROST.match(
                plain, match.end()
            ):
                readings = {f"-{reading}" for reading in readings}
            found.append(_with_unit(plain, match, frozenset(readings)))
    return found


def _narrow(character: str) -> str:
    """NFKC where it keeps the length, so that offsets stay."""
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def _readings(match: re.Match[str]) -> set[str]:
    text = match.group()
    if match["clock"]:
        clock = re.split(r"[:.]", re.sub(r"\s*[apAP]\.?[mM]$", "", text))
        hour, minute = int(clock[0]), clock[1]
        both = {f"{hour:02}:{minute}", f"{(hour + 12) % 24:02}:{minute}"}
        if match["half"]:
            afternoon = match["half"][0] in "pP"
            return {f"{hour % 12 + 12 * afternoon:02}:{minute}", f"{hour % 12:02}:{minute}"}
        exact = hour > 12 or clock[0].startswith("0")
        twelve = {f"{hour:02}:{minute}"} if exact else both
        return twelve | ({_plain(text)} if "." in text else set())
    if match["times"]:
        return {f"x{1 + (text.lower() == 'twice')}"}
    if match["ordinal"]:
        return {f"#{int(re.match(r'[0-9]+', text)[0])}"}  # type: ignore[index]  # matched above
    if match["digits"]:
        return {_plain(text)}
    return _worded(text)


def _plain(digits: str) -> str:
    digits = re.sub(r"\s", "", digits)
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    digits = digits.replace(",", ".")
    if digits.count(".") == 1:
        digits = digits.rstrip("0").rstrip(".")
    return digits


def _worded(text: str) -> set[str]:
    text = re.sub(r"pence$", "", text, flags=re.IGNORECASE)
    pieces = [piece.lower() for piece in _PIECE.findall(text)]
    if len(pieces) == 1 and pieces[0] in _UNSAFE:
        return set()
    total = part = 0
    for piece in pieces:
        if piece in _ORDINALS and piece not in _SMALL:
            return {f"#{total + part + _ORDINALS[piece]}"}
        if piece in _LARGE:
            scale = _LARGE[piece]
            if scale == 1000:
                total, part = total + max(part, 1) * scale, 0
            else:
                part = max(part, 1) * scale
        else:
            part += {"one": 1, "en": 1, "ett": 1}.get(piece) or _SMALL[piece]
    return {str(total + part)}


def _with_unit(text: str, match: re.Match[str], readings: frozenset[str]) -> Quantity:
    start, end = match.span()
    if match["pence"]:
        return Quantity(readings, "penny", start, end)
    before = _BEFORE.search(text, max(0, start - 2), start)
    if before:
        return Quantity(readings, UNITS[before[1]], before.start(), end)
    after = _AFTER.match(text, end)
    unit = UNITS.get(after[1].lower().replace(" ", "")) if after else None
    if after is None or unit is None:
        noun = after[1].lower() if after else ""
        known = noun.isalpha() and len(noun) > 2 and noun not in STOPWORDS
        return Quantity(readings, None, start, end, noun if known else None)
    return Quantity(readings, unit, start, after.end())
