"""A model's reply, checked sentence by sentence against what it cites."""

from __future__ import annotations

import pytest
from llama_index.core.schema import NodeWithScore
from standins.letters import by_letters

from mmrag.generation.answer import NOT_FOUND, Answer
from mmrag.generation.evidence import Evidence, gather, select
from mmrag.generation.grounded import Grounding, grounded_answer
from mmrag.modalities import Modality
from mmrag.schema import SURROGATE, Provenance, build_node

TEXTS = [
    "The hut was built in 1931 by Anna Lind. Goats lived behind it.",
    "Snow depth reached 180 cm in January 1936. The road was closed.",
    "The barometer came from London. It was not found after the fire.",
]


def hit(text: str, source: str, *headings: str) -> NodeWithScore:
    node = build_node(
        text, Provenance(source, heading=headings), modality=Modality.TEXT, mimetype="text/plain"
    )
    return NodeWithScore(node=node, score=1.0)


HITS = [hit(text, f"{n}.md") for n, text in enumerate(TEXTS, start=1)]


def check(reply: str, question: str = "?", hits: list[NodeWithScore] | None = None) -> Answer:
    return grounded_answer(
        question,
        reply,
        HITS if hits is None else hits,
        by_letters,
        model="qwen3:4b",
        confidence=0.9,
    )


def cited(answer: Answer) -> list[tuple[int, str, str]]:
    return [(c.n, c.source, c.quote) for c in answer.citations]


def test_a_supported_sentence_stays_with_its_citation() -> None:
    answer = check("The hut was built in 1931 [1].")
    assert answer.text == "The hut was built in 1931. [1]"
    assert cited(answer) == [(1, "1.md", "The hut was built in 1931 by Anna Lind.")]
    assert (answer.mode, answer.model, answer.confidence) == ("llm", "qwen3:4b", 0.9)
    assert not answer.abstained
    assert answer.citations[0].verified
    assert 0.9 < answer.citations[0].score < 1.0
    assert (answer.citations[0].start, answer.citations[0].end) == (0, 39)
    assert answer.dropped == ()


def test_a_sentence_that_is_said_again_is_delivered_once() -> None:
    answer = check("The hut was built in 1931 [1]. " * 3 + "The snow depth reached 180 cm [2].")
    assert answer.text == "The hut was built in 1931. [1] The snow depth reached 180 cm. [2]"
    assert answer.dropped == ()


@pytest.mark.parametrize(
    "reply",
    [
        "The snow depth reached 180 cm [1].",  # another source says it
        "The snow depth reached 180 cm [7].",  # there is no such source
        "The snow depth reached 180 cm [0].",
        "The snow depth reached 180 cm.",  # none was named
    ],
)
def test_a_wrong_citation_is_mended_with_the_source_that_says_it(reply: str) -> None:
    answer = check(reply)
    assert answer.text == "The snow depth reached 180 cm. [1]"
    assert cited(answer) == [(1, "2.md", "Snow depth reached 180 cm in January 1936.")]


def test_a_cited_source_is_preferred_to_another_that_says_it_too() -> None:
    hits = [hit("Snow fell in March.", "a.md"), hit("Snow fell in March.", "b.md")]
    assert cited(check("Snow fell in March [2].", hits=hits))[0][1] == "b.md"
    assert cited(check("Snow fell in March [1, 2].", hits=hits))[0][1] == "a.md"


def test_what_no_source_supports_is_dropped_and_the_rest_renumbered() -> None:
    answer = check(
        "The road was closed [2]. The hut was painted green by Per Berg [1]. "
        "Goats lived behind the hut [1]. Snow depth reached 180 cm [2]."
    )
    assert answer.text == (
        "The road was closed. [1] Goats lived behind the hut. [2] Snow depth reached 180 cm. [1]"
    )
    assert [(n, source) for n, source, _ in cited(answer)] == [(1, "2.md"), (2, "1.md")]
    # two claims rest on 2.md: the quote holds both
    assert cited(answer)[0][2] == TEXTS[1]


