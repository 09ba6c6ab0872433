"""The sample archive and its questions: counts, sources, boxes, times and answers."""

import html
import json
import re
import wave
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "mmrag" / "samples"
ARCHIVE = SAMPLES / "archive"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "questions.jsonl").read_text("utf-8").splitlines()
]
FILES = sorted(p.relative_to(ARCHIVE).as_posix() for p in ARCHIVE.rglob("*") if p.is_file())

PLAIN = (".md", ".html", ".csv", ".txt")
OFFICE = (".docx", ".pptx", ".xlsx")
SOUND = (".ogg", ".mp3", ".wav")
BOXED = (".pdf", ".png", ".jpg")
KEYS = {"id", "split", "question", "lang", "answerable", "answer", "gold", "kind"}
GOLD_KEYS = {"source", "page", "bbox", "start_ms", "end_ms"}

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
NUMBERS = {word: number for number, word in enumerate(UNITS)}
NUMBERS |= {ten: 20 + 10 * place for place, ten in enumerate(TENS)}
NUMBERS |= {f"{ten}-{UNITS[u]}": NUMBERS[ten] + u for ten in TENS for u in range(1, 10)}
NUMBER = re.compile(rf"\b({'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b")


def normal(text: str) -> str:
    """Lower case, single blanks, a plain minus sign, and number words as figures."""
    flat = " ".join(text.replace("−", "-").split()).lower()
    return NUMBER.sub(lambda match: str(NUMBERS[match[0]]), flat)


@cache
def words_of(source: str) -> str:
    """The normalised text of a text file or an office file."""
    path = ARCHIVE / source
    if path.suffix in OFFICE:
        with zipfile.ZipFile(path) as members:
            parts = [members.read(n).decode() for n in members.namelist() if n.endswith(".xml")]
        # A paragraph may be cut into runs, so only the ends of paragraphs and cells divide words.
        text = " ".join(re.sub(r"</(a:p|w:p|si|v|c)>", " ", part) for part in parts)
        return normal(html.unescape(re.sub(r"<[^>]+>", "", text)))
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return normal(text)


def of(split: str, **wanted: object) -> list[dict[str, Any]]:
    """The questions of a split whose fields have the wanted values."""
    return [
        q
        for q in QUESTIONS
        if q["split"] == split and all(q[key] == value for key, value in wanted.items())
    ]


def test_the_archive_is_small_and_has_every_format() -> None:
    assert sum((ARCHIVE / name).stat().st_size for name in FILES) < 3_000_000
    assert (ARCHIVE / "letters/letter-1937-scan.png").stat().st_size <= 400_000
    suffixes = {Path(name).suffix for name in FILES}
    assert suffixes == {*PLAIN, *OFFICE, *SOUND, *BOXED}


def test_no_file_is_asked_about_only_in_one_split() -> None:
    for split in ("dev", "test"):
        asked = {gold["source"] for q in of(split) for gold in q["gold"]}
        assert asked == set(FILES)


@pytest.mark.parametrize(
    ("split", "total", "unanswerable", "two_sources"), [("dev", 45, 11, 4), ("test", 55, 13, 6)]
)
def test_the_splits_have_their_sizes(
    split: str, total: int, unanswerable: int, two_sources: int
) -> None:
    assert len(of(split)) == total
    assert len(of(split, answerable=False)) == unanswerable
    assert len(of(split, kind="two_sources")) == two_sources
    assert len(of(split, kind="speech")) >= 3
    assert len(of(split, lang="sv", answerable=True)) >= 3


def test_both_splits_hold_every_kind() -> None:
    kinds = {split: Counter(q["kind"] for q in of(split)) for split in ("dev", "test")}
    assert set(kinds["dev"]) == set(kinds["test"])


