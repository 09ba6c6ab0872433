"""Retrieved text made harmless: it can neither pass for the prompt, nor for citations, nor link.

What a model reads is delimited with a fence that its writer cannot know (spotlighting by
delimiting, arXiv 2403.14720). The stronger forms of that paper, marks between all words or base64,
were left out: models small enough for a laptop copy the marks or cannot read it, and what a model
says is verified word by word against the source anyway.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

from mmrag.generation.lookalikes import skeleton, visible

# Tokens of chat templates. Families: ChatML, Qwen, Llama 3 and 4, Phi, GLM, Granite, gpt-oss and
# Command R (<|…|>), DeepSeek and Hunyuan (<｜…｜>), EXAONE ([|…|]), Llama 2 and Mistral ([INST]),
# Gemma (<start_of_turn>), T5 and BERT (<unk>), InternVL and SmolVLM (<IMG_CONTEXT>).
_CONTROL = re.compile(
    r"<\|[^|>\n]{0,60}\|?>|\[\|[^|\]\n]{1,40}\|\]|\[[gs]?MASK\]|<<\s*/?\s*SYS\s*>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|THINK|IMG(?:_\w+)?"
    r"|ARGS|CALL_ID|PREFIX|SUFFIX|MIDDLE|CLS|SEP|PAD|UNK)\]"
    r"|</?(?:s|bos|eos|pad|unk|cls|sep|eot|eod|sop|eop|im_\w+|(?:start|end|begin)_of_\w+|tool_\w+"
    r"|function_\w+|unused\d+|extra_id_\d+|reserved_\d+|special_\d+|img_\w+|image_\w+"
    r"|0x[0-9a-f]{2}"
    r"|fake_token_\w+|row_\d+_col_\d+)>"
    r"|<\s*(?:/\s*)?(?:think|source)\b(?:[^<>]{0,200}>)?",  # also one that nothing closes
    re.IGNORECASE,
)
# Tags that prompts are built of, and manuals of placeholders; they stay readable.
_TAG = re.compile(
    r"<(\s*/?\s*(?:system|assistant|user|human|developer|instructions?|documents?|context|question"
    r"|answer|tools?|functions?|invoke|thinking|thought|analysis|prompt|rules?|data)"
    r"(?:\s[^<>]{0,200})?)>",
    re.IGNORECASE,
)
_KIND = r"(?:sources?|källa|källor|quelle|fuente|image|sound|picture|citation|ref)"
_NUMBERS = r"(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)"
_MARK = re.compile(
    rf"[\[(]\s*(?:{_KIND})[\s#:]*{_NUMBERS}\s*[\])]"
    rf"|\[\s*[\^#]?\s*{_NUMBERS}(?:\s*[†‡][^\[\]\n]{{0,20}})?\s*\]",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"^[ \t]*(?:[#*]{{1,6}}[ \t]*)?{_KIND}[ \t]*#?{_NUMBERS}[ \t]*[:.]", re.I | re.M
)
# Turns of a conversation and headings of a prompt, as templates without tokens write them.
_TURN = re.compile(
    r"^[ \t]*(?:[#*]{1,6}[ \t]*)?(system(?: prompt| message)?|assistant|human|instructions?"
    r"|response)"
    r"(?:\*\*)?[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)

_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^()\n]{0,2000}\)|\[[^\]\n]{0,100}\])")
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^()\s]{1,2000}(?:\s[^()\n]{0,300})?\)")
_URL = re.compile(
    r"<?\b(?:https?|ftps?|wss?|file"
    r"|ssh)\s?:\s?/\s?/\s?(?:[^\s/@<>\"]{1,100}@)?([^\s<>\"'`)\]}]*)>?"
    r"|\b(?:data|javascript|vbscript):(?=\S)[^\s<>\"')\]}]*()|\bmailto:()",
    re.IGNORECASE,
)
_BARE = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"'`)\]}]*", re.IGNORECASE)
_WWW = re.compile(r"\bwww\.(?=\w)", re.IGNORECASE)
# Elements that fetch, run or lead away; and any with attributes, which can do so too.
_HTML = re.compile(
    r"</?(?:a|img|iframe|script|style|svg|object|embed|form|input|button|link|meta|base|video"
    r"|audio"
    r"|picture|body|html|math|marquee)(?:[\s/][^<>]{0,2000})?>"
    r"|<[a-z][a-z0-9]{0,15}[\s/][^<>=]{1,200}=[^<>]{0,2000}>",
    re.IGNORECASE,
)
_TERMINAL = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?)")

_NO_ATTRIBUTE = str.maketrans('"<>', "'()")
LONGEST_NAME = 160
"""Characters of a file's name and heading that a prompt shows."""