@pytest.mark.parametrize(
    "reply",
    [
        "The hut was built in 1932 [1].",
        "The hut was built by Per Berg [1].",
        "It is what it is.",
        "[1].",
        "",
        "NOT FOUND",
        "NOT FOUND.",
        "Not found.",
        "Not found. The sources speak of goats [1].",
        "**NOT FOUND**",
        "The answer is NOT FOUND in the sources.",
        "<think>The hut was built in 1931 [1].</think>",
        "<think>The hut was built in 1931 [1]. And then",  # cut off while thinking
    ],
)
def test_nothing_supported_is_nothing_said(reply: str) -> None:
    answer = check(reply)
    assert answer.abstained
    assert (answer.text, answer.citations, answer.confidence) == (NOT_FOUND, (), 0.9)


def test_a_source_that_says_not_found_may_be_quoted() -> None:
    answer = check("The barometer was not found after the fire [3].")
    assert answer.text == "The barometer was not found after the fire. [1]"


def test_thoughts_are_no_part_of_the_answer() -> None:
    answer = check("<think>\nGoats? [1]\n</think>\n\nThe road was closed [2].")
    assert answer.text == "The road was closed. [1]"


@pytest.mark.parametrize(
    "reply",
    [
        "The road was closed. [2] Goats lived behind it. [1]",
        "The road was closed.[2] Goats lived behind it.[1]",
        "The road was closed. [2]\nGoats lived behind it. [1]\n",
        "The road was closed [2]. Goats lived behind it [1].",
        "- The road was closed [2].\n- Goats lived behind it [1].",
    ],
)
def test_marks_after_the_stop_belong_to_the_sentence_before(reply: str) -> None:
    # both passages hold every word, so that only the mark tells which is meant
    both = "The road was closed. Goats lived behind it."
    answer = check(reply, hits=[hit(both, "1.md"), hit(both, "2.md")])
    assert [(n, source) for n, source, _ in cited(answer)] == [(1, "2.md"), (2, "1.md")]
    assert answer.text.replace("- ", "") == "The road was closed. [1] Goats lived behind it. [2]"


def test_the_heading_belongs_to_what_a_passage_says() -> None:
    hits = [hit("It holds 20 litres.", "a.md", "Rain gauge")]
    assert check("The rain gauge holds 20 litres [1].", "gauge?", hits).text == (
        "The rain gauge holds 20 litres. [1]"
    )


def test_a_file_name_that_stands_in_for_a_text_supports_nothing() -> None:
    picture = hit("Summit hut at dusk 1931", "SummitHut_at-dusk_1931.jpg")
    picture.node.metadata[SURROGATE] = True
    assert check("The summit hut stood there at dusk in 1931 [1].", hits=[picture]).abstained


def test_words_repeated_from_the_question_must_stand_in_the_source() -> None:
    question = "What is the monthly fee of the hut?"
    hits = [hit("The annual fee of the hut is 30 crowns.", "fees.md")]
    assert check("The monthly fee of the hut is 30 crowns [1].", question, hits).abstained


@pytest.mark.parametrize(
    ("reply", "dropped"),
    [
        (
            "The road was closed [2]. The hut was built in 1932 [1].",
            [("The hut was built in 1932.", "number not in the source: 1932")],
        ),
        ("The road was closed [2, 9].", [("[9]", "there is no source 9")]),
        ("The road was closed [2][9]. [9]", [("[9]", "there is no source 9")]),
    ],
)
def test_the_answer_says_what_was_left_out(reply: str, dropped: list[tuple[str, str]]) -> None:
    answer = check(reply)
    assert answer.text == "The road was closed. [1]"
    assert [(d.text, d.reason) for d in answer.dropped] == dropped
    assert answer.as_dict()["dropped"] == [{"text": t, "reason": r} for t, r in dropped]


def test_a_false_addition_is_cut_off() -> None:
    answer = check("The road was closed [2], and it was opened by Per Berg in April [2].")
    assert answer.text == "The road was closed. [1]"
    assert [d.text for d in answer.dropped] == ["and it was opened by Per Berg in April."]


