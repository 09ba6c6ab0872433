"""What a text looks like: letters and brackets that only resemble others, and what is invisible.

Own code: Unicode's tables of confusables (UTS 39) hold thousands of pairs that no attack on a chat
template can use; these are the ones that imitate its letters and brackets.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Characters that show nothing, by what they are in Unicode. Tag characters and variation selectors
# can carry a whole hidden text.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # control characters, but for tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile("[\u0085\u2028\u2029]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
# Three flags are written with tags behind a black flag; they hide nothing.
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{5}\U000e007f")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")

_LIKE = {
    "<": "‹〈⟨❬❮ᐸ˂≺",
    ">": "›〉⟩❭❯ᐳ˃≻",
    "|": "∣ǀ│┃❘❙⎮⏐丨ⵏ",
    "/": "∕⁄╱⟋⧸Ⳇ",
    "[": "〔【〖⟦❲",
    "]": "〕】〗⟧❳",
    "_": "▁‗",
    ":": "∶꞉ː",
    "a": "аα",
    "b": "Ьƅ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еҽ",
    "g": "ɡ",
    "h": "һ",
    "i": "іιı",
    "j": "ј",
    "k": "кκ",
    "l": "ӏ",
    "m": "м",
    "n": "п",
    "o": "оοօ",
    "p": "рρ",
    "q": "ԛ",
    "s": "ѕ",
    "t": "тτ",
    "u": "υս",
    "v": "νѵ",
    "w": "ѡԝ",
    "x": "хχ",
    "y": "уγү",
    "A": "АΑ",
    "B": "ВΒ",
    "C": "СϹ",
    "E": "ЕΕ",
    "H": "НΗ",
    "I": "ІΙӀ",
    "K": "КΚ",
    "M": "МΜ",
    "N": "Ν",
    "O": "ОΟ",
    "P": "РΡ",
    "S": "Ѕ",
    "T": "ТΤ",
    "X": "ХΧ",
    "Y": "ҮΥ",
    "Z": "Ζ",
}
_PLAIN = {like: plain for plain, row in _LIKE.items() for like in row}


def visible(text: str) -> str:
    """The text without what shows nothing; its line breaks as line feeds."""
    return _INVISIBLE.sub("", _BREAKS.sub("\n", text))


def smuggled(text: str) -> bool:
    """Whether invisible characters carry a message: tag characters, or a run of selectors."""
    bare = _FLAG.sub("", text)
    return _TAGS.search(bare) is not None or _SELECTORS.search(bare) is not None


def skeleton(text: str) -> str:
    """The text as a reader takes it, of the same length: "＜ѕуѕтем＞" -> "<system>".

    Cyrillic and Greek words lose their own shape by it; use it to look for something, not to read.
    """
    return text if text.isascii() else "".join(map(_plain, text))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
