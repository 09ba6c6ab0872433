"""What the protocol test server answers to each path that takes a body."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Protocol

from ollama_server.context import chat_tokens, fitted
from ollama_server.engine import Finish, Piece
from ollama_server.models import kept_for, now
from ollama_server.reply import Gone
from ollama_server.requests import Refused, Wanted, context_of, refuse_what_it_cannot, wanted

if TYPE_CHECKING:
    from ollama_server.server import ProtocolServer


class Emit(Protocol):
    """Sends the objects of an answer, of which the last is done."""

    def __call__(self, chunk: dict[str, Any], *, done: bool = True) -> None: ...


Answer = Callable[["ProtocolServer", dict[str, Any], Emit], None]


def show(server: ProtocolServer, body: dict[str, Any], emit: Emit) -> None:
    """`/api/show`."""
    emit(server.model(body).shown())


def chat(server: ProtocolServer, body: dict[str, Any], emit: Emit) -> None:
    """`/api/chat`."""
    if not body.get("model"):
        raise Refused(400, "model is required")
    model = server.model(body)
    want = wanted(body, model)
    refuse_what_it_cannot(body, model, "chat")
    messages = body.get("messages") or []
    kept = _keep(server, body, want.context)

    def said(text: str) -> dict[str, Any]:
        return {"message": {"role": "assistant", "content": text}}

    if not messages:
        emit({**_head(body), **said(""), "done": True, "done_reason": kept})
        return
    tokens = chat_tokens(server.engine, messages, want, refuse=server.faults.refuse_long)
    _complete(server, body, want, tokens, said, emit)


def generate(server: ProtocolServer, body: dict[str, Any], emit: Emit) -> None:
    """`/api/generate`."""
    model = server.model(body)
    want = wanted(body, model)
    raw = bool(body.get("raw"))
    if raw and any(body.get(key) for key in ("template", "system", "context")):
        raise Refused(400, "raw mode does not support template, system, or context")
    refuse_what_it_cannot(body, model, "generate")
    prompt = body.get("prompt") or ""
    kept = _keep(server, body, want.context)
    if not prompt:
        emit({**_head(body), "response": "", "done": True, "done_reason": kept})
        return
    if not raw:
        system = [{"role": "system", "content": body["system"]}] if body.get("system") else []
        prompt = server.engine.render([*system, {"role": "user", "content": prompt}])
    tokens = fitted([*(body.get("context") or ()), *server.engine.tokens(prompt)], want)

    def after(text: str) -> dict[str, Any]:
        return {} if raw else {"context": [*tokens, *server.engine.tokens(text)]}

    _complete(server, body, want, tokens, lambda text: {"response": text}, emit, after)


def embed(server: ProtocolServer, body: dict[str, Any], emit: Emit) -> None:
    """`/api/embed`."""
    began = perf_counter_ns()
    model = server.model(body)
    asked = body.get("input")
    texts = [asked] if isinstance(asked, str) and asked else asked or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(400, "invalid input type")
    context = context_of(body, model)
    _keep(server, body, context)
    vectors, count = [], 0
    for text in texts:
        tokens = server.engine.tokens(text)
        if len(tokens) > context:
            if body.get("truncate") is False:
                raise Refused(400, "the input length exceeds the context length")
            tokens = tokens[:context]
            text = server.engine.text(tokens)
        count += len(tokens)
        vectors.append(_shortened(server.engine.embed(text), body.get("dimensions") or 0))
    emit(
        {
            "model": body["model"],
            "embeddings": vectors,
            "total_duration": perf_counter_ns() - began,
            "load_duration": 1,
            "prompt_eval_count": _truth_or(server.faults.prompt_eval_count, count),
        }
    )


ANSWERS: dict[str, Answer] = {
    "/api/show": show,
    "/api/chat": chat,
    "/api/generate": generate,
    "/api/embed": embed,
}
STREAMED = {"/api/chat", "/api/generate"}
"""What streams unless it is told not to."""
RUNNING = STREAMED | {"/api/embed"}
"""What needs the model to run, and so fails with it."""


def _complete(
    server: ProtocolServer,
    body: dict[str, Any],
    want: Wanted,
    tokens: list[int],
    said: Callable[[str], dict[str, Any]],
    emit: Emit,
    after: Callable[[str], dict[str, Any]] = lambda text: {},
) -> None:
    """Generate and send: each piece, or all of it at once where nothing is streamed."""
    began = perf_counter_ns()
    streamed = body.get("stream") is not False
    pieces: list[Piece] = []

    def heard(piece: Piece) -> None:
        if server.closing:
            raise Gone
        pieces.append(piece)
        if streamed:
            told = _told(piece.logprobs, want)
            emit({**_head(body), **said(piece.text), "done": False, **told}, done=False)

    room = want.context - len(tokens)
    predict = want.predict if want.shift else min(want.predict, room)
    finish = server.engine.complete(tokens, {**want.sampling, "n_predict": predict}, heard)
    text = "".join(piece.text for piece in pieces)
    rest = {} if streamed else _told([row for piece in pieces for row in piece.logprobs], want)
    emit(
        {
            **_head(body),
            **said("" if streamed else text),
            "done": True,
            "done_reason": finish.reason,
            **rest,
            **after(text),
            **_measured(server, finish, perf_counter_ns() - began),
        }
    )


def _measured(server: ProtocolServer, finish: Finish, took: int) -> dict[str, Any]:
    count = _truth_or(server.faults.prompt_eval_count, finish.prompt_tokens)
    return {
        "total_duration": took,
        "load_duration": 1,
        "prompt_eval_count": count,
        "prompt_eval_duration": round(finish.prompt_ms * 1e6),
        "eval_count": finish.tokens,
        "eval_duration": round(finish.ms * 1e6),
    }


def _truth_or(lie: int | None, truth: int) -> int:
    return truth if lie is None else lie


def _told(rows: list[dict[str, Any]], want: Wanted) -> dict[str, Any]:
    """Log-probabilities as Ollama names them."""
    if want.top is None or not rows:
        return {}

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {key: row[key] for key in ("token", "logprob", "bytes")}

    top = want.top
    return {
        "logprobs": [
            {**plain(row), "top_logprobs": [plain(other) for other in row["top_logprobs"][:top]]}
            if top
            else plain(row)
            for row in rows
        ]
    }


def _head(body: dict[str, Any]) -> dict[str, Any]:
    return {"model": body["model"], "created_at": now().isoformat().replace("+00:00", "Z")}


def _keep(server: ProtocolServer, body: dict[str, Any], context: int) -> str:
    """Load or unload, as the request asks, and say which."""
    try:
        kept = kept_for(body.get("keep_alive"))
    except (ValueError, KeyError) as exc:
        raise Refused(400, f"time: invalid duration {body['keep_alive']!r}") from exc
    server.keep(server.model(body), context, kept)
    return "load" if kept else "unload"


def _shortened(vector: list[float], dimensions: int) -> list[float]:
    """The first numbers, made a unit vector again."""
    if not 0 < dimensions < len(vector):
        return vector
    length = sum(value * value for value in vector[:dimensions]) ** 0.5
    return [value / length for value in vector[:dimensions]]