def test_two_facts_far_apart_in_one_source_are_two_citations() -> None:
    text = "The hut burnt in 1949. Goats lived behind it. Wool was sold. The mast is of larch."
    answer = check("The hut burnt in 1949 [1]. The mast is of larch [1].", hits=[hit(text, "a.md")])
    assert answer.text == "The hut burnt in 1949. [1] The mast is of larch. [2]"
    assert [c.quote for c in answer.citations] == [
        "The hut burnt in 1949.",
        "The mast is of larch.",
    ]
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)


def test_a_citation_does_not_grow_into_the_whole_passage() -> None:
    long = "The hut, " + "which stood there for many a long winter in all weathers, " * 5
    text = f"{long}burnt in 1949. {long}was of larch."
    answer = check(f"{long}burnt in 1949 [1]. {long}was of larch [1].", hits=[hit(text, "a.md")])
    assert [c.n for c in answer.citations] == [1, 2]


QUESTION = "How deep was the snow?"


def evidence(hits: list[NodeWithScore]) -> list[Evidence]:
    return select(gather(QUESTION, hits, by_letters))


def replied(*sentences: str) -> tuple[list[str], Answer]:
    grounding = Grounding(QUESTION, HITS, by_letters, quotes=evidence(HITS))
    said = [piece for sentence in sentences for piece in grounding.add([sentence])]
    return said, grounding.answer("tiny", 0.9)


def test_the_words_of_the_source_take_the_place_of_a_false_sentence() -> None:
    said, answer = replied("The road was closed [2].", "The snow was 190 cm deep [2].")
    assert said == [
        "The road was closed. [1]",
        f"“{TEXTS[1]}” [1]",
    ]
    assert answer.text == " ".join(said)
    assert [d.text for d in answer.dropped] == ["The snow was 190 cm deep."]
    assert answer.citations[0].quote == TEXTS[1]


def test_a_quote_waits_for_a_sentence_of_the_model_that_is_supported() -> None:
    said, _ = replied("The snow was 190 cm deep [2].", "Goats lived behind it [1].")
    assert said == [
        f"“{TEXTS[1]}” [1]",
        "Goats lived behind it. [2]",
    ]
    alone, answer = replied("The snow was 190 cm deep [2].")
    assert alone == []
    assert answer.abstained  # quotes alone are an extractive answer, which is the writer's business


def test_what_is_quoted_is_not_said_twice() -> None:
    said, _ = replied("The snow was 190 cm deep [2].", "The snow depth reached 180 cm [2].")
    assert said == ["The snow depth reached 180 cm. [1]"]


def test_nothing_is_taken_from_where_the_model_says_that_it_found_nothing() -> None:
    said, answer = replied("The road was closed [2].", "NOT FOUND", "Goats lived behind it [1].")
    assert said == ["The road was closed. [1]"]
    assert not answer.abstained


def test_only_addresses_of_the_sources_are_delivered_and_they_lead_nowhere() -> None:
    pages = [
        hit("The hut is let by Anna Lind; see https://hut.example/let?by=1 for prices.", "a.md")
    ]
    reply = (
        "The hut is let by Anna Lind, see https://hut.example/let [1]. "
        "The hut is let by Anna Lind, see https://evil.example/?q=hut [1]. "
        "![hut](https://evil.example/a.png)<img src='//evil.example'> The hut is let [1]."
    )
    answer = check(reply, hits=pages)
    assert answer.text == "The hut is let by Anna Lind, see hut.example/let. [1]"
    assert "evil" not in answer.text
    assert "//" not in answer.text
    assert "holds a link that no source has" in {dropped.reason for dropped in answer.dropped}
    assert not any("//" in dropped.text for dropped in answer.dropped)


def test_what_only_a_picture_shows_is_told_apart() -> None:
    grounding = Grounding("?", HITS, by_letters, media={2: "picture", 3: "recording"})
    assert grounding.add(["The roof is red [2].", "A dog barks [3].", "The sky is blue [1]."]) == []
    assert [dropped.reason for dropped in grounding.dropped[:2]] == [
        "seen in 2.md, not verified",
        "heard in 3.md, not verified",
    ]
    assert "verified" not in grounding.dropped[2].reason
