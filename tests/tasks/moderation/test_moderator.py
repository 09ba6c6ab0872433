"""Moderation of pictures, tones, texts and transcripts by real models, and thresholds on labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mmrag.config import Settings
from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.catalogue import embedding_named
from mmrag.errors import ConfigError, InputError
from mmrag.modalities import Modality
from mmrag.profiles import MINILM, TEXT, TINY, profile_named
from mmrag.schema import Provenance, Span, build_node
from mmrag.spaces import embed_text
from mmrag.tasks.moderation.calibration import Target, calibrate, evaluate, examples
from mmrag.tasks.moderation.files import FileModerator, Moderated
from mmrag.tasks.moderation.flags import Flag, strictest
from mmrag.tasks.moderation.judge import ModerationJudge
from mmrag.tasks.moderation.labelled import read_labelled
from mmrag.tasks.moderation.moderator import Moderator
from mmrag.tasks.moderation.policy import Policy, policy_of
from mmrag.tasks.moderation.report import write_csv, write_report
from mmrag.training.pool import Written, write_items
from mmrag.training.shapes import COLOURS, CONCEPTS, SHAPES, SIZES, gallery

NEAR = [f"a {size} red {shape}" for size in SIZES for shape in SHAPES]
FAR = [f"a {z} {colour} {s}" for z in SIZES for colour in COLOURS[1:] for s in SHAPES]
RED = {
    "for": NEAR,
    "against": FAR,
    "pool": "mean",
    "threshold": 0.88,
}
SAD = {
    "for": ["a text on death and mourning", "He died and was buried."],
    "against": ["a text on the weather", "a text on machines"],
    "threshold": 0.5,
}


def red(**more: object) -> Policy:
    category = {"action": "quarantine", "image": RED, "audio": RED}
    return Policy.model_validate(
        {"name": "red", "scale": 5, "categories": {"red": {**category, **more}}}
    )


@pytest.fixture(scope="module")
def tiny() -> MediaEmbedding:
    return embedding_named(TINY)


@pytest.fixture(scope="module")
def minilm() -> MediaEmbedding:
    return embedding_named(MINILM)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Every fourth concept, of which an eighth is red."""
    items = [item for row, item in enumerate(gallery(77, CONCEPTS)) if row % 4 == 0]
    return write_items(items, tmp_path_factory.mktemp("world"), side=64, sound="wav")


def test_a_colour_is_flagged_by_looks_and_by_sound(
    tiny: MediaEmbedding, world: list[Written]
) -> None:
    moderator = Moderator(red(), {"tiny": tiny})
    looks = moderator.images([row.picture for row in world])
    sounds = moderator.sounds([row.sound for row in world])
    is_red = [row.item.concept.colour == "red" for row in world]
    assert [bool(flags) for flags in looks] == is_red
    assert [bool(flags) for flags in sounds] == is_red
    [flag] = looks[is_red.index(True)]
    assert (flag.category, flag.action, flag.by, flag.space) == (
        "red",
        "quarantine",
        "image",
        "tiny",
    )
    assert flag.score is not None and flag.score >= 0.88 and flag.prompt in NEAR
    assert "image" in flag.reason and ">= 0.88 in tiny, nearest 'a " in flag.reason


def test_a_score_is_the_sigmoid_of_the_difference_of_cosines(tiny: MediaEmbedding) -> None:
    [node] = [build_node("a red ring", Provenance("a"), modality=Modality.TEXT, mimetype="text/x")]
    contrast = {**RED, "pool": "max"}
    policy = Policy.model_validate(
        {"name": "t", "scale": 7, "categories": {"red": {"action": "tag", "text": contrast}}}
    )
    [score] = Moderator(policy, {"tiny": tiny}).scores([node])
    vector = tiny.embed_texts([embed_text(node)])[0]
    near = tiny.embed_texts(NEAR) @ vector
    far = tiny.embed_texts(FAR) @ vector
    expected = 1 / (1 + np.exp(-7 * (near.max() - far.mean())))
    assert score.value == pytest.approx(float(expected), abs=1e-5)
    assert score.prompt == NEAR[int(near.argmax())]


def test_texts_are_judged_by_passages_and_places_are_those_of_the_whole(
    minilm: MediaEmbedding,
) -> None:
    category = {"action": "tag", "text": {**SAD, "threshold": 0.9}, "words": ["barometer"]}
    policy = Policy.model_validate({"name": "p", "categories": {"sad": category}})
    calm = "The wind turned to the west and the clouds went away over the ridge. " * 5
    text = calm + "\n\nHis wife died in spring, and he mourned at her grave. " * 2 + calm
    text += "The barometer fell."
    sad, quiet = Moderator(policy, {TEXT: minilm}).texts([text, calm])
    assert quiet == []
    assert {flag.by for flag in sad} == {"text", "word"}
    [word] = [flag for flag in sad if flag.by == "word"]
    assert text[word.start : word.end] == "barometer"


def test_words_of_a_transcript_are_flagged_with_the_time_at_which_they_are_said() -> None:
    node = build_node(
        "we keep goats here",
        Provenance("log.ogg", start_ms=0, end_ms=4000),
        modality=Modality.AUDIO,
        mimetype="audio/ogg",
        spans=[Span(8, 13, start_ms=1200, end_ms=1700), Span(14, 18, start_ms=1800, end_ms=2100)],
        via="asr",
    )
    policy = policy_of("name: p\ncategories: {g: {action: tag, words: [goats]}}", "p")
    [[flag]] = Moderator(policy, {}).flags([node], {})
    assert (flag.start_ms, flag.end_ms) == (1200, 1700)
    assert flag.reason == "g: word 'goats', 1.2-1.7 s"