def neutralised(text: str) -> str:
    """Retrieved text as harmless data.

    Chat control tokens, our own fence and invisible characters go, also where look-alikes spell
    them. `[n]` marks become (n), so that they cannot pass for citations; neither can lines that
    open like a source or a turn of the conversation. Links and pictures keep their words only.
    """
    text = unlinked(_without_tokens(text))
    for pattern, instead in _REWRITTEN:
        while (cleaned := _rewritten(pattern, text, instead)) != text:
            text = cleaned
    return text


_REWRITTEN = ((_TAG, "({})"), (_MARK, "({})"), (_NUMBERED, "({})"), (_TURN, "{} -"))


def unlinked(text: str) -> str:
    """The text with nothing that a terminal, a page or a Markdown viewer would follow or fetch.

    Of a link stay its words, of a picture its description; of an address the host and the path,
    for what an attacker wants carried out stands behind them.
    """
    text = visible(_TERMINAL.sub("", text))
    for pattern in (_IMAGE, _LINK):
        while (cleaned := _rewritten(pattern, text, "{}")) != text:
            text = cleaned
    while (cleaned := _cut(_HTML, text, "")) != text:
        text = cleaned
    while (cleaned := _rewritten(_URL, text, "{}", shortened=True)) != text:
        text = cleaned
    return _cut(_WWW, text, "")


def quoted(text: str) -> str:
    """Words as part of an answer: one line, without links, tokens and `[n]` marks of their own."""
    text = unlinked(_without_tokens(text))
    while (cleaned := _rewritten(_MARK, text, "({})")) != text:
        text = cleaned
    return " ".join(text.split())


def addresses(text: str) -> list[str]:
    """The addresses in a text, as `unlinked` leaves them: host and path."""
    found = [unlinked(match.group()) for match in _URL.finditer(skeleton(visible(text)))]
    found += [match.group() for match in _BARE.finditer(skeleton(unlinked(text)))]
    bare = (address.rstrip(".,;:!?") for address in found)  # what ends the sentence is none of it
    return list(dict.fromkeys(address for address in bare if address))


def fence_name(parts: Iterable[str]) -> str:
    """The name of the tags around the sources of one prompt.

    It is made of all that they hold, so that the writer of one of them cannot know it, and the same
    prompt is always worded the same.
    """
    digest = hashlib.blake2s("\0".join(parts).encode("utf-8", "replace"), digest_size=3)
    return f"source-{digest.hexdigest()}"


def label(text: str) -> str:
    """The name of a file or a heading as one harmless line: who writes a file names it too."""
    line = " ".join(neutralised(text).split())
    line = line.translate(_NO_ATTRIBUTE)
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def _without_tokens(text: str) -> str:
    text = visible(_TERMINAL.sub("", text))
    while (cleaned := _cut(_CONTROL, text, " ")) != text:  # taking one out may join another
        text = cleaned
    return text


def _cut(pattern: re.Pattern[str], text: str, instead: str) -> str:
    return "".join(_pieces(pattern, text, lambda match: instead))


def _rewritten(
    pattern: re.Pattern[str], text: str, instead: str, *, shortened: bool = False
) -> str:
    """Each match replaced by its first group that took part, put into `instead`."""

    def kept(match: re.Match[str]) -> str:
        group = next((n for n in range(1, pattern.groups + 1) if match.start(n) >= 0), 0)
        words = text[match.start(group) : match.end(group)]
        return instead.format(re.split(r"[?#;]", words, maxsplit=1)[0] if shortened else words)

    return "".join(_pieces(pattern, text, kept))


def _pieces(
    pattern: re.Pattern[str], text: str, kept: Callable[[re.Match[str]], str]
) -> Iterator[str]:
    """The text around the matches, which are looked for in what it looks like."""
    done = 0
    for match in pattern.finditer(skeleton(text)):
        yield text[done : match.start()]
        yield kept(match)
        done = match.end()
    yield text[done:]


def template_tokens(text: str) -> bool:
    """Whether tokens of a chat template stand in a text, or what imitates our fence."""
    return _CONTROL.search(skeleton(visible(text))) is not None
