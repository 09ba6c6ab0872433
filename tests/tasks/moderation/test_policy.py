"""Policies as files: what they say, what is refused and how that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmrag.errors import ConfigError
from mmrag.tasks.moderation.policy import Policy, policy_of, read_policy

GOOD = """
name: station
categories:
  fire:
    action: quarantine
    text: {for: [a house on fire], against: [a quiet house], threshold: 0.8}
    words: [arson]
"""


def test_the_starter_policy_can_be_read_and_says_that_nothing_is_calibrated() -> None:
    policy = read_policy(Path("starter"))
    assert {"violence", "nudity", "hate", "self-harm", "personal-data"} == set(policy.categories)
    assert {category.action for category in policy.categories.values()} == {"tag"}
    contrasts = [row for c in policy.categories.values() for row in c.contrasts.values()]
    assert contrasts and all(row.calibrated is None for row in contrasts)


def test_the_digest_changes_with_what_a_policy_says_and_not_with_how() -> None:
    policy = policy_of(GOOD, "a")
    assert policy_of(policy.as_yaml(), "b") == policy
    assert policy_of(GOOD.replace("[arson]", "\n    - arson  # a comment"), "c").version == (
        policy.version
    )
    for before, after in (("0.8", "0.81"), ("arson", "arsons"), ("quarantine", "skip")):
        assert policy_of(GOOD.replace(before, after), "d").digest != policy.digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must hold name and categories, found nothing"),
        ("[1, 2]", "must hold name and categories, found list"),
        ("name: x\ncategories: {}", "categories: dictionary should have at least 1 item"),
        (GOOD.replace("against: [a quiet house], ", ""), "categories.fire.text.against is missing"),
        (GOOD.replace("0.8", "1.5"), "categories.fire.text.threshold: input should be less"),
        (GOOD.replace("words", "wrods"), "unknown key categories.fire.wrods"),
        (GOOD.replace("quarantine", "delete"), "categories.fire.action: input should be 'tag'"),
        (GOOD + "    patterns: {door: '(x'}\n", "door is no regular expression: missing )"),
        (GOOD + "    patterns: {door: 'x*'}\n", "door matches the empty text"),
        (GOOD + "    personal: [name]\n", "no kind 'name'; there are: e-mail, iban, card, phone"),
        (GOOD + "  fire: {action: tag, words: [x]}\n", "line 8: 'fire' stands twice"),
        ("name: x\ncategories: {fire: {action: tag}}", "looks for nothing; give image, audio"),
        ("a: [", "while parsing"),
    ],
)
def test_what_is_wrong_with_a_policy_is_told_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy_of(text, "p.yaml")
    line = str(caught.value)
    assert line.startswith("policy p.yaml") and said.lower() in line.lower() and "\n" not in line


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the policy .*none\.yaml: No such file"):
        read_policy(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read_policy(tmp_path / "binary.yaml")


def test_yaml_says_nothing_that_is_the_default() -> None:
    text = policy_of(GOOD, "a").as_yaml()
    assert "scale" not in text and "calibrated" not in text
    assert isinstance(policy_of(text, "b"), Policy)