def test_what_no_space_takes_is_told(minilm: MediaEmbedding) -> None:
    policy = red(words=["red"])
    moderator = Moderator(policy, {TEXT: minilm})
    assert moderator.spaces == {"text": TEXT}
    assert (
        len(moderator.blind) == 2
        and "no space takes audio with words: of red" in (moderator.blind[1])
    )
    with pytest.raises(ConfigError, match="red is told by image and audio alone, and no space of"):
        Moderator(red(), {TEXT: minilm})


def test_the_strictest_action_of_a_node_is_taken() -> None:
    text = "name: p\ncategories:\n" + "".join(
        f"  {action}: {{action: {action}, words: [{word}]}}\n"
        for action, word in (("tag", "hut"), ("quarantine", "door"), ("skip", "wood"))
    )
    judge = ModerationJudge(Moderator(policy_of(text, "p"), {}))
    words = ("sky", "hut", "hut door", "hut door wood")
    nodes = [
        build_node(w, Provenance("a"), modality=Modality.TEXT, mimetype="text/plain") for w in words
    ]
    clean, tagged, kept, refused = judge.judge(nodes, {})
    assert (dict(clean.fields), clean.refused) == ({}, None)
    assert "quarantined" not in tagged.fields and kept.fields["quarantined"] is True
    assert refused.refused is not None and refused.refused.endswith("skip: word 'wood'")
    assert strictest([]) is None


@pytest.fixture(scope="module")
def labelled(world: list[Written], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures and tones in lines, and a text."""
    file = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    rows: list[dict[str, object]] = [
        {"file": str(path), "categories": ["red"] if row.item.concept.colour == "red" else []}
        for row in world[::2]
        for path in (row.picture, row.sound)
    ]
    rows.append({"text": "a red ring", "categories": ["red"]})
    file.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    return file


def test_thresholds_are_chosen_on_labels_and_reported_with_intervals(
    labelled: Path, tmp_path: Path
) -> None:
    settings = Settings.model_validate({"ingest": {"workers": 0, "ocr": False, "asr": False}})
    policy = red(image=RED | {"threshold": 0.999}, words=["red"])
    by = FileModerator(policy, profile_named("tiny"), settings)
    given, failed = examples(by, read_labelled(labelled, policy.categories))
    assert failed == {} and len(given) == 25
    [before] = evaluate(policy, given)
    models = {sense: by.moderator.model_of(sense) for sense in by.moderator.spaces}
    chosen, notes = calibrate(policy, given, Target("recall", 1.0), models)
    row = chosen.categories["red"].image
    assert row is not None and row.calibrated is not None and row.threshold < 0.999
    said = row.calibrated
    assert (said.positives, said.negatives, said.recall, said.few) == (2, 10, 1.0, True)
    assert said.recall_interval is not None and said.recall_interval[0] < 0.4
    assert any("red.image: rests on 2 positives, fewer than 20" in note for note in notes)
    again = policy_of(chosen.as_yaml(), "written")
    assert again == chosen and again.digest != policy.digest
    judged = FileModerator(again, profile_named("tiny"), settings)
    assert judged.moderator.uncalibrated == []
    others, _ = examples(judged, read_labelled(labelled, policy.categories))
    [after] = evaluate(again, others)
    assert after.recall is not None and before.recall is not None
    assert after.recall.mean == 1.0 > before.recall.mean


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: no JSON object"),
        ('{"file": "a.png"}', 'line 2: must be {"file" or "text"'),
        ('{"text": "a", "categories": "red"}', "line 2: categories must be a list of names"),
        ('{"text": " ", "categories": []}', "line 2: the text is empty"),
        ('{"text": "a", "categories": ["blue"]}', "'blue' is no category of the policy; there"),
        ('{"file": "no.png", "categories": []}', "line 2: no such file"),
    ],
)
def test_what_is_wrong_with_labels_is_told_with_its_line(
    tmp_path: Path, line: str, said: str
) -> None:
    file = tmp_path / "l.jsonl"
    file.write_text('{"text": "a", "categories": []}\n' + line + "\n")
    with pytest.raises(InputError) as caught:
        read_labelled(file, ["red"])
    assert said in str(caught.value)


def test_folders_are_labels(tmp_path: Path) -> None:
    for name in ("red", "clean"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("x")
    assert [set(row.categories) for row in read_labelled(tmp_path, ["red"])] == [set(), {"red"}]
    (tmp_path / "blue").mkdir()
    with pytest.raises(InputError, match="'blue' is no category"):
        read_labelled(tmp_path, ["red"])
    with pytest.raises(InputError, match="holds no labelled items"):
        (tmp_path / "empty").mkdir()
        read_labelled(tmp_path / "empty", ["red"])


def test_a_report_tells_reasons_and_escapes_what_it_quotes(tmp_path: Path) -> None:
    policy = policy_of("name: p\ncategories: {g: {action: tag, words: [x]}}", "p")
    flag = Flag("g", "tag", "word", shown="<b>|x")
    found = [Moderated("<i>a|b.txt", (flag,), 1), Moderated("c.txt"), Moderated("d", error="torn")]
    text, page = write_report(found, Moderator(policy, {}), tmp_path / "out")
    html, markdown = page.read_text(), text.read_text()
    assert "&lt;b&gt;|x" in html and "<b>" not in html and "<img" not in html
    assert "files: 3, of these flagged: 1, not judged: 1" in html
    assert "\\<i\\>a\\|b.txt" in markdown and policy.version in markdown
    write_csv(found, tmp_path / "f.csv", policy.version)
    rows = (tmp_path / "f.csv").read_text().splitlines()
    assert len(rows) == 4 and rows[1].startswith("<i>a|b.txt,g,tag,word,") and ",torn," in rows[3]
