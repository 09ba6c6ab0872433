"""A protocol test server: Ollama's HTTP protocol over a real llama.cpp. It is not Ollama.

Tests get one by the fixture `protocol_server` and point the real clients at `protocol_server.url`.
It answers as Ollama's server/routes.go, server/prompt.go and llm/llama_server.go of 2026 do, with
the model SmolLM2-135M, and departs from them where a test needs it:

* A request without a temperature is answered at temperature 0, so that it can be repeated.
* `num_ctx` cuts the prompt as there, but what is generated may grow past it into the engine's own
  context where Ollama would shift the oldest half out; with `shift: false` it stops as there.
* Nothing is pulled, and there are no tools, thoughts, pictures or sounds: asked for, they are
  refused as Ollama refuses them for a model that cannot.
"""