def test_questions_are_well_formed_and_asked_once() -> None:
    assert len({q["id"] for q in QUESTIONS}) == len(QUESTIONS)
    assert len({normal(q["question"]) for q in QUESTIONS}) == len(QUESTIONS)
    for q in QUESTIONS:
        assert set(q) == KEYS
        assert q["lang"] in ("en", "sv")
        assert bool(q["answer"]) == bool(q["gold"]) == q["answerable"]
        assert q["answerable"] == (q["kind"] != "unanswerable")
        assert len({gold["source"] for gold in q["gold"]}) == len(q["gold"])
        if q["answerable"]:
            assert len(q["gold"]) == (2 if q["kind"] == "two_sources" else 1)


def test_no_fact_is_asked_in_both_splits() -> None:
    def facts(split: str) -> set[tuple[str, str]]:
        return {(json.dumps(q["gold"]), normal(q["answer"][0])) for q in of(split, answerable=True)}

    described = {"mountain-hut-at-dusk", "anemometer-against-the-sky"}
    assert {answer for _, answer in facts("dev") & facts("test")} == described


def test_gold_points_into_the_archive() -> None:
    for gold in (gold for q in QUESTIONS for gold in q["gold"]):
        assert set(gold) == GOLD_KEYS
        assert gold["source"] in FILES
        suffix = Path(gold["source"]).suffix
        assert (gold["page"] is not None) == (suffix in (*BOXED, ".pptx", ".xlsx"))
        with_words = suffix in BOXED and not gold["source"].startswith("pictures/")
        assert (gold["bbox"] is not None) == with_words
        assert (gold["start_ms"] is not None) == (suffix in SOUND)
        if gold["bbox"]:
            left, top, right, bottom = gold["bbox"]
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
        if suffix in SOUND:
            assert 0 <= gold["start_ms"] < gold["end_ms"] <= 60_000


@pytest.mark.parametrize("q", of("dev", answerable=True) + of("test", answerable=True))
def test_answers_are_written_in_their_sources(q: dict[str, Any]) -> None:
    readable = [g["source"] for g in q["gold"] if Path(g["source"]).suffix in (*PLAIN, *OFFICE)]
    if not readable or len(q["gold"]) == 2:
        return
    for answer in q["answer"] if Path(readable[0]).suffix in PLAIN else q["answer"][:1]:
        assert normal(answer) in words_of(readable[0])


@pytest.mark.parametrize("q", of("dev", kind="two_sources") + of("test", kind="two_sources"))
def test_two_source_answers_are_not_whole_in_either_question_text(q: dict[str, Any]) -> None:
    assert not any(normal(answer) in normal(q["question"]) for answer in q["answer"])


def test_pdf_boxes_hold_the_answers() -> None:
    pdfium = pytest.importorskip("pypdfium2")
    for q in QUESTIONS:
        for gold in q["gold"]:
            if not gold["source"].endswith(".pdf") or len(q["gold"]) == 2:
                continue
            page = pdfium.PdfDocument(ARCHIVE / gold["source"])[gold["page"] - 1]
            width, height = page.get_size()
            left, top, right, bottom = gold["bbox"]
            text = page.get_textpage().get_text_bounded(
                left * width - 1, height * (1 - bottom) - 1, right * width + 1, height * (1 - top)
            )
            assert normal(q["answer"][0]).split()[0] in normal(text.replace("\ufffe", "-"))


def test_recordings_last_between_twenty_and_sixty_seconds() -> None:
    av = pytest.importorskip("av")
    for name in (name for name in FILES if Path(name).suffix in SOUND):
        with av.open(str(ARCHIVE / name)) as sound:
            seconds = sound.duration / 1_000_000
        assert 20 <= seconds <= 60
        latest = [g["end_ms"] for q in QUESTIONS for g in q["gold"] if g["source"] == name]
        assert max(latest) <= seconds * 1000 + 100


def test_the_wav_is_16_khz_mono_16_bit() -> None:
    with wave.open(str(ARCHIVE / "sound/log-entry-1963.wav")) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
