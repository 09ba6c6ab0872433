"""What a test lets the protocol test server do wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Faults:
    """Switches that a test sets on a running server; each stays until it is set back.

    All but `reset` concern chat, generate and embed alone: the server still shows its models when a
    model fails to run. An answer that is not streamed has no chunks before its end.

    Attributes:
        reset: so many connections are reset before a byte is answered; counts down.
        fail_before: a status 500 with this text in place of an answer.
        pause_s: seconds before each chunk, or before an answer that is not streamed.
        fail_after: after so many chunks comes the error line of a runner that died.
        end_after: after so many chunks the answer ends in order, but without `done`.
        cut_after: after so many chunks the connection breaks.
        prompt_eval_count: told in place of the true one.
        refuse_long: a chat that is too long is refused with the nested error of llama-server, as
            for models whose template Ollama leaves to llama-server, and not cut.
    """

    reset: int = 0
    fail_before: str | None = None
    pause_s: float = 0.0
    fail_after: int | None = None
    end_after: int | None = None
    cut_after: int | None = None
    prompt_eval_count: int | None = None
    refuse_long: bool = False
