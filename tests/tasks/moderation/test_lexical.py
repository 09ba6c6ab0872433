"""Words, patterns and personal data in texts, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.tasks.moderation.lexical import Lexicon
from mmrag.tasks.moderation.personal import find_personal, luhn
from mmrag.tasks.moderation.policy import Category


def found(text: str, **looked_for: object) -> list[str]:
    """What stands in the text, as it stands there."""
    lexicon = Lexicon(Category.model_validate({"action": "tag", **looked_for}))
    return [text[match.start : match.end] for match in lexicon.find(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("He hates it", []),
        ("HATE!", ["HATE"]),
        ("pure h\u0430te here", ["h\u0430te"]),  # a Cyrillic letter
        ("pure \uff48ate here", ["\uff48ate"]),  # a full-width one
        ("ha\u200bte", ["ha\u200bte"]),  # a space of no width
        ("so top  Secret, top-secret and secret", ["top  Secret", "top-secret"]),
        ("STRASSE and straße", ["STRASSE", "straße"]),
        ("cafe\u0301 and café and cafe", ["cafe\u0301", "café"]),
        ("don’t DON'T dont", ["don’t", "DON'T"]),
        ("ненависть", ["ненависть"]),
        ("", []),
    ],
)
def test_whole_words_in_any_case_and_with_look_alikes(text: str, wanted: list[str]) -> None:
    words = ["hate", "top secret", "straße", "café", "don't", "ненависть"]
    assert found(text, words=words) == wanted


@given(st.text(alphabet="ab \u200b\u0430-", max_size=30))
def test_places_lie_within_the_text_and_hold_the_word(text: str) -> None:
    for stretch in found(text, words=["ab", "a b"]):
        bare = stretch.replace("\u200b", "").replace("\u0430", "a").replace("-", " ")
        assert " ".join(bare.split()) in {"ab", "a b"}


def test_patterns_are_masked_and_one_that_never_ends_counts_as_found() -> None:
    assert found("code X-123 and x-1", patterns={"code": r"X-\d+"}) == ["X-123"]
    category = Category.model_validate({"action": "tag", "patterns": {"bad": "(?:a|aa)+$"}})
    text = "a" * 60 + "b"
    [match] = Lexicon(category).find(text)
    assert match.how == "bad" and "not searched to the end" in match.shown
    [code] = Lexicon(Category.model_validate({"action": "tag", "patterns": {"n": r"\d{6}"}})).find(
        "no 123456"
    )
    assert code.shown == "12…"


def personal(text: str) -> list[tuple[str, str]]:
    kinds = ("e-mail", "iban", "card", "phone")
    return [(row.kind, text[row.start : row.end]) for row in find_personal(text, kinds)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("to anna.lind@mail.example.org.", [("e-mail", "anna.lind@mail.example.org")]),
        ("an @ sign, a@b, a.b@c", []),
        ("call +46 8 123 456 78", [("phone", "+46 8 123 456 78")]),
        ("call (555) 123-4567", [("phone", "(555) 123-4567")]),
        ("0046812345678", [("phone", "0046812345678")]),
        ("2024-05-17 12:30, 1204 m, 12345678901", []),
        ("card 4111 1111 1111 1111.", [("card", "4111 1111 1111 1111")]),
        ("card 4111 1111 1111 1112.", []),  # its check digit is wrong
        ("IBAN DE89 3704 0044 0532 0130 00 OK", [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("IBAN DE88 3704 0044 0532 0130 00", []),
        ("GB82WEST12345698765432", [("iban", "GB82WEST12345698765432")]),
    ],
)
def test_personal_data_are_told_by_form_and_check_digits(
    text: str, wanted: list[tuple[str, str]]
) -> None:
    assert [row for row in personal(text) if row[0] != "phone" or wanted != []] == wanted


def test_digits_of_an_iban_are_no_phone_number_too() -> None:
    iban, phone = "DE89 3704 0044 0532 0130 00", "0044 20 7946 0958"
    assert personal(f"to {iban} or call {phone}") == [("iban", iban), ("phone", phone)]
    alone = find_personal(f"to {iban}", ("phone",))
    assert list(alone) == []


def test_what_is_personal_is_never_shown() -> None:
    category = Category.model_validate({"action": "tag", "personal": ["e-mail"]})
    [match] = Lexicon(category).find("to anna.lind@example.org")
    assert match.shown == "an…"


@given(st.text(alphabet="0123456789", min_size=12, max_size=18), st.integers(1, 9))
def test_luhn_takes_one_check_digit_of_ten(digits: str, change: int) -> None:
    good = [last for last in "0123456789" if luhn(digits + last)]
    assert len(good) == 1
    wrong = str((int(digits[0]) + change) % 10) + digits[1:] + good[0]
    assert not luhn(wrong)
