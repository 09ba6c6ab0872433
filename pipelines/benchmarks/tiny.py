"""The tiny model on items it has never seen: does a caption find its tone, its picture and so on.

Galleries hold one new item of each of the 96 concepts. A metric such as `text_audio_r1` is the
share of captions whose nearest tone in the whole gallery is that of their concept; chance is 1 %.
The bare names ask for the 86 concepts that training shows, in other renderings; `unseen_…` asks for
the 10 whose pair of colour and shape it never shows, `all_…` for all 96. Only pairs with a picture
were ever trained. `files_…` are the bare measures over items read from files.

The seed of the galleries was used for nothing else; the checkpoint is that of the last step.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from itertools import permutations
from pathlib import Path

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.modalities import SENSORS
from mmrag.training.pictures import draw
from mmrag.training.pool import write_items, write_sensed
from mmrag.training.recall import Floats, recalls
from mmrag.training.sensed import as_measured
from mmrag.training.shapes import CONCEPTS, Item, gallery
from mmrag.training.tones import synthesise
from pipelines.benchmarks.result import REPOSITORY, publish

CHECKPOINT = REPOSITORY / "tests" / "data" / "tiny"
SEED = 20_261_123
GALLERIES = 10
ASKED = {
    "": [row for row, concept in enumerate(CONCEPTS) if concept.seen],
    "unseen_": [row for row, concept in enumerate(CONCEPTS) if not concept.seen],
    "all_": list(range(len(CONCEPTS))),
}
DIRECTIONS = tuple(permutations(("text", "image", "audio", *(s.value for s in SENSORS)), 2))


def run() -> None:
    """Embed the galleries, ask in every direction, publish."""
    embedding = TinyEmbedding(model_name=str(CHECKPOINT), dtype="float32")
    found: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(GALLERIES):
        vectors = embedded(embedding, gallery(SEED + number))
        for prefix, rows in ASKED.items():
            for name, value in recalls(vectors, DIRECTIONS, rows).items():
                found[prefix + name].append(value)
    with tempfile.TemporaryDirectory() as folder:
        vectors = from_files(embedding, gallery(SEED + GALLERIES), Path(folder))
    for name, value in recalls(vectors, DIRECTIONS, ASKED[""]).items():
        found[f"files_{name}"].append(value)
    publish(
        "tiny",
        {name: sum(values) / len(values) for name, values in found.items()},
        notes=f"{GALLERIES} galleries of 96 new items, float32; bare names: seen concepts, "
        "new renderings; only pairs with a picture were trained",
    )


def embedded(embedding: TinyEmbedding, items: list[Item]) -> dict[str, Floats]:
    """(96, d) unit vectors of captions, pictures, tones and what sensors say."""
    return {
        "text": embedding.embed_texts([item.caption() for item in items]),
        "image": embedding.embed_images([draw(item) for item in items]),
        "audio": embedding.embed_audios([synthesise(item) for item in items]),
        **{
            sensor.value: embedding.embed_measured(sensor, [as_measured(i, sensor) for i in items])
            for sensor in SENSORS
        },
    }


def from_files(embedding: TinyEmbedding, items: list[Item], folder: Path) -> dict[str, Floats]:
    """As `embedded`, by way of notes, PNG, FLAC and CSV files."""
    written, sensed = write_items(items, folder), write_sensed(items, folder)
    return {
        "text": embedding.embed_texts([row.note.read_text(encoding="utf-8") for row in written]),
        "image": embedding.embed_images([row.picture for row in written]),
        "audio": embedding.embed_audios([row.sound for row in written]),
        **{
            sensor.value: embedding.embed_measured(
                sensor, [getattr(row, sensor.value) for row in sensed]
            )
            for sensor in SENSORS
        },
    }
