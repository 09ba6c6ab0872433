"""Words of a text as search and grounding see them: folded, stemmed, numbers in one form.

Unicode-aware and language-neutral: every word has an English and a Swedish stem and, where it has
diacritics, the same stems without them, since OCR and people drop them. A word therefore stands
for one to four forms; two words match when they share a form.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from pathlib import PurePosixPath

import Stemmer

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\W_]+")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_BREAKS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-zåäö])(?=[A-ZÅÄÖ])")
_LANGUAGES = ("english", "swedish")
_local = threading.local()

# Function words carry no topic. Question words matter most: they are rare in documents, so inverse
# document frequency would make them the heaviest words of a question.
STOPWORDS = frozenset(
    """
    a about after all also am an and any are as at be because been before being between both but by
    can could did do does doing done during each for from further had has have having he her here
    hers him his how i if in into is it its itself just many may me might more most much my no
    nor not of off
    on once only or other our out over own shall she should so some such than that the their them
    then there these they this those through to too under until up upon us very was we were what
    when where which while who whom whose why will with would you your
    alla att av blev bli de dem den denna deras det detta dig din dock du då där efter ej eller en
    ett från för ha hade han hans har henne hennes hon honom hos hur här i icke in ingen inom inte
    jag ju kan kunde man med mellan men många mig min mot mycket ni nu när någon något
    några och om oss
    på sedan sin sina sitt ska skulle som så till under upp ut utan vad var vara varför varit varje
    vem vems vi vid vilka vilken vilket vår är
    """.split()
)


def tokens(text: str) -> list[str]:
    """Words and numbers in order, case-folded, NFKC; "1,204" becomes "1204", "17,4" "17.4"."""
    found = _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())
    return [_plain(token) for token in found]


def content_words(text: str) -> list[str]:
    """The tokens that carry meaning: no function words, no single letters."""
    return [t for t in tokens(text) if t not in STOPWORDS and (len(t) > 1 or t.isdigit())]


@lru_cache(maxsize=200_000)
def forms(token: str) -> frozenset[str]:
    """The forms under which a token is found: its stems, and the stems of its folded spelling."""
    if token[0].isdigit():
        return frozenset((token,))
    spellings = {token, fold(token)}
    return frozenset(stem for s in spellings for stem in _stems(s))


def fold(text: str) -> str:
    """`text` without diacritics: "Åre" -> "Are"."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def name_in_words(source: str) -> str:
    """The name of a file: "pictures/SummitHut_at-dusk.jpg" -> "Summit Hut at dusk"."""
    return _in_words(PurePosixPath(source).stem)


def path_in_words(source: str) -> str:
    """The folders and the name: "pictures/SummitHut.jpg" -> "pictures Summit Hut"."""
    folders = PurePosixPath(source).parent.parts
    return " ".join((*map(_in_words, folders), name_in_words(source)))


def _in_words(name: str) -> str:
    return " ".join(_BREAKS.sub(" ", _CAMEL.sub(" ", name)).split())


def _plain(token: str) -> str:
    if token[0].isdigit():
        if _THOUSANDS.fullmatch(token):
            return token.replace(",", "")
        return token.replace(",", ".")
    head, apostrophe, tail = token.replace("’", "'").partition("'")
    return head if apostrophe and tail == "s" else head + tail


def _stems(word: str) -> tuple[str, ...]:
    stemmers = getattr(_local, "stemmers", None)
    if stemmers is None:  # a Snowball stemmer must not be shared between threads
        stemmers = _local.stemmers = tuple(Stemmer.Stemmer(name, 0) for name in _LANGUAGES)
    return tuple(stemmer.stemWord(word) for stemmer in stemmers)
