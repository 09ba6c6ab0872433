"""claims.jsonl: replies as a language model might give them, each sentence labelled by hand.

A block is a kind, and lines that begin with
    ?  the question
    +  a sentence that is supported
    -  a sentence that is not
    @  what the sentence above cites: source | quote
    ^  what supports it, where that is not what it cites
The kinds are: correct, paraphrase, wrong_citation (a right fact, another source), number and entity
(swapped), addition (invented, beside what is right), negation (turned round) and world (perhaps
true, but not from the files).
"""

from samples_world.places import Place

from grounding_world import replies_dev, replies_test
from grounding_world.places import lookup
from grounding_world.questions import sources_by_split

SPLITS = (("dev", "d", replies_dev.BLOCKS), ("test", "t", replies_test.BLOCKS))


def rows(places: list[Place]) -> list[dict[str, object]]:
    """The replies of both splits.

    Raises:
        LookupError: a quotation finds no single place.
        ValueError: a reply is about a document of the other split.
    """
    homes = dict(sources_by_split())
    found = []
    for split, letter, blocks in SPLITS:
        for number, block in enumerate(blocks.strip().split("\n\n"), start=1):
            kind, question, *lines = block.splitlines()
            sentences: list[dict[str, object]] = []
            for mark, text in ((line[0], line[2:]) for line in lines):
                if mark in "+-":
                    sentences.append({"text": text, "supported": mark == "+", "cites": []})
                    sentences[-1]["support"] = []
                    continue
                place = lookup(places, text)
                if homes[place.source] != split:
                    raise ValueError(f"{place.source} is not of the split {split}")
                listed = sentences[-1]["cites" if mark == "@" else "support"]
                assert isinstance(listed, list)
                listed.append({**place.as_gold(), "text": place.text})
            for sentence in sentences:
                if sentence["supported"] and not sentence["support"]:
                    sentence["support"] = sentence["cites"]
            found.append(
                {
                    "id": f"r{letter}{number:02d}",
                    "split": split,
                    "kind": kind,
                    "question": question[2:],
                    "sentences": sentences,
                }
            )
    return found
