"""An index behind doors: one that many callers ask at once, in this process or in one of its own."""
