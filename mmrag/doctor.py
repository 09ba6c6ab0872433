"""What is wrong with an installation or an index, in findings that name the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import util
from typing import TYPE_CHECKING, Literal

from mmrag.config import ServerSettings, Settings
from mmrag.embeddings.catalogue import ANY_OLLAMA, MODELS, locate_any
from mmrag.embeddings.weights import Weights
from mmrag.environment import unheeded
from mmrag.errors import GenerationError, MmragError
from mmrag.ingest.sources.spool import Spool
from mmrag.ingest.upkeep import Survey, named, repair, survey
from mmrag.ingest.writing import CAPTIONED
from mmrag.loaders.base import VERSION
from mmrag.ollama import OllamaServer
from mmrag.profiles import PROFILES, Profile
from mmrag.record import Described, Record
from mmrag.rerank.choice import Reranking
from mmrag.rerank.trial import Trial
from mmrag.retrieval.scales import Scales
from mmrag.spaces import as_they_are_now
from mmrag.store.documents import INDEXED
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.opening import server_differences
from mmrag.store.spec import All, Condition, HasVector

if TYPE_CHECKING:
    from mmrag.config import OllamaSettings
    from mmrag.engine import MMRagIndex

Level = Literal["ok", "note", "problem", "repaired"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. A `note` is fine as it is; a `problem` says what to do, and
    `repaired` what was done."""

    level: Level
    what: str
    message: str


DOUBTED = 0.25
"""Trust in a space (`Scales.trust`) from which on its user should hear of it."""

_PARTS = {
    "rapidocr": "pip install 'mmrag[ocr]' to read text in pictures",
    "faster_whisper": "pip install 'mmrag[asr]' to transcribe recordings",
}


def examine_installation(
    profile: Profile = PROFILES["offline"],
    models: Mapping[str, str] | None = None,
    ollama: OllamaSettings = ANY_OLLAMA,
) -> Iterator[Finding]:
    """Look at the optional packages and the weights that a profile needs.

    Args:
        models: by space, what fills it; None takes the profile's.
        ollama: the server of models that are on one.
    """
    for package, remedy in _PARTS.items():
        if util.find_spec(package) is None:
            yield Finding("problem", package, f"not installed; {remedy}")
        else:
            yield Finding("ok", package, "installed")
    spaces = profile.spaces if models is None else models
    judge = [("rerank", profile.reranker)] if profile.reranker else []
    for purpose, model in [*spaces.items(), ("speech", profile.asr_model), *judge]:
        try:
            weights = locate_any(model, ollama, purpose=f"handle {purpose}")
        except (MmragError, ImportError) as exc:
            # nothing is reranked until somebody wants it
            level: Level = "note" if purpose == "rerank" else "problem"
            yield Finding(level, f"{purpose} model", str(exc))
        else:
            yield _found(f"{purpose} model", weights)


