"""questions.jsonl and facts: the blocks of both splits, with quotes turned into places.

A block is `kind language [para]`, and lines that begin with
    ?  the question
    =  accepted answers, with ";" between them
    @  where it is answered: source | quote
    #  the fact behind it: entity | attribute
    ~  of a near miss: the document on its topic, which does not say it
"para" marks a question in other words than the document's. A near miss follows the answerable
question that it is like; an "off" question is on no document's topic.
"""

from collections.abc import Iterator

from samples_world.places import Place

from grounding_world import asked_dev, asked_test
from grounding_world.places import is_spoken, lookup

SPLITS = (("dev", "d", asked_dev.BLOCKS), ("test", "t", asked_test.BLOCKS))


def rows(places: list[Place]) -> list[dict[str, object]]:
    """The questions of both splits, in the form of the samples' with some keys more.

    Those on documents that were not written are left out.

    Raises:
        LookupError: a quotation finds no single place.
        ValueError: a document has questions of both splits.
    """
    written = {place.source for place in places}
    found, splits = [], dict[str, str]()
    for split, letter, blocks in SPLITS:
        sibling = ""
        for number, block in enumerate(blocks.strip().split("\n\n"), start=1):
            marked = _marked(block)
            sources = [line.partition(" | ")[0] for line in (*marked["@"], *marked["~"])]
            for source in sources:
                if splits.setdefault(source, split) != split:
                    raise ValueError(f"{source} has questions of both splits")
            name = f"g{letter}{number:03d}"
            if all(source in written for source in sources):
                found.append(_row(block, marked, name, split, sibling, places))
            elif not all(is_spoken(source) for source in sources):
                raise LookupError(f"{name} asks about {sources}, which are no documents")
            sibling = name if marked["@"] else sibling
    return found


def _row(
    block: str,
    marked: dict[str, list[str]],
    name: str,
    split: str,
    sibling: str,
    places: list[Place],
) -> dict[str, object]:
    kind, language, *wording = block.splitlines()[0].split()
    near = kind.startswith("near.")
    fact = marked["#"][0].partition(" | ") if marked["#"] else ("", "", "")
    return {
        "id": name,
        "split": split,
        "question": marked["?"][0],
        "lang": language,
        "answerable": bool(marked["@"]),
        "answer": [answer.strip() for line in marked["="] for answer in line.split(";")],
        "gold": [lookup(places, line).as_gold() for line in marked["@"]],
        "kind": kind.removeprefix("near."),
        "class": "answerable" if marked["@"] else "near_miss" if near else "off_topic",
        "paraphrase": "para" in wording,
        "about": [line.partition(" | ")[0] for line in (*marked["@"], *marked["~"])],
        "sibling": sibling if near else None,
        "entity": fact[0],
        "attribute": fact[2],
    }


def _marked(block: str) -> dict[str, list[str]]:
    lines = block.splitlines()[1:]
    return {mark: [line[2:] for line in lines if line.startswith(f"{mark} ")] for mark in "?=@#~"}


def sources_by_split() -> Iterator[tuple[str, str]]:
    """Each document that is asked about, with its split."""
    for split, _, blocks in SPLITS:
        for block in blocks.strip().split("\n\n"):
            marked = _marked(block)
            for line in (*marked["@"], *marked["~"]):
                yield line.partition(" | ")[0], split
