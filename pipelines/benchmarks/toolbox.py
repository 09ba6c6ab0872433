"""The toolbox around the embeddings: labels without training, fine-tuning, compression.

`zero_shot_accuracy` is the share of the tiny world's pictures whose label among all 48 pairs of
colour and shape is told right, of items of other seeds than training drew, for what training shows
(`…_sound` the same of tones, `…_unseen` of pictures of the five pairs that it never shows).

`finetune_before` and `finetune_after` are recall@1 of captions among 72 pictures, one of each
concept of six colours that the tiny model has neither seen nor read of: galleries of seeds that
`mmrag train` was given nothing of. `…_old_…` is what the colours that it knew still are found by;
`…_replay_…` is of a second run, whose pairs are half of the old colours.

`stamps_…` are real pictures: the stamps of Tux Paint, half of them (by a hash of their ids) to
train on and half to ask for, by their names. The tiny model knows nothing of the world, and 172
pictures do not teach it what others show. `stamps_known_…` asks for those it was shown, mirrored
and smaller; as the best step is chosen by pairs that were kept out, it does not learn these by
heart either.

`binary_rescore_recall` and the rest are `compression.py`'s.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.evaluation.intervals import Interval, interval
from mmrag.evaluation.ranks import ranks
from mmrag.store.spec import FloatArray
from mmrag.tasks.zero_shot import ZeroShotClassifier
from mmrag.training.fine_tuning import fine_tune
from mmrag.training.pictures import draw
from mmrag.training.shapes import CONCEPTS, FURTHER, Concept, gallery
from mmrag.training.tones import synthesise
from pipelines.benchmarks.compression import compression
from pipelines.benchmarks.debian import Unreachable
from pipelines.benchmarks.pool_stamps import article, changed, fetched, on_white, read_stamps
from pipelines.benchmarks.result import REPOSITORY, load, publish
from pipelines.benchmarks.toolbox_pictures import items_of, write_items, write_stamps

CHECKPOINT = REPOSITORY / "tests" / "data" / "tiny"
SEED = 20_261_129
GALLERIES = 5
RENDERINGS = 12
"""Pictures of each concept that fine-tuning is given."""
SEEN = [concept for concept in CONCEPTS if concept.seen]
UNSEEN = [concept for concept in CONCEPTS if not concept.seen]
LABELS = list(dict.fromkeys(f"{concept.colour} {concept.shape}" for concept in CONCEPTS))

Said = Callable[[str], None]


def run() -> None:
    """Label, fine-tune, compress; publish."""
    notes = list[str]()
    metrics = zero_shot() | fine_tuning(notes.append)
    try:
        metrics |= stamps(notes.append)
    except Unreachable as exc:
        notes.append(f"stamps: not run: {exc}")
    metrics |= compression(notes.append)
    publish("toolbox", metrics, notes="\n".join([*notes, load()]))


def zero_shot() -> dict[str, float]:
    """Accuracy of labels by pictures and tones."""
    classifier = ZeroShotClassifier(TinyEmbedding(model_name=str(CHECKPOINT)), LABELS)
    found: dict[str, float] = {}
    for name, concepts in (("", SEEN), ("_unseen", UNSEEN)):
        items = items_of(concepts, SEED, GALLERIES)
        named = [f"{item.concept.colour} {item.concept.shape}" for item in items]
        pictures = classifier.classify_images([draw(item) for item in items])
        sounds = classifier.classify_audios([synthesise(item) for item in items])
        for kind, predictions in (("", pictures), ("_sound", sounds)):
            right = [row[0].label == label for row, label in zip(predictions, named, strict=True)]
            found[f"zero_shot_accuracy{kind}{name}"] = float(np.mean(right))
    return found


def fine_tuning(say: Said) -> dict[str, float]:
    """Recall of new colours, and of those that were known, before and after two runs."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        new = items_of(FURTHER, SEED + 1, RENDERINGS)
        old = items_of(SEEN, SEED + 2, RENDERINGS // 2)
        runs = {"": new, "_replay": [*new, *old]}
        asked = {"": FURTHER, "_old": SEEN}
        for kind, concepts in asked.items():
            found[f"finetune{kind}_before"] = _told(
                say, f"tiny{kind}", _recall(CHECKPOINT, concepts)
            )
        for name, items in runs.items():
            pairs, out = write_items(items, folder / f"pairs{name}"), folder / f"tuned{name}"
            started = time.perf_counter()
            fine_tune(pairs, out, model=str(CHECKPOINT), epochs=6, learning_rate=1e-3, seed=1)
            found[f"finetune{name}_minutes"] = (time.perf_counter() - started) / 60
            for kind, concepts in asked.items():
                found[f"finetune{name}{kind}_after"] = _told(
                    say, f"fine-tuned{name}{kind}", _recall(out, concepts)
                )
    return found


def stamps(say: Said) -> dict[str, float]:
    """Recall of stamps by name, before and after training on others and on themselves."""
    every = read_stamps(fetched())
    shown = [stamp for stamp in every if stamp.split == "dev"]
    asked = [stamp for stamp in every if stamp.split == "test"]
    pictures = {stamp.id: on_white(stamp.picture) for stamp in every}
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "tuned"
        pairs = write_stamps(shown, Path(scratch) / "pairs")
        models = {"before": CHECKPOINT, "after": out}
        for when, model in models.items():
            if when == "after":
                fine_tune(pairs, model, model=str(CHECKPOINT), epochs=30, learning_rate=5e-4)
            embedding = TinyEmbedding(model_name=str(model))
            for name, rows in (("stamps", asked), ("stamps_known", shown)):
                images = [
                    pictures[s.id] if name == "stamps" else changed(pictures[s.id]) for s in rows
                ]
                places = _ranks(
                    embedding.embed_texts([article(s.name) for s in rows]),
                    embedding.embed_images(images),
                )
                for depth in (1, 10):
                    hits = interval((places < depth).astype(float))
                    key = f"{name}_recall_{depth}_{when}"
                    found[key] = _told(say, f"{key} of {len(rows)}", hits)
    return found


def _recall(model: Path, concepts: Sequence[Concept]) -> Interval:
    """recall@1 of captions among one picture of each concept, over some galleries."""
    embedding = TinyEmbedding(model_name=str(model))
    hits = [
        _ranks(
            embedding.embed_texts([item.caption() for item in items]),
            embedding.embed_images([draw(item) for item in items]),
        )
        == 0
        for items in (gallery(SEED + 10 + n, concepts) for n in range(GALLERIES))
    ]
    return interval(np.concatenate(hits).astype(float))


def _ranks(queries: FloatArray, found: FloatArray) -> NDArray[np.int64]:
    """(n,) how many of the others are at least as near to each query as its own."""
    own = range(len(queries))
    return ranks(queries, found, own, own)


def _told(say: Said, name: str, found: Interval) -> float:
    say(f"{name}: {found.mean:.3f} ({found.low:.3f} to {found.high:.3f})")
    return found.mean