def examine_environment(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Look for variables that were meant as settings."""
    for line in unheeded(variables, Settings):
        yield Finding("note", "environment", line)


def _found(what: str, weights: Weights) -> Finding:
    if weights.local:
        return Finding("ok", what, f"{weights.model} {weights.revision or 'is here'}")
    remedy = "fetched when it is needed"
    if weights.model in MODELS:
        remedy += f", or now with: mmrag models pull {weights.model}"
    return Finding("note", what, f"{weights.model} is not on this machine; {remedy}")


def examine_ollama(settings: OllamaSettings) -> Finding:
    """Look whether the Ollama server answers. It is optional, so its absence is a note."""
    server = OllamaServer.of(settings)
    try:
        found = server.preflight(settings.model, needs="completion")
    except GenerationError as exc:
        return Finding("note", "ollama", f"{exc} (only needed for --llm ollama)")
    able = ", ".join(sorted(found.capabilities))
    trained = f"; context {found.context_length}" if found.context_length else ""
    return Finding("ok", "ollama", f"{settings.model} at {settings.url} ({able}{trained})")


def examine_index(index: MMRagIndex) -> Iterator[Finding]:
    """Compare markers, passages and files of an index.

    Without a tenant in the settings all of the index is looked at, whomever it belongs to.
    """
    engine = index.vector_store.engine
    found = survey(engine, _whose(index))
    documents = {key: row for key, row in found.documents.items() if row.state == INDEXED}
    yield Finding("ok", "index", f"{len(documents)} documents, {found.total} passages")
    yield from _examine_server(index)
    yield from _examine_models(index)
    yield from _examine_spaces(index)
    yield from _examine_scales(index)
    yield from _examine_reranking(index)
    yield from _examine_readings(found)
    for what, rows in (
        ("without a marker", found.orphans),
        ("of another version of the file", found.stale),
        ("that are there twice", found.repeated),
    ):
        for key, ids in sorted(rows.items(), key=lambda row: named(row[0])):
            message = f"{len(ids)} passages {what}; mmrag doctor --repair deletes them"
            yield Finding("problem", named(key), message)
    for record in found.half_written:
        key = (record.tenant, record.source)
        yield Finding(
            "problem",
            named(key),
            f"has {found.passages[key]} of {record.chunks} passages; mmrag doctor --repair has it "
            f"read again by the next mmrag index",
        )
    place = index.settings.index
    spools = {
        tenant: Spool.of(place.model_copy(update={"tenant": tenant})) for tenant, _ in documents
    }
    described = Described(engine, index.manifest)
    records = {t: Record(described, t, spool) for t, spool in spools.items()}
    for key in sorted(documents, key=named):
        tenant, source = key
        path = records[tenant].path_of(source)
        if path is None or not path.exists():
            gone = "the file is gone; run mmrag index on its folder again"
            yield Finding("problem", named(key), gone)


def repair_index(index: MMRagIndex) -> Iterator[str]:
    """Put right what `examine_index` finds and what no file is needed for; tells of each thing."""
    engine = index.vector_store.engine
    return repair(engine, survey(engine, _whose(index)))


def _whose(index: MMRagIndex) -> Condition:
    tenant = index.settings.index.tenant
    return All() if tenant is None else owned_by(tenant)


def _examine_server(index: MMRagIndex) -> Iterator[Finding]:
    settings = index.settings
    for row in server_differences(index.vector_store.engine, settings.index):
        yield Finding("note", "server", str(row))
    if not settings.index.qdrant_url and settings.server != ServerSettings():
        told = "the settings have a section server:, of which an index in a directory has no use"
        yield Finding("note", "server", told)


def _examine_models(index: MMRagIndex) -> Iterator[Finding]:
    """Models whose revisions are not known, so that opening cannot tell whether they drifted."""
    kept = index.manifest.spaces
    for row, now in zip(kept, as_they_are_now(kept, index.settings.ollama), strict=True):
        if row.revision is None or now.revision is None:
            why = "when it was made" if row.revision is None else "now"
            message = (
                f"the revision of {row.model} is not known {why}: nothing tells whether it drifted"
            )
            yield Finding("note", f"space {row.space}", message)


def _examine_readings(found: Survey) -> Iterator[Finding]:
    """Files that the next run reads again, and nodes that are not mmrag's."""
    records = found.documents.values()
    failed = sum(record.reason is not None for record in records)
    if failed:
        message = f"{failed} files could not be read; mmrag status --failed lists them"
        yield Finding("note", "failed", message)
    versions = [r.loader_version.partition(CAPTIONED)[0] for r in records if r.state == INDEXED]
    older = sum(version != VERSION for version in versions)
    if older:
        message = (
            f"{older} documents were read by another version, or not whole, and are read again"
        )
        yield Finding("note", "readings", f"{message} by the next mmrag index")
    if found.foreign:
        message = f"{found.foreign} nodes were not written by mmrag index; they are left alone"
        yield Finding("note", "nodes", message)


def _examine_spaces(index: MMRagIndex) -> Iterator[Finding]:
    """Spaces that have no say in any answer, and why."""
    engine, weights = index.vector_store.engine, index.settings.retrieval.weights
    for space in engine.spaces:
        if not engine.count(All((CHUNKS, HasVector(space)))):
            why = "no item has a vector of it, so it finds nothing; index something for it"
            yield Finding("note", f"space {space}", why)
        elif weights.get(space, 1.0) <= 0:
            why = f"retrieval.weights gives it {weights[space]:g}, so it never contributes"
            yield Finding("note", f"space {space}", why)


def _examine_scales(index: MMRagIndex) -> Iterator[Finding]:
    """What calibrated fusion knows of the spaces."""
    if index.fusion != "calibrated":
        return
    scales = Scales.of(index.manifest.calibration)
    if scales.stale(index.vector_store.engine):
        yield Finding("problem", "scales", "stale; run mmrag index on a folder of it again")
    for row in scales.rows:
        found = "anything" if row.found is None else row.found.value
        yield Finding(
            "ok",
            f"scale of {row.space}",
            f"{row.asked.value} to {found}: a match scores {row.match:.3f} "
            f"({row.questions} questions, {row.items} items)",
        )
    for space in sorted(scales.counts.keys() - {row.space for row in scales.rows}):
        yield Finding(
            "note", f"scale of {space}", f"{scales.counts[space]} items are too few to measure one"
        )
    primary = index.vector_store.primary
    for space in sorted({row.space for row in scales.rows} - {primary}):
        trust = scales.trust(space, primary)
        if trust < DOUBTED:
            yield Finding(
                "note",
                f"space {space}",
                f"hardly contributes to questions in words (trust {trust:.2f} of 1): it does not "
                f"find passages by pieces of them, so it does not know the words of this archive",
            )


def _examine_reranking(index: MMRagIndex) -> Iterator[Finding]:
    """What is known of the reranker of the settings or the profile, if there is one."""
    chosen = Reranking(index.settings, index.profile)
    if chosen.model is None:
        return
    trial = Trial.of(index.manifest.reranking)
    if trial is None or trial.setup != chosen.setup:
        tried = "never tried here"
        if trial is not None:
            setup = trial.setup
            tried = f"tried here only otherwise ({setup.model}, {setup.candidates} candidates)"
        yield Finding(
            "note",
            "reranking",
            f"{chosen.model} was {tried}; whether it helps, mmrag eval rerank tells",
        )
        return
    gate = trial.gate
    yield Finding(
        "ok",
        "reranking",
        f"{chosen.model} {gate.verdict}: {gate.metric} {gate.difference:+.3f} on {gate.questions} "
        f"questions",
    )
