"""What a page holds and a browser does not show: hidden elements, by their attributes and styles.

Inline styles count and rules of the page's own style sheets. Sheets that it links to are not
fetched, and nothing is laid out: text behind a picture, or hidden by a script, is not told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Tag
from soupsieve import SelectorSyntaxError

_ROLES = {"navigation", "contentinfo", "search", "complementary"}
_AT_RULE = re.compile(r"@[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")  # print, screens, fonts
_COMMENT = re.compile(r"/\*(?:(?!\*/).)*(?:\*/|\Z)", re.DOTALL)
_STEPS = re.compile(r"[\s>+~]+|:(?:not|is|where)")
_SIMPLE = re.compile(r"[.#]?[\w-]+(?:\s*,\s*[.#]?[\w-]+)*")  # a name, class or id, or several
_MOST_STEPS = 4  # in a selector; each multiplies the ways in which it can be tried
_MOST_TRIES = 500_000  # of rules whose selector is tried on each element
_PSEUDO = re.compile(r":(?!not|is|where|first|last|nth|only|empty)")  # :hover, ::before
_ZERO = r"0*(?:\.0*)?(?:px|pt|em|rem|%|ex|vw|vh)?"
_FAR = r"-(?:\d{4,}(?:\.\d+)?(?:px|pt)?|\d{3,}(?:\.\d+)?(?:em|rem|vw))"
_NO_LETTERS = re.compile(rf"(?:^|;)font-size:{_ZERO}(?:!important)?(?=;|$)")
_SHOWS_NOTHING = re.compile(
    rf"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|opacity:{_ZERO}"
    rf"|content-visibility:hidden|transform:scale\(0[,)]?.*|clip:rect\((?:0(?:px)?|1px|auto)[, ].*"
    rf"|clip-path:inset\((?:50|100)%\)?.*|(?:left|top|right|text-indent|margin-left"
    rf"|margin-top):{_FAR}"
    rf"|transform:translate[xy]?\({_FAR}.*)(?:!important)?(?=;|$)"
)
_NO_SIZE = re.compile(rf"(?:^|;)(?:max-)?(?:height|width):{_ZERO}(?=;|$)")
_COLOURS = {"white": "ffffff", "black": "000000", "transparent": "transparent"}
_WHITE = "ffffff"


def drop_hidden(soup: BeautifulSoup) -> None:
    """Take out what is not shown, and what is no part of the text (menus, margins).

    Call it before the style sheets are taken out.
    """
    for tag in [*_by_sheets(soup), *soup.find_all(_is_hidden), *_like_their_grounds(soup)]:
        if not tag.decomposed:
            tag.decompose()


def _is_hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or tag.get("role") in _ROLES
        or _hides(str(tag.get("style", "")), tag)
    )


def _by_sheets(soup: BeautifulSoup) -> Iterator[Tag]:
    named = _by_name(soup)
    size, tried = len(soup(True)), 0
    for sheet in soup.find_all("style"):
        rules = _AT_RULE.sub("", _COMMENT.sub("", sheet.get_text()))
        for rule in rules.split("}"):
            before, _, style = rule.rpartition("{")
            selector = before.rpartition("{")[2].strip()
            if not selector or not _may_hide(style) or _PSEUDO.search(selector):
                continue
            if _SIMPLE.fullmatch(selector):
                found = [tag for name in selector.split(",") for tag in named[_key(name)]]
            elif tried > _MOST_TRIES or len(_STEPS.findall(selector)) > _MOST_STEPS:
                continue
            else:
                tried += size
                try:
                    found = soup.select(selector)
                except (SelectorSyntaxError, NotImplementedError):
                    continue  # a browser leaves out what it does not know, too
            # pages that fade in hide themselves until a script has run
            yield from (t for t in found if t.name not in ("html", "body") and _hides(style, t))


def _by_name(soup: BeautifulSoup) -> dict[str, list[Tag]]:
    """The elements by "name", ".class" and "#id": most rules ask for no more."""
    named: dict[str, list[Tag]] = defaultdict(list)
    for tag in soup(True):
        for key in (tag.name, *(f".{one}" for one in tag.get("class") or ())):
            named[key].append(tag)
        if tag.has_attr("id"):
            named[f"#{tag['id']}"].append(tag)
    return named


def _key(selector: str) -> str:
    name = selector.strip()
    return name if name.startswith((".", "#")) else name.lower()


def _may_hide(style: str) -> bool:
    """Whether there are elements that this style hides."""
    plain = _plain(style)
    shrinks = _NO_SIZE.search(plain) is not None and "overflow:hidden" in plain
    return bool(shrinks or _SHOWS_NOTHING.search(plain) or _NO_LETTERS.search(plain))


def _plain(style: str) -> str:
    return re.sub(r"\s+", "", style.lower())


def _hides(style: str, tag: Tag) -> bool:
    plain = _plain(style)
    if _SHOWS_NOTHING.search(plain):
        return True
    if _NO_LETTERS.search(plain):  # around elements of their own size it only closes gaps
        return not any(inner.has_attr("class") or inner.has_attr("style") for inner in tag(True))
    return _NO_SIZE.search(plain) is not None and "overflow:hidden" in plain


def _like_their_grounds(soup: BeautifulSoup) -> Iterator[Tag]:
    """Elements whose inline colour is that of the nearest inline ground; a page's own is white."""
    grounds: dict[int, str | None] = {}  # None where a style sheet may give one
    for tag in soup(True):  # those around come first
        ground = _colour(tag, "background-color") or _colour(tag, "background")
        if ground is None and not (
            tag.has_attr("class") or tag.has_attr("id") or tag.name in ("th", "table")
        ):
            ground = grounds.get(id(tag.parent), _WHITE)
        grounds[id(tag)] = ground
        colour = _colour(tag, "color")
        if colour is not None and colour in ("transparent", ground):
            yield tag


def _colour(tag: Tag, name: str) -> str | None:
    """As six hexadecimal digits where it is told so, by name, or in rgb()."""
    attribute = {"color": "color", "background-color": "bgcolor"}.get(name, "")
    style, attribute = str(tag.get("style", "")), str(tag.get(attribute) or "")
    pairs = (part.partition(":") for part in style.lower().split(";"))
    values = [value.strip() for key, _, value in pairs if key.strip() == name]
    value = (values[-1] if values else attribute.lower()).split("!")[0].strip()
    if not value:
        return None
    numbers = re.fullmatch(r"rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)(?:[,/ ]+([\d.]+))?\)", value)
    if numbers:
        if numbers[4] is not None and float(numbers[4]) == 0:
            return "transparent"
        return "".join(f"{min(255, int(float(n))):02x}" for n in numbers.groups()[:3])
    digits = value.lstrip("#")
    if re.fullmatch("[0-9a-f]{3}", digits):
        return "".join(2 * digit for digit in digits)
    return _COLOURS.get(value, digits)
