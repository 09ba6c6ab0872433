"""Personal data that have a form: e-mail addresses, phone numbers, IBANs, card numbers.

Numbers with check digits are checked: cards by Luhn's sum (ISO/IEC 7812-1), IBANs by the remainder
97 (ISO 13616-1) and the length of their country. Phone numbers are told in international form and
in North America's; others look like any number. Every pattern is bounded, so that no text makes it
slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_IBAN_LENGTHS = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 CH:21 CR:22 CY:28 CZ:24 DE:22 "
        "DK:18 DO:28 EE:20 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 "
        "IE:22 IL:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24 ME:22 "
        "MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SE:24 "
        "SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VG:24 XK:20"
    ).split()
)

_EMAIL = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
_PHONE = re.compile(
    r"(?<![\w+])(?:\+|00)[1-9](?:[ ./-]?\(?\d\)?){6,14}(?!\d)"
    r"|(?<![\w-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_CARD = re.compile(r"(?<![\w-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])")


@dataclass(frozen=True)
class Found:
    """Personal data in a text, from character `start` to before `end`."""

    kind: str
    start: int
    end: int


def find_personal(text: str, kinds: tuple[str, ...]) -> Iterator[Found]:
    """What of these kinds stands in a text, kind by kind; digits of an IBAN are no phone number."""
    taken: list[Found] = []
    for kind, (pattern, fits) in _ROWS.items():
        for match in pattern.finditer(text):
            length = fits(match.group())
            found = Found(kind, match.start(), match.start() + length)
            if length and not any(o.start < found.end and found.start < o.end for o in taken):
                taken.append(found)
                if kind in kinds:
                    yield found


def masked(text: str) -> str:
    """Enough of a match to find it by, and not what it says: "an…", "41…"."""
    return f"{text[:2]}…" if len(text) > 4 else "…"


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _whole(found: str) -> int:
    return len(found)


def _phone(found: str) -> int:
    digits = sum(character.isdigit() for character in found.removeprefix("00"))
    return len(found) if 8 <= digits <= 15 else 0  # E.164 has at most 15


def _card(found: str) -> int:
    digits = re.sub(r"\D", "", found)
    return len(found) if luhn(digits) and len(set(digits)) > 1 else 0


def _iban(found: str) -> int:
    """Its length; words in capitals may follow it."""
    wanted = int(_IBAN_LENGTHS.get(found[:2], 0))
    places = [place for place, character in enumerate(found) if character != " "]
    if not wanted or len(places) < wanted:
        return 0
    length = places[wanted - 1] + 1
    compact = found[:length].replace(" ", "")
    turned = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    rest = found[length:]
    return length if int(turned) % 97 == 1 and (not rest or rest[0] == " ") else 0


_ROWS: dict[str, tuple[re.Pattern[str], Callable[[str], int]]] = {
    "e-mail": (_EMAIL, _whole),
    "iban": (_IBAN, _iban),
    "card": (_CARD, _card),
    "phone": (_PHONE, _phone),
}
KINDS = tuple(_ROWS)
"""Kinds of personal data that can be looked for."""
