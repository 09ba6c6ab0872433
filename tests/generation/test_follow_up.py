"""What a follow-up means, by rule: fragments, pronouns, "the second one"; English and Swedish."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.generation.citations import numbers
from mmrag.generation.follow_up import CARRIED, LONGEST, Topic, understood
from mmrag.generation.leaning import asks_for_more, leans
from mmrag.words import content_words, forms, tokens

BAROMETER = Topic(
    "When was the aneroid barometer bought?",
    ("The aneroid barometer was bought from Negretti in 1934 for 12 pounds.",),
)
OBSERVER = Topic(
    "Who was the observer at Kestrel station?",
    ("Observer Anna Lind lived there from 1931 until 1947.",),
)
LIND = Topic("Who was Anna Lind, the observer?", OBSERVER.quotes)
GOATS = Topic("How many goats were there in 1938?", ("In 1938 there were 9 goats.",))
JANUARY = Topic("What is the mean temperature in January?", ("January: -12.4",))
HUTS = Topic(
    "Which huts were built in 1930?",
    ("In May the Raven Hut was built.", "In 1930 also came Otter Hut."),
)
BERG = Topic("When was Per Berg born?", ("Per Berg was born in 1901.",))
LINDQVIST = Topic("Who was Anders Lindqvist?", ("Anders Lindqvist was the first observer.",))
ICE = Topic("How long did the ice stop the pressure tube?", ("For 41 minutes.",))
MAST = Topic("When did lightning strike the mast?", ("Lightning struck it on 2 July 1934.",))
BAROMETERN = Topic("När köptes barometern?", ("Barometern köptes 1934.",))
OBSERVATÖREN = Topic(
    "Vem var observatören?", ("Observatören hette Anna Lind och bodde där till 1947.",)
)
GETTER = Topic("Hur många getter fanns det 1938?", ("Nio getter.",))


@pytest.mark.parametrize(
    ("topic", "question", "meant"),
    [
        # a pronoun stands for a thing or a person
        (BAROMETER, "How much did it cost?", "How much did the aneroid barometer cost?"),
        (BAROMETER, "And who sold it?", "And who sold the aneroid barometer?"),
        (LIND, "And what did she keep?", "And what did Anna Lind keep?"),
        (OBSERVER, "What did she keep?", "What did Anna Lind keep (Kestrel)?"),
        (LIND, "Her goats?", "Who was Anna Lind, the observer Anna Lind's goats?"),
        (BAROMETERN, "Vad kostade den?", "Vad kostade barometern?"),
        (OBSERVATÖREN, "Hur länge bodde hon där?", "Hur länge bodde Anna Lind där?"),
        # no article, so the words are carried
        (GOATS, "Who kept them?", "Who kept them (goats 1938)?"),
        (GETTER, "Vem ägde dem?", "Vem ägde dem (getter fanns 1938)?"),
        (BAROMETER, "Why?", "Why (aneroid barometer bought)?"),
        # a fragment takes the place of its like
        (GOATS, "and in 1962?", "How many goats were there in 1962?"),
        (GOATS, "And sheep?", "How many sheep were there in 1938?"),
        (JANUARY, "And in July?", "What is the mean temperature in July?"),
        (JANUARY, "in July 1962?", "What is the mean temperature in July (1962)?"),
        (BAROMETER, "What about the hut?", "When was the hut bought?"),
        (BERG, "And Anna Lind?", "When was Anna Lind born?"),
        (GETTER, "Och 1962?", "Hur många getter fanns det 1962?"),
        (BAROMETERN, "hur är det med stugan?", "När köptes barometern stugan?"),
        (LINDQVIST, "And his wife?", "Who was Anders Lindqvist's wife?"),
        # of a whole clause, its object
        (ICE, "When was it mended?", "When was the pressure tube mended?"),
        # the n-th quote, and its year
        (HUTS, "When was the second one painted?", "When was Otter Hut painted?"),
        (
            HUTS,
            "When was the fourth one painted?",
            "When was the fourth one painted (huts built 1930)?",
        ),
        (
            BAROMETER,
            "What happened that year?",
            "What happened that year (aneroid barometer bought 1934)?",
        ),
        (MAST, "What happened that year?", "What happened that year (lightning strike mast 1934)?"),
    ],
)
def test_follow_ups(topic: Topic, question: str, meant: str) -> None:
    assert understood(question, topic) == meant


@pytest.mark.parametrize(
    "question",
    [
        "When was the summer lecture?",
        "And when was the auction held?",
        "Where did Anna Lind keep her goats?",
        "Who built the hut and when was it painted?",
        "How many goats were there in 1962?",
        "What is photosynthesis?",
        "How long does it take to walk to the hut?",
        "goats logbook",
        "Who kept goats?",
        "När byggdes den gamla stugan?",
        "Finns det får?",
        "Vem byggde stugan och när målades den?",
    ],
)
def test_a_question_of_its_own_takes_nothing_along(question: str) -> None:
    assert not leans(question)
    assert understood(question, BAROMETER) == question


def test_an_object_is_not_its_own_subject() -> None:
    assert understood("When did Anna Lind buy it?", BAROMETER) == (
        "When did Anna Lind buy the aneroid barometer?"
    )


def test_nothing_said_before_leaves_a_question_alone() -> None:
    assert understood("How high is it?", None) == "How high is it?"


def test_a_topic_without_end_is_carried_by_its_names() -> None:
    long = Topic("What of Kestrel station " + "and the heavy snow of that winter " * 1500)
    meant = understood("How deep was it?", long)
    assert meant == "How deep was it (Kestrel)?" or "Kestrel" in meant
    assert len(understood("and in 1962?", long)) < LONGEST
    assert len(meant.split()) < CARRIED + 10


def test_asking_for_more() -> None:
    assert asks_for_more("Tell me more")
    assert asks_for_more("What else?")
    assert not asks_for_more("What else did she keep?")


WORDS = st.lists(
    st.sampled_from(
        "when did it she keep Anna Lind goats 1938 1962 the second one what about and hut "
        "Kestrel July how many hon den och stugan vad ( ) \\ [1] ? .".split()
    ),
    max_size=12,
).map(" ".join)


@given(WORDS, WORDS, WORDS)
def test_no_follow_up_says_what_nobody_said(asked: str, quote: str, question: str) -> None:
    topic = Topic(asked, (quote,))
    meant = understood(question, topic)
    known = {f for t in tokens(f"{asked} {quote} {question}") for f in forms(t)}
    assert all(not forms(word).isdisjoint(known) for word in content_words(meant))
    assert numbers(meant) <= numbers(f"{asked} {quote} {question}")
