"""The forms of OpenAI's API: what its clients send, and what they expect to get."""
