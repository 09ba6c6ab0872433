"""How fast documents are indexed: as a whole, stage by stage, and by LlamaIndex's pipeline.

All work in this process with models that are loaded, turn by turn, without OCR. The stages alone
run as the whole runs them: the same worker processes read, batches of the same size are embedded,
and the same batches are written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mmrag import MMRagQdrantStore
from mmrag.config import IngestSettings
from mmrag.ingest.filling import Filler
from mmrag.ingest.local import LocalIntake
from mmrag.ingest.pipeline import Ingest
from mmrag.ingest.readers import Readers, shared_out
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.scan import Scope, scan
from mmrag.ingest.sources.spool import Spool
from mmrag.ingest.stages import Stage
from mmrag.ingest.writer import Writer
from mmrag.ingest.writing import Batch, Writing
from mmrag.profiles import profile_named
from mmrag.schema import text_of
from mmrag.spaces import Encoded, Spaces, engine_space, space_models
from pipelines.benchmarks.ingest_llamaindex import Made, llama_index
from pipelines.benchmarks.interleaved import Rounds

PROFILE = "offline"
ROUNDS = 3
BIG_BATCH = 32
"""Texts a batch, beside the ten that LlamaIndex has by default."""


@dataclass(frozen=True)
class _Bench:
    folder: Path
    scratch: Path
    spaces: Spaces
    options: ReadOptions
    settings: IngestSettings

    @contextmanager
    def store(self) -> Iterator[MMRagQdrantStore]:
        """A new index on disk, which is taken away again."""
        with tempfile.TemporaryDirectory(dir=self.scratch) as place:
            spaces = [engine_space(row) for row in self.spaces.rows]
            store = MMRagQdrantStore.from_path(Path(place) / "index", spaces)
            try:
                yield store
            finally:
                store.close()

    def whole(self, folder: Path | None = None, *, ocr: bool = False) -> None:
        """Index the documents."""
        with self.store() as store:
            writing = Writing(Filler(store, self.spaces))
            options = replace(self.options, ocr=ocr)
            intake = LocalIntake(writing, options, settings=self.settings)
            report = Ingest(writing, intake).run(_scope(folder or self.folder))
            if report.counts.keys() != {"indexed"}:
                raise RuntimeError(f"documents could not be indexed: {report.as_dict()}")

    def read(self) -> list[Read]:
        """Read the documents, as the whole does."""
        files = _scope(self.folder).files
        workers, options = shared_out(self.options, self.settings.workers, len(files))
        bound = self.settings.queue * self.settings.batch_nodes
        readers = Readers(files, options, count=workers, after=lambda read: None, bound=bound)
        return [read for read in readers if read is not None]

    def embed(self, batches: Sequence[Batch]) -> list[Batch]:
        """Embed what was read."""
        return [Batch(batch.reads, self.spaces.encode(batch.nodes)) for batch in batches]

    def write(self, batches: Sequence[Batch]) -> None:
        """Write what was embedded."""
        with self.store() as store:
            writing = Writing(Filler(store, self.spaces))
            writer = Writer(writing, {}, Stage("write", "passages"))
            for batch in batches:
                writer.put(batch)
            writer.close()

    def batches(self, reads: Sequence[Read]) -> list[Batch]:
        """What was read, in batches as the pipeline forms them."""
        found: list[Batch] = []
        pending: list[Read] = []
        for number, read in enumerate(reads, 1):
            pending.append(read)
            full = sum(len(each.nodes) for each in pending) >= self.settings.batch_nodes
            if full or number == len(reads):
                found.append(Batch(pending, Encoded({})))
                pending = []
        return found


def speed(folder: Path, warm: Path, scratch: Path, notes: list[str]) -> dict[str, float]:
    """Metrics of indexing the documents of a folder; those of `warm` are used before.

    - `of_slowest_stage`: throughput of the whole over that of its slowest stage alone;
    - `overlap_speedup`: the stages one after the other over the whole, by time;
    - `vs_llamaindex`: documents a second over LlamaIndex's, with its own batches of 10 texts;
      `vs_llamaindex_batch32` with batches of 32.
    """
    offline = profile_named(PROFILE)
    options = ReadOptions(ocr=False, asr=False, asr_model=offline.asr_model)
    bench = _Bench(folder, scratch, Spaces(space_models(offline)), options, IngestSettings())
    bench.spaces.load()
    reads = bench.read()
    ready = bench.batches(reads)
    embedded = bench.embed(ready)
    theirs: dict[str, Made] = {}

    def rival(name: str, batch: int | None = None) -> None:
        theirs[name] = llama_index(folder, batch)

    def warm_up() -> None:
        bench.whole(warm)
        llama_index(warm, None)

    count = len(reads)
    rounds = Rounds(
        {
            "whole": bench.whole,
            "read": bench.read,
            "embed": lambda: bench.embed(ready),
            "write": lambda: bench.write(embedded),
            "LlamaIndex": lambda: rival("LlamaIndex"),
            "LlamaIndex, batches of 32": lambda: rival("LlamaIndex, batches of 32", BIG_BATCH),
        },
        ROUNDS,
        warm_up=warm_up,
    )
    nodes = [node for read in reads for node in read.nodes]
    ours = Made(len(nodes), sum(len(text_of(node)) for node in nodes), count)
    stages = ("read", "embed", "write")
    slowest = max(stages, key=rounds.seconds)
    notes.append(f"the slowest stage alone is {slowest}")
    _show(rounds, count, {"whole": ours, **theirs})
    metrics = {f"{name}_docs_per_s": rounds.rate(name, count) for name in ("whole", *stages)}
    return metrics | {
        "of_slowest_stage": rounds.faster("whole", slowest),
        "overlap_speedup": sum(map(rounds.seconds, stages)) / rounds.seconds("whole"),
        "vs_llamaindex": rounds.faster("whole", "LlamaIndex"),
        "vs_llamaindex_batch32": rounds.faster("whole", "LlamaIndex, batches of 32"),
        "passages": ours.passages,
        "passages_of_llamaindex": theirs["LlamaIndex"].passages,
        "characters_over_llamaindex": ours.characters / theirs["LlamaIndex"].characters,
        "with_ocr_docs_per_s": _with_ocr(bench, warm),
    }


def _scope(folder: Path) -> Scope:
    return scan([folder], [], spool=Spool(folder.parent / "spool"))


def _with_ocr(bench: _Bench, folder: Path) -> float:
    files = len(_scope(folder).files)
    first = min(_scope(folder).files, key=lambda file: file.path.suffix != ".pdf").path
    once = Rounds(
        {"ocr": lambda: bench.whole(folder, ocr=True)},
        1,
        warm_up=lambda: bench.whole(first, ocr=True),  # the recogniser loads
    )
    return once.rate("ocr", files)


def _show(rounds: Rounds, count: int, made: Mapping[str, Made]) -> None:
    table = Table(title=f"{count} documents", box=None, title_justify="left", pad_edge=False)
    table.add_column("")
    for column in ("seconds", "documents/s", "documents", "passages", "characters"):
        table.add_column(column, justify="right")
    for name in rounds.wall:
        row = made.get(name)
        counted = (row.documents, row.passages, row.characters) if row else ("", "", "")
        seconds, rate = rounds.seconds(name), rounds.rate(name, count)
        table.add_row(name, f"{seconds:.1f}", f"{rate:.1f}", *map(str, counted))
    Console().print(table)
