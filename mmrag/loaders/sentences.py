"""Where sentences begin and end, for English and Swedish prose.

Own code: pysbd (last release 2021) has no Swedish, and NLTK's Punkt needs a model download.
"""

from __future__ import annotations

import re

_NEVER_ENDS = """
dr mr mrs ms prof rev hon capt lt col gen sgt st mt messrs
e.g i.e eg ie cf viz vs approx ca c dept est temp
t.ex bl.a d.v.s dvs s.k sk fr.o.m t.o.m p.g.a pga m.fl f.d fd jfr resp ung dir kungl
o.d i.o.m e.d m.a.o o.s.v n.b z.b d.h bzw u.a
"""
_BEFORE_NUMBERS = """
no nos nr nrs p pp s sid kap ch chap sec fig figs tab vol vols art eq eqs ex par tel kl op bd
jan feb febr mar apr jun jul aug sep sept okt oct nov dec
"""
# Never the end of a sentence, whatever follows; and not the end when a number follows.
_ABBREVIATIONS = frozenset(_NEVER_ENDS.split())
_BEFORE_NUMBER = frozenset(_BEFORE_NUMBERS.split())

_END = re.compile(
    r"""
      \n
    | (?<![.!?…])(?P<stop>[.!?…]+) (?:["'”’»)\]]|\[\d+\])* (?=\s)  # a stop, quotes, then a space
    | [。！？]+ [」』”’)]*                                     # full-width stops need no space
    """,
    re.VERBOSE,
)
_NEXT = re.compile(r"\s+(?:[\"'“‘«„(\[–—-]+\s*)?(\S)")
_BEFORE_TOKEN = frozenset("([{\"'“”‘«»")
_TOKEN_CHARS = 12  # no abbreviation is longer


def sentences(text: str) -> list[tuple[int, int]]:
    """Character ranges of the sentences of `text`, in order, without outer white space.

    Every character that is not white space lies in exactly one range. A sentence also ends at each
    line break, so that list items and table rows stay apart.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match["stop"] is not None and not _is_end(text, start, match):
            continue
        _append(found, text, start, match.end())
        start = match.end()
    _append(found, text, start, len(text))
    return found


def _append(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        begin = start + len(piece) - len(piece.lstrip())
        found.append((begin, begin + len(stripped)))


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    following = _NEXT.match(text, match.end())
    if following is None:  # only white space follows
        return True
    upcoming = following[1]
    # "Temp. °C" and "approx. ± 2" go on; a sentence opens with a letter or a digit
    if upcoming.islower() or not upcoming.isalnum():
        return False
    if match["stop"] != ".":
        return True
    token = _token_before(text, start, match.start())
    bare = token.lower()
    if bare in _ABBREVIATIONS:
        return False
    if upcoming.isdigit() and bare in _BEFORE_NUMBER:
        return False
    if len(token) == 1 and token.isalpha():  # an initial, or the letter of a list item
        return False
    opens = not text[start : match.start() - len(token)].strip()
    return not (opens and len(token) <= 3 and token.isdigit())  # the number of a list item


def _token_before(text: str, start: int, end: int) -> str:
    """The characters before `end` up to a space or an opening mark; only the last few are read."""
    first = end
    while first > max(start, end - _TOKEN_CHARS):
        if text[first - 1].isspace() or text[first - 1] in _BEFORE_TOKEN:
            break
        first -= 1
    return text[first:end]
